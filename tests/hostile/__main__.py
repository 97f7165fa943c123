"""`python -m tests.hostile [GROUP…]`: every case, as who runs it and, when that is root, as an ordinary user after that."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.hostile.ordinary import VERSION, python_for_nobody, run_as_nobody
from tests.hostile.trial import NOBODY, all_cases, is_privileged, listening, put, wrongs
from vectorstore.encoder import load_encoder


def tried(groups: Sequence[str]) -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="qa-hostile-") as name, listening() as listener:
        wanted = [case for case in all_cases(listener.port) if not groups or case.group in (*groups, "章程.txt")]
        cases = put(wanted, Path(name))
        found = wrongs(cases, Path(name), load_encoder("builtin"))
        found += [f"有人连接了监听的端口：{words!r}" for words in listener.seen]
        for path in Path(name, "documents").rglob("locked*"):
            path.chmod(0o700)
    counts = Counter(case.group for case in cases)
    who = "管理员" if is_privileged() else "普通用户"
    print(
        f"{who}：{len(cases)} 例（其中 {sum(case.child for case in cases)} 例由子进程读取），"
        f"{time.monotonic() - began:.0f} 秒（" + "，".join(f"{g} {n}" for g, n in counts.items()) + "）"
    )
    print("\n".join(found) or "全部与预期相符；没有人连接监听的端口，文件夹以外没有变化。", flush=True)
    return 1 if found else 0


def tried_by_nobody(groups: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="qa-hostile-") as name:
        Path(name).chmod(0o755)
        python = python_for_nobody(Path(name))
        if python:
            return run_as_nobody(python, "-m", "tests.hostile", *groups, home=Path(name))
    print(
        f"普通用户（{NOBODY}）的一遍没有试：普通用户无权运行 {sys.executable}，或无权读本文件夹和它的程序库，"
        f"系统里也没有普通用户能运行的 {VERSION}。请把项目放在普通用户进得去的文件夹，用系统的 Python 建 .venv。"
    )
    return 1


if __name__ == "__main__":
    ended = tried(sys.argv[1:])
    if is_privileged():
        ended = max(ended, tried_by_nobody(sys.argv[1:]))
    sys.exit(ended)
