"""`python -m tests.hostile [GROUP…]`: every case, as who runs it and, when that is root, as an ordinary user after that."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.hostile.trial import NOBODY, all_cases, is_privileged, listening, put, wrongs
from vectorstore.encoder import load_encoder


def main(groups: Sequence[str]) -> int:
    began = time.monotonic()
    starts = os.access(sys.executable, os.X_OK)  # a Python under /root is nobody else's
    with tempfile.TemporaryDirectory(prefix="qa-hostile-") as name, listening() as listener:
        wanted = [case for case in all_cases(listener.port) if not groups or case.group in (*groups, "章程.txt")]
        cases = put([case for case in wanted if starts or not case.child], Path(name))
        found = wrongs(cases, Path(name), load_encoder("builtin"))
        found += [f"有人连接了监听的端口：{words!r}" for words in listener.seen]
        for path in Path(name, "documents").rglob("locked*"):
            path.chmod(0o700)
    counts = Counter(case.group for case in cases)
    who = "管理员" if is_privileged() else "普通用户"
    print(
        f"{who}：{len(cases)} 例，{time.monotonic() - began:.0f} 秒（"
        + "，".join(f"{g} {n}" for g, n in counts.items())
        + "）"
    )
    if not starts:
        print(f"普通用户无权运行 {sys.executable}，要由子进程读取的文件没有试")
    print("\n".join(found) or "全部与预期相符；没有人连接监听的端口，文件夹以外没有变化。", flush=True)
    return 1 if found else 0


def become_nobody() -> None:
    """For the rest of this process; what it needs has been loaded."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


if __name__ == "__main__":
    ended = main(sys.argv[1:])
    if is_privileged():
        become_nobody()
        ended = max(ended, main(sys.argv[1:]))
    sys.exit(ended)
