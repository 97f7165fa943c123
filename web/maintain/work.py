"""Work that takes long, done by a child process: one piece at a time, and still there when the page is opened again.

The folder work/<kind> beside the index holds what was ordered, by whom and when, what the child says on the way, the results, and how it ended.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

from web.maintain.child import GOOD

ROOT = Path(__file__).parents[2]
SAID_BYTES = 20_000  # of what a child says, from the end
LINES = 12
Kind = Literal["plan", "apply", "rollback", "evaluate"]
_SHARE = re.compile(r"(\d+)/(\d+)")


class Occupied(Exception):
    """Somebody else's work is under way: who and since when."""

    def __init__(self, kind: str, by: str, since: datetime) -> None:
        super().__init__(kind, by, since)
        self.kind, self.by, self.since = kind, by, since


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of work, under way or done."""

    kind: Kind
    by: str
    since: datetime
    of: str  # fingerprint of what it was about
    running: bool
    said: tuple[str, ...]  # the last lines
    steps: tuple[str, ...]
    results: Mapping[str, Any]  # of the steps that came to one
    ended: bool  # by itself; a piece that neither runs nor ended was interrupted

    @property
    def failed(self) -> bool:
        return not self.running and (not self.ended or len(self.results) < len(self.steps))

    @property
    def share(self) -> tuple[int, int] | None:
        """How far the present step is, where it says so: 已问 100/175 题."""
        found = _SHARE.search(self.said[-1]) if self.said else None
        return (int(found[1]), int(found[2])) if found and int(found[2]) else None


class Work:
    """For one process of pages; other processes are kept out by the lock of the child."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "work"
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def start(
        self,
        kind: Kind,
        by: str,
        steps: Sequence[tuple[str, Sequence[str]]],
        *,
        of: str = "",
        settings: Mapping[str, str] = {},
    ) -> None:
        """steps: (name of the result, command that prints it as JSON), each begun when the one before came to one.

        settings: for the child's environment. Raises Occupied.
        """
        with self._turn:
            self._reap()
            lock = self._locked(fcntl.LOCK_EX)
            if lock is None:
                there = self._present()
                raise Occupied(there.kind, there.by, there.since) if there else Occupied(kind, "", datetime.now(UTC))
            with lock:
                folder = self._folder / kind
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(mode=0o700)
                order = {"by": by, "since": datetime.now(UTC).isoformat(), "of": of, "steps": [list(s) for s in steps]}
                (folder / "order.json").write_text(json.dumps(order, ensure_ascii=False), encoding="utf-8")
                (self._folder / "present").write_text(kind, encoding="utf-8")
                self._child = subprocess.Popen(
                    [sys.executable, "-m", "web.maintain.child", str(folder.resolve())],
                    cwd=ROOT,
                    env={**os.environ, "PYTHONIOENCODING": "utf-8", **settings},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[lock.fileno()],
                    start_new_session=True,  # what ends the pages with Ctrl+C does not end it
                )

    def present(self) -> Piece | None:
        """The piece that is under way, or else the last one."""
        with self._turn:
            self._reap()
            return self._present()

    def last(self, kind: Kind) -> Piece | None:
        with self._turn:
            self._reap()
            return self._piece(kind)

    def forget(self, kind: Kind) -> None:
        """What the last piece of this kind came to; not while any is under way."""
        with self._turn:
            self._reap()
            lock = self._locked(fcntl.LOCK_EX)
            if lock:
                with lock:
                    shutil.rmtree(self._folder / kind, ignore_errors=True)

    def wait(self) -> None:
        """Until the child of this process has ended."""
        if self._child:
            self._child.wait()

    def _present(self) -> Piece | None:
        try:
            kind: Kind = (self._folder / "present").read_text(encoding="utf-8")  # type: ignore[assignment]
        except FileNotFoundError:
            return None
        return self._piece(kind)

    def _piece(self, kind: Kind) -> Piece | None:
        folder = self._folder / kind
        try:
            order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        running = self._is_locked() and (self._folder / "present").read_text(encoding="utf-8") == kind
        codes: dict[str, int] = _json(folder / "ended.json") or {}
        return Piece(
            kind,
            order["by"],
            datetime.fromisoformat(order["since"]),
            order["of"],
            running and not codes,
            _tail(folder / "progress.txt"),
            tuple(name for name, _ in order["steps"]),
            {name: found for name, _ in order["steps"] if (found := self._result(folder, name, codes)) is not None},
            bool(codes),
        )

    def _result(self, folder: Path, name: str, codes: Mapping[str, int]) -> Any:  # noqa: ANN401 - any JSON
        """Of a step that ended well, also while later ones run."""
        return _json(folder / f"{name}.json") if codes.get(name, 0) in GOOD else None

    def _is_locked(self) -> bool:
        lock = self._locked(fcntl.LOCK_SH)
        if lock:
            lock.close()
        return lock is None

    def _locked(self, how: int) -> TextIO | None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (self._folder / "lock").open("a")
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def _reap(self) -> None:
        if self._child and self._child.poll() is not None:
            self._child = None


def _json(path: Path) -> Any:  # noqa: ANN401 - any JSON
    """None while it is not there, or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _tail(path: Path) -> tuple[str, ...]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - SAID_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ()
    return tuple(line for line in lines if line.strip())[-LINES:]
