"""What the Linux kernel itself keeps a process from, asked of it without any privilege: Landlock, and a network of its own.

It holds for libraries written in C and for programs that are started too, which no check inside Python does. An older
kernel, a container that forbids it, or another system leaves less of it or nothing; docs/安全与隐私.md says what then holds.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

# linux/landlock.h; the numbers of the calls are the same on every processor.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_WRITE_FILE, _REMOVE_FILE = 1 << 1, 1 << 5
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_MAKE_AND_REMOVE = sum(1 << n for n in range(4, 13) if n != 9)  # but sockets: LibreOffice wants one in /tmp
_OF_FILES = _WRITE_FILE | _TRUNCATE  # all that can be allowed of what is no folder
_BIND_AND_CONNECT = 0b11  # of TCP
_NO_NEW_PRIVILEGES = 38  # linux/prctl.h
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # linux/sched.h


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def shut_in(*writable: Path, removable: Path | None = None) -> bool:
    """From now on this thread and all it starts write below these alone, and neither make nor take TCP connections.

    removable: a folder below which files may only be removed.
    False where the kernel has no such thing (Linux 5.13 for files, 6.7 for connections).
    """
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None)
    call = library.syscall
    version = call(_CREATE, None, 0, 1)
    if version < 1:
        return False
    writing = _WRITE_FILE | _MAKE_AND_REMOVE | (_REFER if version > 1 else 0) | (_TRUNCATE if version > 2 else 0)
    rules = _Ruleset(writing, _BIND_AND_CONNECT)
    ruleset = call(_CREATE, ctypes.byref(rules), ctypes.sizeof(rules) if version > 3 else 8, 0)
    if ruleset < 0:
        return False
    try:
        rights = {path: writing if path.is_dir() else writing & _OF_FILES for path in writable}
        for path, right in (rights | ({removable: _REMOVE_FILE} if removable else {})).items():
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            call(_ADD, ruleset, 1, ctypes.byref(_Beneath(right, place)), 0)
            os.close(place)
        library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return bool(call(_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def leave_network() -> bool:
    """From now on this process and all it starts have a network in which there is nobody. False where that is not allowed."""
    if not sys.platform.startswith("linux"):
        return False
    user, group = os.getuid(), os.getgid()
    unshare = ctypes.CDLL(None).unshare  # Python has it from 3.12
    if unshare(_NEW_NETWORK) == 0:  # root
        return True
    if unshare(_NEW_USER | _NEW_NETWORK) != 0:
        return False
    for name, content in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with contextlib.suppress(OSError):  # without them it is nobody, and still in that network
            Path("/proc/self", name).write_text(content, encoding="ascii")
    return True
