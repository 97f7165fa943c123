"""Figures as Markdown: a section a set, each with the day, commit and encoder it was measured with."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.citations import Checked
from benchmarks.peer import Compared
from benchmarks.retrieval import Found
from benchmarks.sets import ROOT, Index

_HEAD = """# Results

Written by `python -m benchmarks`; a new run replaces the sections it measured. The lines *words* and *grams* are BM25
alone (since 2026-11-25 *grams* with pairs weighed by what they tell), *dense* the encoder alone, *fused* what the assistant
searches with, *answers* what the sets' scorer finds in the hits of whole answers. A hit is right when its document, or for statutes its article, is gold. R@1000chars: found before
1,000 characters have been read.
"""
_COLUMNS = ("R@1", "R@5", "R@10", "R@1000chars", "MRR@10")
_SHOWN_WRONG = 5


@dataclass(frozen=True, slots=True)
class Run:
    """When and with what the figures were measured."""

    day: str
    commit: str

    @classmethod
    def now(cls) -> Run:
        commit = _git("rev-parse", "--short", "HEAD") or "unknown"
        changed = _git("status", "--porcelain", "--", ".", ":!benchmarks/RESULTS.md")
        return cls(f"{datetime.now(UTC):%Y-%m-%d}", commit + (" with changes" if changed else ""))


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything one set showed."""

    name: str
    questions: int
    index: Index
    found: Sequence[Found]
    scores: Mapping[str, Any]
    with_history: Mapping[str, Any]  # the same scores over questions with a history alone
    milliseconds: tuple[float, float]
    checked: Checked


def set_section(measured: Measured, run: Run, encoder: Mapping[str, Any]) -> str:
    index = measured.index
    lines = [
        f"{_origin(run, encoder)} · {index.documents:,} documents, {index.passages:,} passages, {measured.questions:,} questions"
        + (f" · {index.rejected} lines not read" if index.rejected else "")
    ]
    rows: list[tuple[str, Mapping[str, Any]]] = [
        (f"{leg}, {found.what} ({found.questions})" if found.what else leg, figures)
        for found in measured.found
        for leg, figures in found.legs.items()
    ]
    rows += [
        (name, scores)
        for name, scores in (("answers", measured.scores), ("answers, with a history", measured.with_history))
        if "R@1" in scores
    ]
    if rows:
        lines += ["", markdown_table(("", *_COLUMNS), [(name, *_percents(figures)) for name, figures in rows])]
    for found in measured.found:
        lines += ["", f"Fused R@1 over the better lexical leg{_of(found)}: {100 * found.gain:+.1f} points."]
    for name, scores in (("Answers", measured.scores), ("Answers to questions with a history", measured.with_history)):
        if scores:
            lines += ["", f"{name}: {_other_scores(scores)}."]
    p50, p95 = measured.milliseconds
    lines += ["", f"Question to answer: p50 {p50:.1f} ms, p95 {p95:.1f} ms.", "", _citations(measured.checked)]
    return "\n".join(lines)


def peer_section(compared: Compared, run: Run, encoder: Mapping[str, Any]) -> str:
    ours, theirs = compared.index, compared.reference
    cold = theirs["import_s"] + theirs["q_p50_ms"] / 1000
    rows = [
        ("whole ingest, s", ours.seconds, theirs["ingest_s"]),
        ("ingest a passage, ms", 1000 * ours.seconds / ours.passages, 1000 * theirs["ingest_s"] / theirs["chunks"]),
        ("question to answer, against its search alone, p50 ms", compared.p50_ms, theirs["q_p50_ms"]),
        ("question to answer, against its search alone, p95 ms", compared.p95_ms, theirs["q_p95_ms"]),
        ("one question as a whole command, against its import and one search, s", compared.cold_s, cold),
        ("peak memory answering, MB (the reference also ingests)", compared.answering_mb, theirs["rss_mb"]),
        ("peak memory ingesting, MB", ours.peak_mb, theirs["rss_mb"]),
    ]
    rows += [
        (f"{column}, %", 100 * compared.scores[column], 100 * theirs[key])
        for column, key in (("R@1", "R@1"), ("R@5", "R@5"), ("R@1000chars", "R@1000chars"), ("MRR@10", "MRR"))
        if column in compared.scores
    ]
    rows += [(f"R@1000chars of {name}, %", 100 * mine, 100 * other) for name, (mine, other) in compared.early.items()]
    lines = [
        f"{_origin(run, encoder)} · {ours.documents:,} documents, {theirs['n']} questions · {ours.passages:,} passages "
        f"(ours, a clause each) and {theirs['chunks']:,} chunks of 500 characters (the reference)",
        "",
        "Ours includes reading the structure, both lexical legs and the check of the finished index; the reference's "
        "ingest is without its imports.",
        "",
        markdown_table(
            ("", "ours", "reference", "ours / reference"),
            [
                (name, f"{mine:,.2f}", f"{other:,.2f}", f"{mine / other:.2f}" if other else "–")
                for name, mine, other in rows
            ],
        ),
    ]
    return "\n".join(lines)


def write_sections(path: Path, sections: Mapping[str, str], order: Sequence[str]) -> None:
    """Replace these sections and keep the others; order names all there can be."""
    kept = _read_sections(path) | dict(sections)
    names = [name for name in order if name in kept] + [name for name in kept if name not in order]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_HEAD + "".join(f"\n## {name}\n\n{kept[name]}\n" for name in names), encoding="utf-8")


def publish(title: str, table: str, path: Path) -> None:
    """Print a table, and make it a section of its own below the sets."""
    run = Run.now()
    print(table)
    write_sections(path, {title: f"{run.day} · commit {run.commit}\n\n{table}"}, ())


def _read_sections(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    _, *found = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {section.split("\n", 1)[0]: section.partition("\n")[2].strip() for section in found}


def _origin(run: Run, encoder: Mapping[str, Any]) -> str:
    return f"{run.day} · commit {run.commit} · encoder {Path(encoder['name']).name} {encoder['fingerprint']}"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _percents(figures: Mapping[str, Any]) -> list[str]:
    return [f"{100 * figures[column]:.1f}" if column in figures else "–" for column in _COLUMNS]


def _of(found: Found) -> str:
    return f", {found.what}" if found.what else ""


def _other_scores(scores: Mapping[str, Any]) -> str:
    """What the table does not show, under the scorer's own names."""
    return ", ".join(f"{name} {_plain(value)}" for name, value in scores.items() if name not in _COLUMNS)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name} {part}" for name, part in value.items()) + ")"
    return "–" if value is None else str(value)


def _citations(checked: Checked) -> str:
    wrong = checked.violations
    said = f"Citations: {checked.citations:,} in {checked.answers:,} answers, {len(wrong)} violations."
    more = [f"- and {len(wrong) - _SHOWN_WRONG} more"] if len(wrong) > _SHOWN_WRONG else []
    return "\n".join([said, *([""] if wrong else []), *(f"- {each}" for each in wrong[:_SHOWN_WRONG]), *more])


def _git(*arguments: str) -> str:
    found = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip()
