"""What a plan, its answers and the work behind them look like to a template."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.clauses import WordDiff, word_diff
from ingest.waiting import Entry
from web.maintain.work import Piece

DOCUMENTS = 60  # of a plan on one page
CLAUSES = 80  # of one document
CRUMBS = 60
PAIRS = 60
UNALIKE = ("refused", "answered")  # what an answer and a refusal have in common means nothing: no words are marked
TEXT = 400  # characters of a clause or an answer
COMPARED = 8000  # characters of an answer that are compared word by word
AROUND = 40  # characters of unchanged words beside a change

_BLANK = re.compile(r"\n\s*\n")
_STEPS = ("正在", "已问", "已回答")  # how a child begins a line that tells how far it is
FIELD_NAMES = {
    "title": "题名",
    "kind": "文种",
    "date": "日期",
    "source": "来源",
    "file_number": "发文字号",
    "status": "状态",
    "replaced_by": "新版本在",
}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """How a piece of work goes, or went."""

    kind: str
    by: str
    since: str
    running: bool
    failed: bool
    interrupted: bool
    said: tuple[str, ...]
    share: tuple[int, int] | None
    step: int  # steps that are done: with the first, there is something to look at


def progress(piece: Piece | None) -> Progress | None:
    if piece is None:
        return None
    since = piece.since.astimezone().strftime("%m-%d %H:%M:%S")
    interrupted = not piece.running and not piece.ended
    steps, said = len(piece.results), piece.said if piece.running else complaint(piece.said)
    return Progress(piece.kind, piece.by, since, piece.running, piece.failed, interrupted, said, piece.share, steps)


def complaint(said: Sequence[str]) -> tuple[str, ...]:
    """What a child said after it had told for the last time how far it is; all of it when it said nothing more."""
    steps = [place for place, line in enumerate(said) if line.startswith(_STEPS)]
    return tuple(said[steps[-1] + 1 :] if steps else said) or tuple(said[-1:])


@dataclass(frozen=True, slots=True)
class Run:
    """Words in a diff: same, removed or added; … stands for words left out."""

    kind: str
    text: str


def plan_view(plan: Json) -> dict[str, Any]:
    """What changes first by kind of document; what is shown is cut to what a page can hold, and says so."""
    files = {file["path"] for file in plan["files"]}
    documents = [_document(change, change["document"] in files) for change in plan["documents"][:DOCUMENTS]]
    clauses = Counter(clause["kind"] for change in plan["documents"] for clause in change["clauses"])
    kinds = Counter(change["kind"] for change in plan["documents"])
    return {
        **plan,
        "documents": documents,
        "more": len(plan["documents"]) - len(documents),
        "clause_counts": clauses,
        "document_counts": kinds,
        "crumbs": _crumbs(plan["unindexed"], files),
        "rejected": [file for file in plan["files"] if file["status"] in ("reject", "skip")],
    }


def _crumbs(unindexed: Sequence[Json], files: Container[str]) -> list[dict[str, Any]]:
    """Document by document."""
    lines: dict[str, list[str]] = {}
    for span in unindexed[:CRUMBS]:
        lines.setdefault(span["document"], []).append(span["text"])
    return [{"document": name, "previewed": name in files, "lines": found} for name, found in lines.items()]


def _document(change: Json, previewed: bool) -> dict[str, Any]:
    """previewed: it is a file of its own, whose page shows how it is read; one of many in a file has no such page."""
    clauses = [
        {**clause, "text": _cut(clause["text"]), "runs": runs([WordDiff(**run) for run in clause["words"]])}
        for clause in change["clauses"][:CLAUSES]
    ]
    return {**change, "clauses": clauses, "more": len(change["clauses"]) - len(clauses), "previewed": previewed}


def answer_pairs(impact: Json) -> dict[str, Any]:
    """Every answer that changes, before and after."""
    return {
        **impact,
        "changes": [_pair(change) for change in impact["changes"][:PAIRS]],
        "more": max(0, len(impact["changes"]) - PAIRS),
        "lost": sum(change["lost"] for change in impact["changes"]),
    }


def _pair(change: Json) -> dict[str, Any]:
    before, after = _sides(change)
    told = _compared(before, after) if change["kind"] not in UNALIKE else []
    return {
        **change,
        "old": [run for run in told if run.kind != "added"] or [Run("same", _cut(before))],
        "new": [run for run in told if run.kind != "removed"] or [Run("same", _cut(after))],
        "old_sources": _sources(change["before"]["sources"]),
        "new_sources": _sources(change["after"]["sources"]),
    }


def _sides(change: Json) -> tuple[str, str]:
    """Both answers; or, under answers of the same words, the quotes in which they differ."""
    before, after = change["before"], change["after"]
    if change["kind"] != "recited":
        return before["text"], after["text"]
    return _quotes_only_in(before["sources"], after["sources"]), _quotes_only_in(after["sources"], before["sources"])


def _quotes_only_in(sources: Sequence[Json], others: Sequence[Json]) -> str:
    return "\n".join(
        f"{source['label'] or source['title']}：{source['quote']}" for source in sources if source not in others
    )


def _compared(before: str, after: str) -> list[Run]:
    """Whole where that is short, else what changed and a little around it."""
    told = word_diff(before[:COMPARED], after[:COMPARED])
    return [Run(run.kind, run.text) for run in told] if max(len(before), len(after)) <= TEXT else runs(told)


def _sources(sources: Sequence[Json]) -> list[str]:
    """《章程》第六条, each once."""
    shown = (f"{_titled(source['title'])}{source['label']}" for source in sources)
    return list(dict.fromkeys(shown))


def _titled(title: str) -> str:
    return title if title[:1] in "〔《" else f"《{title}》"


def runs(words: Sequence[WordDiff]) -> list[Run]:
    """What changed and a little around it."""
    found = []
    for place, run in enumerate(words):
        text = _BLANK.sub("\n", run.text)
        if run.kind == "same" and len(text) > 2 * AROUND:
            head = "" if place == 0 else text[:AROUND]
            tail = "" if place == len(words) - 1 else text[-AROUND:]
            text = f"{head}…{tail}"
        found.append(Run(run.kind, text))
    return found


def _cut(text: str) -> str:
    text = _BLANK.sub("\n", text)
    return text if len(text) <= TEXT else text[:TEXT] + "…"


def waiting_lines(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What waits, newest first; a question is shown by its words."""
    return [
        {
            "id": entry.id,
            "kind": entry.kind,
            "name": entry.name,
            "work": entry.work,
            "field": entry.field,
            "value": json.loads(entry.values[0])["question"] if entry.kind == "question" else "、".join(entry.values),
            "size": entry.size,
            "by": entry.by,
        }
        for entry in reversed(entries)
    ]
