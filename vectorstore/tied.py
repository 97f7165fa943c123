"""A child process that does not outlive its parent: one that went on would write where the next ingest clears up."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def tied(command: Sequence[str]) -> list[str]:
    """The same command, ended when the thread that starts it ends, by SIGKILL too.

    Only Linux has such a tie. Elsewhere the command stays as it is: its child ends a little later, by itself.
    """
    if sys.platform != "linux":
        return list(command)
    # Not as preexec_fn: Python code between fork and exec may hang where the parent has threads.
    return [sys.executable, "-I", "-S", os.path.abspath(__file__), str(os.getpid()), *command]


def main(parent: int, command: list[str]) -> None:
    """Become the command, which keeps the tie."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:  # else it has ended before the tie was there
        os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
