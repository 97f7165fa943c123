"""The logs: one JSON object a line, whatever was asked, so that no line can be forged and every line can be read by a program.

What happens and what fails goes to stderr. Who came when, without address or question, goes into a file a day of its own, kept
for its own time: it is another thing than the answers, and another law wants it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import secrets
import sys
import time
import traceback
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TextIO

from web.masking import masked

# Control characters, line separators and the marks that turn the direction of text: a terminal or a viewer would obey them.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# What the Cybersecurity Law (art. 21) asks of network logs: six months. No setting, since nobody may keep less.
ACCESS_DAYS = 180
_DAY_FILE = re.compile(r"(\d{4}-\d\d-\d\d)\.jsonl")
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """What is given as `extra` becomes fields of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info and record.exc_info[1] is not None:
            line["traceback"] = masked("".join(traceback.format_exception(record.exc_info[1])))
        written = json.dumps(line, ensure_ascii=False, default=str)
        return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def set_up_logs(stream: TextIO | None = None) -> None:
    """Everything that logs goes there. A person at a terminal sees warnings and errors alone."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("web").setLevel(logging.WARNING if stream.isatty() else logging.INFO)
    logging.captureWarnings(True)


class AccessLog(logging.Handler):
    """Appends to folder/2026-11-25.jsonl, the day being this machine's own. A line that cannot be written holds nobody up."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self._folder = folder
        self._complained: date | None = None

    def emit(self, record: logging.LogRecord) -> None:
        line, today = (self.format(record) + "\n").encode(), date.today()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self._folder / f"{today}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, line)
            finally:
                os.close(file)
        except OSError as problem:
            if self._complained != today:
                self._complained = today
                logging.getLogger("web.logs").error("visits cannot be written down: %s", problem.strerror)


def keep_access_log(folder: Path) -> None:
    """From now on visits are written down there and nowhere else."""
    visits = logging.getLogger("web.access")
    visits.handlers[:] = [AccessLog(folder)]
    visits.setLevel(logging.INFO)
    visits.propagate = False


def expire_access_log(folder: Path, today: date) -> int:
    """Delete the files of days longer ago than ACCESS_DAYS. How many went."""
    gone = 0
    for path in folder.glob("*.jsonl"):
        named = _DAY_FILE.fullmatch(path.name)
        with suppress(ValueError):  # no day of any calendar: not ours
            if named and date.fromisoformat(named[1]) < today - timedelta(days=ACCESS_DAYS):
                path.unlink()
                gone += 1
    return gone


class Traces:
    """Tells clients apart in the log of one day; nobody can tell who they were, since the key is thrown away with the day."""

    def __init__(self) -> None:
        self._day, self._key = "", b""

    def of(self, client: str) -> str:
        day = time.strftime("%Y%m%d")
        if day != self._day:
            self._day, self._key = day, secrets.token_bytes(32)
        return hmac.new(self._key, client.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:12]


def loggable(path: str) -> str:
    """Without what opens a conversation or a shared answer, says which record was looked at, or is anybody's number."""
    path = re.sub(r"(/gradio_api/heartbeat/).*", r"\1…", path[:1000])
    path = re.sub(r"/a/[^/]+", "/a/{key}", path)
    path = re.sub(r"(/staff/records/)[^/]+", r"\1{number}", path)
    return masked(path)[:200]


def new_number() -> str:
    """Of a request, and of the error it may end in: short enough to be read out over the telephone."""
    return secrets.token_hex(5)


def log_failure(problem: BaseException, number: str, where: str = "") -> None:
    """The whole traceback under the number that the visitor was given."""
    logging.getLogger("web.failure").error("failed", extra={"request": number, "where": where}, exc_info=problem)
