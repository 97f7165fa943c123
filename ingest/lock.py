"""One writer at a time: the loser is told who is working and since when. The kernel frees the lock when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

SIGNED = 0.05  # seconds from getting the lock to having signed it, generously
TRIES = 20


class Busy(Exception):
    """Another ingest is running."""

    def __init__(self, holder: str, since: str) -> None:
        super().__init__(holder, since)
        self.holder, self.since = holder, since

    def __str__(self) -> str:
        return f"另一个入库正在进行（{self.holder}，自 {self.since} 起）。请等它结束后再试。"


@contextmanager
def only_writer(data: Path) -> Iterator[None]:
    """Hold data/ingest.lock for the length of the block. Raises Busy."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "ingest.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(data / "ingest.lock") from None
        file.seek(0)
        file.truncate()
        who = {"holder": f"{socket.gethostname()} 进程 {os.getpid()}", "since": f"{datetime.now():%Y-%m-%d %H:%M:%S}"}
        json.dump(who, file, ensure_ascii=False)
        file.flush()
        yield


def _busy(path: Path) -> Busy:
    """Who holds it. Whoever has just got it may not have written that down yet, and what stands there is of the one before."""
    for _ in range(TRIES):
        time.sleep(SIGNED)
        with suppress(ValueError, KeyError, TypeError):
            who = json.loads(path.read_text("utf-8"))
            return Busy(who["holder"], who["since"])
    return Busy("另一个进程", "刚才")
