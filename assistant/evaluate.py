"""How good are the answers to a question set? Asks every question, judges, and sums up: `python -m assistant evaluate`."""

from __future__ import annotations

import math
import re
import statistics
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from assistant.answer import Answer
from assistant.assistant import Assistant
from assistant.gold import Gold, Place
from assistant.scoring import SAID, citations, items, judge, kept_its_citation, length, rank
from vectorstore.archive import Archive

# What a person reads above the columns, in two tables so that each fits a terminal of 80 columns.
RIGHT = {"n": "题数", "passed": "通过", "answered": "该答已答", "refused": "该拒已拒", "balanced": "均衡"}  # fmt: skip
FOUND = {"recall_1": "R@1", "recall_5": "R@5", "recall_10": "R@10", "mrr": "MRR"}
WRITTEN = {"cited": "引到原话", "citation_precision": "引文准", "citation_recall": "引文全", "item_precision": "列举准", "item_recall": "列举全", "length": "长度比"}  # fmt: skip
TIME = {"p50": "p50毫秒", "p95": "p95毫秒"}
_TIMES = ("n", "length", *TIME)  # figures that are no shares


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question, what was said to it, and the verdict."""

    gold: Gold
    answer: Answer
    why: str  # it did not pass; "" when it did
    rank: int | None  # of the first hit that overlaps a gold place, 0 for none; None where no place is known

    @property
    def passed(self) -> bool:
        return not self.why

    @property
    def lost(self) -> bool:
        """A protected question that is no longer answered with a citation of its quotes."""
        return self.gold.protected and not kept_its_citation(self.gold, self.answer)


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over questions, 0…1 but for `n`, `length` and milliseconds; None where no question tells.

    answered    of the questions that must be answered, those answered (or asked back, where that is right)
    refused     of those that must be refused, those refused
    balanced    the mean of the two
    cited       of the answerable questions with quotes, those answered with a citation that overlaps one
    recall_k, mrr   of the questions with a known place, over the ten best hits
    citation_*, item_*   see `scoring.citations` and `scoring.items`; over the answers they apply to
    length      median, characters said for each character of the gold quotes, of right answers
    p50, p95    milliseconds, nearest rank
    """

    n: int
    passed: float | None
    answered: float | None
    refused: float | None
    balanced: float | None
    cited: float | None
    recall_1: float | None
    recall_5: float | None
    recall_10: float | None
    mrr: float | None
    citation_precision: float | None
    citation_recall: float | None
    item_precision: float | None
    item_recall: float | None
    length: float | None
    p50: float | None
    p95: float | None


def evaluate(
    assistant: Assistant, questions: Sequence[Gold], progress: Callable[[str], None] = lambda text: None
) -> tuple[Outcome, ...]:
    """Ask every question; the first once before, as what is loaded with it is no one's answering time.

    progress: is told how far it is.
    """
    texts = _texts(assistant.generation.archive) if any(gold.quotes for gold in questions) else {}
    outcomes = []
    for gold in questions[:1]:
        assistant.answer(gold.question, gold.history, gold.scope)
    for n, gold in enumerate(questions, 1):
        *_, answer = assistant.answers(gold.question, gold.history, gold.scope)
        places = (*gold.places, *_stands(gold.quotes, texts))
        outcomes.append(Outcome(gold, answer, judge(gold, answer), rank(places, answer) if places else None))
        if n % 100 == 0:
            progress(f"已问 {n}/{len(questions)} 题")
    return tuple(outcomes)


def _texts(archive: Archive) -> dict[str, str]:
    return {document.id: document.text for document in archive.documents()}


def _stands(quotes: Sequence[str], texts: Mapping[str, str]) -> list[Place]:
    """Where these words stand, everywhere."""
    return [
        Place(id, found.start(), found.end())
        for quote in quotes
        for id, text in texts.items()
        for found in re.finditer(re.escape(quote), text)
    ]


def figures(outcomes: Sequence[Outcome]) -> Figures:
    due = [o for o in outcomes if "answered" in o.gold.expect and not {"refused", "chat"} & set(o.gold.expect)]
    undue = [o for o in outcomes if "refused" in o.gold.expect and "answered" not in o.gold.expect]
    answered = _share(o.answer.status in o.gold.expect for o in due)
    refused = _share(o.answer.status in o.gold.expect for o in undue)
    ranks = [o.rank for o in outcomes if o.rank is not None]
    quoted = [pair for o in outcomes if o.answer.status == "answered" and (pair := citations(o.answer))]
    listed = [pair for o in outcomes if (pair := items(o.gold, o.answer))]
    lengths = [ratio for o in outcomes if o.passed and (ratio := length(o.gold, o.answer)) is not None]
    times = sorted(o.answer.milliseconds.get("total", 0.0) for o in outcomes)
    return Figures(
        n=len(outcomes),
        passed=_share(o.passed for o in outcomes),
        answered=answered,
        refused=refused,
        balanced=None if answered is None or refused is None else (answered + refused) / 2,
        cited=_share(kept_its_citation(o.gold, o.answer) for o in due if o.gold.quotes),
        recall_1=_share(r == 1 for r in ranks),
        recall_5=_share(1 <= r <= 5 for r in ranks),
        recall_10=_share(1 <= r <= 10 for r in ranks),
        mrr=_mean(1 / r if r else 0.0 for r in ranks),
        citation_precision=_mean(precision for precision, _ in quoted),
        citation_recall=_mean(recall for _, recall in quoted),
        item_precision=_mean(precision for precision, _ in listed),
        item_recall=_mean(recall for _, recall in listed),
        length=statistics.median(lengths) if lengths else None,
        p50=_nearest_rank(times, 0.5),
        p95=_nearest_rank(times, 0.95),
    )


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, Figures]:
    """In the order in which the kinds first stand in the file."""
    kinds = dict.fromkeys(o.gold.kind for o in outcomes)
    return {kind: figures([o for o in outcomes if o.gold.kind == kind]) for kind in kinds}


def _share(truths: Iterable[bool]) -> float | None:
    return _mean(float(truth) for truth in truths)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None


def _nearest_rank(ordered: Sequence[float], share: float) -> float | None:
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


# --- what is shown ----------------------------------------------------------------------------------------------------


def as_json(outcomes: Sequence[Outcome], name: str, generation: str) -> dict[str, object]:
    """name: of the question file. `lost`: the protected questions that lost their citation."""
    return {
        "questions": name,
        "generation": generation,
        **_rounded(figures(outcomes)),
        "by_kind": {kind: _rounded(row) for kind, row in by_kind(outcomes).items()},
        "lost": [o.gold.id for o in outcomes if o.lost],
        "results": [
            {
                "id": o.gold.id,
                "kind": o.gold.kind,
                "question": o.gold.question,
                "passed": o.passed,
                "why": o.why,
                "status": o.answer.status,
                "protected": o.gold.protected,
                "cited": bool(o.gold.quotes) and kept_its_citation(o.gold, o.answer),
                "rank": o.rank,
                "text": o.answer.text,
                "citations": o.answer.to_json()["citations"],
            }
            for o in outcomes
        ],
    }


def _rounded(row: Figures) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 4) for name, value in asdict(row).items()}


def as_table(outcomes: Sequence[Outcome]) -> str:
    """For a terminal: two tables by kind, then every question that did not pass and why."""
    rows = {"合计": figures(outcomes), **by_kind(outcomes)}
    tables = [_table(rows, columns) for columns in (RIGHT | FOUND, WRITTEN | TIME)]
    failed = [f"{o.gold.id}　{o.gold.question}\n    {o.why}" for o in outcomes if not o.passed]
    return "\n\n".join([*tables, "\n".join([f"没有通过的共 {len(failed)} 题" + "：" * bool(failed), *failed])])


def _table(rows: dict[str, Figures], columns: dict[str, str]) -> str:
    lines = [["题型", *columns.values()]]
    lines += [[kind, *(cell(row, name) for name in columns)] for kind, row in rows.items()]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(_padded(text, width, i) for i, (text, width) in enumerate(zip(line, widths, strict=True))) for line in lines)  # fmt: skip


def cell(row: Figures, name: str) -> str:
    value = getattr(row, name)
    if value is None:
        return "-"
    if name in _TIMES:
        return f"{value:.1f}" if isinstance(value, float) else str(value)
    return f"{100 * value:.1f}%"


def _padded(text: str, width: int, column: int) -> str:
    """The first column to the left, figures to the right."""
    space = " " * (width - _width(text))
    return space + text if column else text + space


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def as_html(outcomes: Sequence[Outcome], name: str, generation: str) -> str:
    """One file that needs no other. Whatever stands in questions and answers is escaped."""
    environment = Environment(
        loader=PackageLoader("assistant"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # fmt: skip
    return environment.get_template("evaluation.html").render(
        name=Path(name).name,
        generation=generation,
        all=figures(outcomes),
        rows={"合计": figures(outcomes), **by_kind(outcomes)},
        columns=RIGHT | FOUND | WRITTEN | TIME,
        cell=cell,
        failed=[o for o in outcomes if not o.passed],
        lost=[o for o in outcomes if o.lost],
        said=SAID,
    )
