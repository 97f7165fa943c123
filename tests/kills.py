"""Ingests killed in every phase: `make kill` kills thirty times in each. The tests do a few.

Each is a process of its own, ended by SIGKILL at a random moment after its progress line of that phase came.
"""

from __future__ import annotations

import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from ingest.check import CheckingChild
from ingest.pipeline import ingest
from vectorstore.encoder import load_encoder
from vectorstore.generation import Manifest, compare_hashes, current, is_chroma_sound

PHASES = {  # name -> how its progress line begins, and how long it lasts at most, in seconds
    "parse": ("正在读取", 0.03),
    "embed": ("正在计算向量", 0.005),
    "write": ("正在建立向量索引", 0.1),
    "check": ("正在检查新索引", 0.3),
    "switch": ("正在切换", 0.005),
}


@dataclass(frozen=True, slots=True)
class Kill:
    """One killed ingest: in which phase it was wanted, and what it had said last when it died."""

    phase: str
    said: str
    finished: bool  # it was done before the signal came
    sound: bool  # what CURRENT names is whole, and is the old content or the new one
    rerun: bool | None  # does an undisturbed run give the same as one in an empty folder; None: not tried


def ingest_telling(documents: Path, data: Path, telling: Connection | None) -> None:
    with CheckingChild("builtin") as child:
        ingest(
            documents,
            data,
            encoder=load_encoder("builtin"),
            passage_chars=500,
            begin=child.begin if telling else lambda: None,
            check=child.check if telling else lambda folder: None,
            progress=(lambda text: telling.send(text)) if telling else (lambda text: None),
        )


def kill_ingests(phases: Sequence[str], seed: int, *, rerun_each: bool) -> list[Kill]:
    """One kill for each of the phases, in this order, over one folder of documents that changes every time."""
    chance = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["chromadb", "jieba", "bm25s"])
    killed: list[Kill] = []
    with tempfile.TemporaryDirectory() as place:
        documents, data, fresh = Path(place) / "documents", Path(place) / "data", Path(place) / "fresh"
        documents.mkdir()
        write_documents(documents, 0)
        ingest_telling(documents, data, None)
        old = _content(data)
        for n, phase in enumerate(phases, start=1):
            write_documents(documents, n)
            heard, telling = context.Pipe(duplex=False)
            process = context.Process(target=ingest_telling, args=(documents, data, telling))
            process.start()
            telling.close()
            last, finished = _kill_in(process, heard, phase, chance)
            now, intact = _content(data), is_sound(data)
            again = None
            if rerun_each or phase not in {kill.phase for kill in killed}:
                shutil.rmtree(fresh, ignore_errors=True)
                ingest_telling(documents, fresh, None)
                ingest_telling(documents, data, None)
                again = _content(data) == _content(fresh) and not list((data / "generations").glob(".*"))
                intact = intact and now in (old, _content(fresh))
            elif phase != "switch":
                intact = intact and now == old
            old = _content(data)
            killed.append(Kill(phase, last, finished, intact, again))
    return killed


def _kill_in(
    process: multiprocessing.process.BaseProcess, heard: Connection, phase: str, chance: random.Random
) -> tuple[str, bool]:
    """The last progress line before the signal, and whether the process ended by itself."""
    begins, lasts = PHASES[phase]
    last, at = "", None
    while at is None or time.monotonic() < at:
        try:
            if heard.poll(0.5 if at is None else max(0.0, at - time.monotonic())):
                last = heard.recv()
        except EOFError:
            break
        if at is None and last.startswith(begins):
            at = time.monotonic() + chance.uniform(0, lasts)
    process.kill()
    process.join()
    try:
        while heard.poll():
            last = heard.recv()
    except EOFError:
        pass
    return last, process.exitcode == 0


def write_documents(documents: Path, n: int) -> None:
    """A charter and notices, one clause of which is different every time."""
    articles = "\n\n".join(
        f"第{i}条 本会的第{i}项工作是服务会员，第{n if i == '三' else 0}稿。" for i in "一二三四五六七八九"
    )
    (documents / "章程.md").write_text(f"# 某某协会章程\n\n## 第一章 总则\n\n{articles}\n", "utf-8")
    lines = [f'{{"doc_id":"d{i}","title":"批量{i}","text":"第{n}稿的第{i}件事由秘书处办理。"}}' for i in range(500)]
    (documents / "批量.jsonl").write_text("\n".join(lines), "utf-8")
    for month in range(1, 6):
        text = f"关于召开第{month}次会议的通知\n\n各会员单位：定于{month}月召开会议，请准时参加。\n"
        (documents / f"通知{month}.txt").write_text(text, "utf-8")


def _content(data: Path) -> str:
    return Manifest.read(current(data)).content


def is_sound(data: Path) -> bool:
    folder = current(data)
    manifest = Manifest.read(folder)
    compare_hashes(folder, manifest)
    return is_chroma_sound(folder, manifest)


def main(times: int, seed: int) -> int:
    kills = kill_ingests([phase for _ in range(times) for phase in PHASES], seed, rerun_each=True)
    print(f"种子 {seed}：{len(kills)} 次")
    for phase, (begins, _) in PHASES.items():
        of = [kill for kill in kills if kill.phase == phase]
        hit = sum(kill.said.startswith(begins) and not kill.finished for kill in of)
        print(
            f"{phase:7} {len(of)} 次，命中本阶段 {hit}，已先结束 {sum(kill.finished for kill in of)}，"
            f"索引完好 {sum(kill.sound for kill in of)}，重做一致 {sum(bool(kill.rerun) for kill in of)}"
        )
    return 0 if all(kill.sound and kill.rerun for kill in kills) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(time.time())))
