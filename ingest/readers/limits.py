"""What a child process that reads or converts a foreign file may use, and what it may not do."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

from ingest.readers.shut import leave_network, shut_in

# Events of the interpreter (PEP 578) that no reader has any business with.
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork", "os.system", "os.spawn", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.kill", "shutil.", "urllib.", "http.", "ftplib.", "smtplib.")  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Forbidden(PermissionError):
    """A reader tried to reach beyond the file it was given."""


@dataclass(frozen=True, slots=True)
class Limits:
    memory: int = 1 << 30  # bytes
    processor: int = 20  # seconds
    clock: int = 60  # seconds, kept by the parent
    file: int = 0  # bytes of any file it writes


def confine(limits: Limits) -> None:
    """For the rest of this process: bounded memory and processor time, nothing written, started or connected to."""
    _bound(limits)
    shut_in()
    sys.addaudithook(_refuse)


def _bound(limits: Limits) -> None:
    # The first ends it with a signal of its own, SIGXCPU; at the second it would be killed like any other.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.processor, limits.processor + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file, limits.file))
    with contextlib.suppress(ValueError, OSError):  # macOS knows no bound on memory; the others hold there
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise Forbidden(event)
    if event == "open":
        _, mode, flags = arguments
        if isinstance(flags, int) and flags & _WRITING:
            raise Forbidden(f"{event} {mode}")


if (
    __name__ == "__main__"
):  # MEMORY PROCESSOR FILE FOLDER PROGRAM ARGUMENT…: another program, writing in this folder alone
    _bound(Limits(memory=int(sys.argv[1]), processor=int(sys.argv[2]), file=int(sys.argv[3])))
    leave_network()
    shut_in(
        Path(sys.argv[4]), Path("/dev/null"), removable=Path("/tmp")
    )  # LibreOffice has a socket there, and starts twice
    os.execv(sys.argv[5], sys.argv[5:])
