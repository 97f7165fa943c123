"""`python -m benchmarks PATH`: index, answer and score question sets, check every citation, write RESULTS.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from benchmarks.citations import check_answers
from benchmarks.peer import QUESTIONS, compare, milliseconds, missing
from benchmarks.report import Measured, Run, peer_section, set_section, write_sections
from benchmarks.retrieval import retrieval
from benchmarks.sets import (
    ROOT,
    ChildFailed,
    Index,
    QuestionSet,
    answer,
    index,
    read_lines,
    read_set,
    score,
    set_names,
)
from vectorstore.encoder import load_encoder
from vectorstore.generation import Generation, Manifest, current
from vectorstore.settings import IndexSettings
from vectorstore.threads import one_thread_for_products

PEER = "Statutes, beside the LangChain reference"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    one_thread_for_products()
    bench: Path = options.bench
    if not (bench / "score.py").is_file():
        print(f"跳过（skipped）：{bench} 里没有题集和评分程序 score.py。")
        return 0
    names = options.sets.split(",") if options.sets else set_names(bench)
    run, order = Run.now(), [PEER, *set_names(bench)]
    failed = 0
    # The reference first: a child's record of memory begins with its parent's, and the sets make this process grow.
    if options.peer:
        failed += _compare(bench, options, run, order)
    sets = [found for name in names if (found := _read(bench, name, told=bool(options.sets)))]
    for _, sharing in groupby(sorted(sets, key=lambda s: s.index_name), key=lambda s: s.index_name):
        try:
            for measured, encoder in _measure(list(sharing), bench / "score.py", options.work):
                write_sections(options.results, {measured.name: set_section(measured, run, encoder)}, order)
        except ChildFailed as problem:
            failed += 1
            print(problem, file=sys.stderr)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description="在题集上测量检索、回答、引用与速度。")
    parser.add_argument("bench", type=Path, metavar="题集文件夹", help="其中有 score.py 和各题集")
    parser.add_argument("--sets", metavar="名称,…", help="只测这些题集；--sets none 与 --peer 合用，则只作对比")
    parser.add_argument("--work", type=Path, default=ROOT / ".bench", metavar="文件夹", help="索引和答案存放处")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "RESULTS.md", metavar="文件")
    parser.add_argument("--peer", action="store_true", help="与 LangChain 参照在同一次运行中对比速度和内存")
    return parser


def _read(bench: Path, name: str, *, told: bool) -> QuestionSet | None:
    found = read_set(bench, name)
    if found is None and told and name != "none":
        print(f"跳过（skipped）：{bench} 里没有可用的题集 {name}。")
    return found


def _compare(bench: Path, options: argparse.Namespace, run: Run, order: Sequence[str]) -> int:
    questions = None if missing(bench) else read_set(bench, QUESTIONS)
    if questions is None:
        print(f"跳过对比（skipped）：{bench} 里没有 {'、'.join(missing(bench)) or QUESTIONS}。")
        return 0
    print("正在与 LangChain 参照对比（数分钟）……", flush=True)
    try:
        compared = compare(bench, questions, options.work)
    except ChildFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    encoder = Manifest.read(current(compared.index.data)).encoder
    section = peer_section(compared, run, encoder)
    write_sections(options.results, {PEER: section}, order)
    print(section, flush=True)
    return 0


def _measure(
    sharing: Sequence[QuestionSet], scorer: Path, work: Path
) -> Iterator[tuple[Measured, dict[str, str | int]]]:
    """Every set of one index."""
    print(f"正在入库 {sharing[0].index_name} ……", flush=True)
    made = index(sharing[0], work)
    generation = Generation.open(current(made.data), load_encoder(IndexSettings.read().encoder))
    generation.dense.open_chroma()
    try:
        for questions in sharing:
            print(f"正在回答 {questions.name} ……", flush=True)
            measured = _one(questions, made, generation, scorer, work)
            _print(measured)
            yield measured, dict(generation.manifest.encoder)
    finally:
        generation.close()


def _one(questions: QuestionSet, made: Index, generation: Generation, scorer: Path, work: Path) -> Measured:
    answers = work / "answers" / f"{questions.name}.jsonl"
    answer(questions.questions, made.data, answers)
    asked, answered = read_lines(questions.questions), read_lines(answers)
    histories = any(question.get("history") for question in asked)
    return Measured(
        questions.name,
        len(asked),
        made,
        retrieval(generation, asked) if questions.retrieval else [],
        score(scorer, questions.questions, answers),
        score(scorer, questions.questions, answers, "--with-history") if histories else {},
        milliseconds(answered),
        check_answers(answered, generation.archive),
    )


def _print(measured: Measured) -> None:
    for found in measured.found:
        for leg, figures in found.legs.items():
            said = "  ".join(f"{name} {100 * value:.1f}" for name, value in figures.items())
            print(f"  {leg:<6} {said}  {found.what}")
    print(f"  答案 {dict(measured.scores)}")
    p50, p95 = measured.milliseconds
    print(
        f"  每题 p50 {p50:.1f} ms，p95 {p95:.1f} ms，索引 {measured.index.passages} 段（{measured.index.seconds:.1f} 秒）"
    )
    print(f"  引用 {measured.checked.citations} 处，不符 {len(measured.checked.violations)} 处", flush=True)
    for problem in measured.checked.violations[:5]:
        print(f"    {problem}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
