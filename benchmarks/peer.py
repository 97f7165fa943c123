"""Ours beside the stack a user would otherwise assemble from LangChain's quick start: same statutes, encoder and run."""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.sets import (
    Index,
    Line,
    QuestionSet,
    answer,
    index,
    read_lines,
    read_set,
    run_python,
    score,
    write_lines,
)
from vectorstore.encoder import BUILTIN_FOLDER

SCRIPT = "langchain_peer.py"
CORPUS, QUESTIONS = Path("laws/corpus.jsonl"), "statute_stard"
ALSO = ("statute_equals", "gov_faq")  # of which only what is found before 1,000 characters have been read is compared
ASKED = 500  # the reference asks the first 500 questions that have a gold document; so do we
COLD = 5


@dataclass(frozen=True, slots=True)
class Compared:
    """One run of both on one machine."""

    index: Index  # ours, made from nothing
    reference: dict[str, Any]  # what the reference prints of itself
    scores: dict[str, Any]  # ours, of the questions it was asked
    p50_ms: float
    p95_ms: float
    cold_s: float
    answering_mb: int
    early: Mapping[str, tuple[float, float]]  # R@1000chars of other sets: ours, the reference's


def missing(bench: Path) -> list[str]:
    """What the comparison needs and the question sets do not have."""
    needed = (Path(SCRIPT), CORPUS, Path(QUESTIONS) / "questions.jsonl")
    return [path.as_posix() for path in needed if not (bench / path).is_file()]


def compare(bench: Path, questions: QuestionSet, work: Path) -> Compared:
    """Ours indexes from nothing, then the reference does, then ours answers; nothing runs beside them."""
    ours = index(questions, work, afresh=True)
    reference = _reference(bench / CORPUS, questions, bench, work)
    first, answers = work / "peer" / "questions.jsonl", work / "peer" / "answers.jsonl"
    asked = _write_asked(questions, first)
    batch = answer(first, ours.data, answers)
    p50, p95 = milliseconds(read_lines(answers))
    cold = [
        run_python(["-m", "assistant", question["question"], "--data", str(ours.data)]).seconds
        for question in asked[:COLD]
    ]
    scores = score(bench / "score.py", first, answers)
    early = {name: found for name in ALSO if (found := _early(bench, name, work)) is not None}
    return Compared(ours, reference, scores, p50, p95, statistics.median(cold), batch.peak_mb, early)


def _early(bench: Path, name: str, work: Path) -> tuple[float, float] | None:
    """R@1000chars of the same questions, ours and the reference's; None where the set is not there."""
    questions = read_set(bench, name)
    if questions is None:
        return None
    first, answers = work / "peer" / f"{name}.jsonl", work / "peer" / f"{name}-answers.jsonl"
    _write_asked(questions, first)
    answer(first, index(questions, work).data, answers)
    theirs = _reference(questions.corpora[0], questions, bench, work)
    return score(bench / "score.py", first, answers)["R@1000chars"], theirs["R@1000chars"]


def _write_asked(questions: QuestionSet, path: Path) -> list[Line]:
    asked = [question for question in read_lines(questions.questions) if question.get("gold_doc_ids")][:ASKED]
    write_lines(path, asked)
    return asked


def milliseconds(answers: Sequence[Line]) -> tuple[float, float]:
    """p50 and p95 of question to answer, taken as the reference takes its own."""
    took = sorted(answer["milliseconds"]["total"] for answer in answers if "total" in answer.get("milliseconds", {}))
    return (took[len(took) // 2], took[int(len(took) * 0.95)]) if took else (0.0, 0.0)


def _reference(corpus: Path, questions: QuestionSet, bench: Path, work: Path) -> dict[str, Any]:
    """Run as it is, into a folder of its own: a second run in the same one would double its rows."""
    work.mkdir(parents=True, exist_ok=True)
    out = tempfile.mkdtemp(prefix="reference-", dir=work.resolve())
    corpus, asked = corpus.resolve(), questions.questions.resolve()
    try:
        finished = run_python([str((bench / SCRIPT).resolve()), str(corpus), str(asked), str(BUILTIN_FOLDER), out])
    finally:
        shutil.rmtree(out, ignore_errors=True)
    printed: dict[str, Any] = json.loads(finished.out.strip().splitlines()[-1])
    return printed
