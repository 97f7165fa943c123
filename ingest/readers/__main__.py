"""`python -m ingest.readers KIND < FILE`: the child process. One line of JSON comes out: what was read, or why not."""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict

from ingest.blocks import Extract
from ingest.readers.kinds import READERS, Unreadable
from ingest.readers.limits import Forbidden, confine

TEXT_CHARS = 20_000_000  # a longer text is a dump, not a document


def main(arguments: Sequence[str]) -> int:
    [kind] = arguments
    warnings.simplefilter("ignore")  # of the parsers about files; what is wrong with one is said below
    reader = READERS[kind]
    read: Callable[[bytes], Extract] = importlib.import_module(f"ingest.readers.{reader.module}").read
    confine(reader.limits)
    try:
        answer = _answer(read(sys.stdin.buffer.read()))
    except Unreadable as problem:
        answer = {"problem": problem.reason, "skip": problem.skip, "instead": problem.instead}
    except MemoryError:
        answer = {"problem": f"读取它需要的内存超过 {reader.limits.memory >> 20} MB", "skip": False}
    except RecursionError:
        answer = {"problem": "内容嵌套太深", "skip": False}
    except Forbidden as problem:
        answer = {"problem": f"读取它时出现了不允许的动作（{problem}）", "skip": False}
    except Exception as problem:  # noqa: BLE001 - whatever a parser makes of a broken file, the file is what is broken
        answer = {"problem": f"文件已损坏，或不是{reader.name}（{type(problem).__name__}）", "skip": False}
    sys.stdout.write(json.dumps(answer, ensure_ascii=True))
    sys.stdout.flush()
    return 0


def _answer(found: Extract) -> dict[str, object]:
    if not found.text.strip():
        return {"problem": "文件里没有文字", "skip": True}
    if len(found.text) > TEXT_CHARS:
        return {"problem": f"文字超过 {TEXT_CHARS // 10_000} 万字", "skip": False}
    return asdict(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
