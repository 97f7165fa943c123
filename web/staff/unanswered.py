"""What could not be answered, or not well: grouped by what it is nearest to and by likeness, the most asked first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, or_, select

from assistant.assistant import Assistant
from assistant.terms import terms_of
from vectorstore.generation import Generation
from vectorstore.search import search
from web.database import Database
from web.markup import document_link, shown_title
from web.records import Record, read_record
from web.staff.proposals import State, key
from web.tables import records

LOOKED_AT = 1000  # records, the newest: grouping compares each with each group
ALIKE = 0.55  # likeness from which two questions belong together
SHOWN = 40  # groups
NEAREST = 3
QUOTED = 120  # characters of a passage


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Near:
    """A passage that stands near a question without answering it."""

    place: str
    text: str
    words: str  # as they stand in the document: what an acceptance question may expect to be quoted
    link: str


@dataclass(slots=True)
class Group:
    """Questions that mean about the same."""

    questions: list[str] = field(default_factory=list)  # each once, as last asked
    numbers: list[str] = field(default_factory=list)  # of the records, the newest first
    refused: int = 0
    disliked: int = 0
    section: str = ""  # what most of them are nearest to
    missing: list[str] = field(default_factory=list)  # words no document holds, the most frequent first
    nearest: list[Near] = field(default_factory=list)
    now: str = ""  # status of what the present index answers to the first of them
    dealt: State | None = None

    @property
    def count(self) -> int:
        return len(self.numbers)


class Remembered(Generic[T]):
    """What was worked out of each question at the last visit, for the index of then: a thousand of them take seconds."""

    def __init__(self) -> None:
        self._last: tuple[str, dict[str, T]] = ("", {})

    def of(self, generation: str, questions: Sequence[str], work: Callable[[list[str]], Iterable[T]]) -> list[T]:
        """work: for those that are new. Questions that are no longer among these are forgotten."""
        then, known = self._last
        known = known if then == generation else {}
        new = [question for question in dict.fromkeys(questions) if question not in known]
        found = {**known, **dict(zip(new, work(new), strict=True))}
        self._last = generation, {question: found[question] for question in questions}
        return [found[question] for question in questions]


@dataclass(frozen=True, slots=True)
class Known:
    """rows: as `likenesses`; statuses: of what the index answers."""

    rows: Remembered[NDArray[np.float32]] = field(default_factory=Remembered)
    statuses: Remembered[str] = field(default_factory=Remembered)


def unanswered(
    database: Database, assistant: Assistant, covered: Mapping[str, State], root: str, known: Known
) -> tuple[list[tuple[str, list[Group]]], int]:
    """Groups by the section they are nearest to, and how many questions there are in all.

    Refusals that staff signed as right are no gap and are left out.
    """
    found = _records(database)
    plain = Assistant(assistant.generation)  # no chat model is asked for an overview
    groups = sorted(_grouped(found, plain, known), key=lambda group: (-group.count, group.questions[0]))[:SHOWN]
    firsts = [group.questions[0] for group in groups]
    index = plain.generation.name
    statuses = known.statuses.of(index, firsts, lambda asked: [plain.answer(question).status for question in asked])
    for group, status in zip(groups, statuses, strict=True):
        group.nearest = _nearest(group.questions[0], plain.generation, root)
        group.now = status
        states = {covered.get(key(question)) for question in group.questions}
        group.dealt = None if None in states else "open" if "open" in states else "accepted"
    sections = Counter[str]()
    for group in groups:
        sections[group.section] += group.count
    ordered = [(name, [group for group in groups if group.section == name]) for name, _ in sections.most_common()]
    return ordered, len(found)


def questions_of(database: Database, numbers: Sequence[str]) -> list[str]:
    """What was asked under these numbers, as `key` writes it."""
    asked = select(records.c.question).where(records.c.number.in_(numbers))
    with database.read() as connection:
        return [key(question) for question in connection.execute(asked).scalars()]


def _records(database: Database) -> list[Record]:
    lacking = or_(records.c.status == "refused", records.c.liked.is_(False))
    signed = and_(records.c.status == "refused", records.c.verdict == "right")
    asked = select(records).where(lacking, or_(records.c.verdict.is_(None), ~signed)).order_by(records.c.created.desc())
    with database.read() as connection:
        return [read_record(row) for row in connection.execute(asked.limit(LOOKED_AT))]


def _grouped(found: Sequence[Record], assistant: Assistant, known: Known) -> list[Group]:
    """Each question joins the group whose first question it is most like, or begins one."""
    by_key: dict[str, list[Record]] = {}
    for record in found:
        by_key.setdefault(key(record.question), []).append(record)
    alike = list(by_key.values())
    asked = [same[0].question for same in alike]
    vectors = known.rows.of(assistant.generation.name, asked, lambda new: likenesses(new, assistant))
    order = sorted(range(len(alike)), key=lambda nth: -len(alike[nth]))  # the most asked gives a group its name
    firsts: list[int] = []
    members: list[list[Record]] = []
    for nth in order:
        scores = [float(vectors[nth] @ vectors[first]) for first in firsts]
        best = max(range(len(scores)), key=scores.__getitem__, default=-1)
        if best >= 0 and scores[best] >= ALIKE:
            members[best] += alike[nth]
        else:
            firsts.append(nth)
            members.append(list(alike[nth]))
    return [_group(records) for records in members]


def likenesses(questions: Sequence[str], assistant: Assistant) -> NDArray[np.float32]:
    """Rows whose products say how alike two questions are, -1…1: half by all their words, half by the telling ones.

    协会 stands in half of the questions and makes no two of them alike; 会费 does.
    """
    encoder = assistant.generation.encoder
    whole = encoder.encode(questions)
    telling = np.zeros_like(whole)
    for nth, question in enumerate(questions):
        words = terms_of(assistant.understood(question), assistant.generation).words
        if words:
            row = np.array(list(words.values()), np.float32) @ encoder.encode(list(words))
            telling[nth] = row / (np.linalg.norm(row) or 1.0)
    return np.hstack([whole, telling]).astype(np.float32) / np.float32(2**0.5)


def _group(found: Sequence[Record]) -> Group:
    newest = sorted(found, key=lambda record: record.created, reverse=True)
    asked = Counter(key(record.question) for record in newest)
    wording = {key(record.question): record.question for record in reversed(newest)}
    words = Counter(word for record in newest for word in _missing(record))
    sections = Counter(_section(record) for record in newest)
    return Group(
        questions=[wording[name] for name, _ in asked.most_common()],
        numbers=[record.number for record in newest],
        refused=sum(record.status == "refused" for record in newest),
        disliked=sum(record.liked is False for record in newest),
        section=sections.most_common(1)[0][0],
        missing=[word for word, _ in words.most_common(4)],
    )


def _section(record: Record) -> str:
    """Work and outermost heading of what was cited, or else nearest."""
    places = record.answer["citations"] or record.answer["hits"]
    if not places:
        return ""
    return shown_title(places[0]["title"]) + str(places[0]["label"]).partition("·")[0].partition("（")[0]


def _missing(record: Record) -> list[str]:
    words = record.explanation.get("missing")
    return [str(word) for word in words if not str(word).startswith("〔")] if isinstance(words, list) else []


def _nearest(question: str, generation: Generation, root: str) -> list[Near]:
    return [
        Near(
            shown_title(hit.passage.title) + hit.passage.label,
            " ".join(hit.passage.text.split()),
            hit.passage.text.strip().partition("\n")[0][:QUOTED],
            document_link(root, hit.passage.document, [(hit.passage.start, hit.passage.end)]),
        )
        for hit in search(generation, question, limit=NEAREST)
    ]
