"""The log: one JSON object a line on stderr, whatever was asked, so that no line can be forged and every line can be read by a program."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

from web.masking import masked

# Control characters, line separators and the marks that turn the direction of text: a terminal or a viewer would obey them.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
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


def new_number() -> str:
    """Of a request, and of the error it may end in: short enough to be read out over the telephone."""
    return secrets.token_hex(5)


def log_failure(problem: BaseException, number: str, where: str = "") -> None:
    """The whole traceback under the number that the visitor was given."""
    logging.getLogger("web.failure").error("failed", extra={"request": number, "where": where}, exc_info=problem)
