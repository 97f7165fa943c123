"""The records as staff go through them: filtered, searched, one after the other, signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from urllib.parse import urlencode

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    type_coerce,
    update,
)

from web.database import Database, clean, moment, stamp
from web.masking import masked
from web.records import REASON_CHARS, Record, read_record, spelled
from web.tables import cited, records, reviews

Kind = Literal["unchecked", "all", "refused", "low", "disliked", "right", "wrong"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Verdict = Literal["right", "wrong"]
LOW = 1.5  # margin below which an answer, or a refusal, was a near thing; log-odds
PAGE = 30
SEARCHED = 200  # characters of what is searched for


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records somebody wants to see."""

    kind: Kind = "unchecked"
    words: str = ""  # in the question, the answer as read or the reason given, or a record number
    document: str = ""  # cited
    since: date | None = None
    until: date | None = None  # that day included

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Wanted:
        """From an address; what cannot be read is as if it had not been asked for."""
        kind = asked.get("kind", "")
        return cls(
            kind=next((known for known in KINDS if known == kind), "unchecked"),
            words=clean(asked.get("q", "")).strip()[:SEARCHED],
            document=clean(asked.get("document", "")),
            since=_day(asked.get("since", "")),
            until=_day(asked.get("until", "")),
        )

    @property
    def query(self) -> str:
        """As it stands in an address: kind=refused&q=…"""
        asked = {
            "kind": self.kind,
            "q": self.words,
            "document": self.document,
            "since": self.since,
            "until": self.until,
        }
        return urlencode(
            {name: value for name, value in asked.items() if value and (name, value) != ("kind", KINDS[0])}
        )

    @property
    def narrowed(self) -> bool:
        """By more than the kind."""
        return self != Wanted(self.kind)

    def but(self, **changed: object) -> Wanted:
        return replace(self, **changed)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Review:
    """Who said what of an answer, and when."""

    at: datetime
    person: str
    verdict: Verdict
    reason: str


class Ledger:
    """Every method may raise what the database raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: Wanted, page: int = 1) -> list[Record]:
        """PAGE records, newest first; pages count from 1."""
        asked = _in_order(_of(wanted)).limit(PAGE).offset((max(page, 1) - 1) * PAGE)
        with self._database.read() as connection:
            return [read_record(row) for row in connection.execute(asked)]

    def every(self, wanted: Wanted) -> Iterator[Record]:
        """All of them, newest first, a few at a time; so that a record answered meanwhile shifts nothing, each page begins after the last record."""
        last: Record | None = None
        while True:
            condition = true() if last is None else _after(last)
            with self._database.read() as connection:
                rows = connection.execute(_in_order(_of(wanted).where(condition)).limit(PAGE)).all()
            if not rows:
                return
            for row in rows:
                last = read_record(row)
                yield last

    def counts(self, wanted: Wanted) -> dict[Kind, int]:
        """How many there are of each kind, otherwise as wanted; all in one pass over the table."""
        each = [func.count().filter(_kind(kind)) for kind in KINDS]
        with self._database.read() as connection:
            found = connection.execute(_of(wanted.but(kind="all")).with_only_columns(*each)).one()
        return dict(zip(KINDS, found, strict=True))

    def beside(self, record: Record, wanted: Wanted) -> tuple[str, str]:
        """The numbers of the one before and the one after it, in the order of the list; "" where there is none."""
        of = _of(wanted).with_only_columns(records.c.number)
        with self._database.read() as connection:
            after = connection.execute(_in_order(of.where(_after(record))).limit(1)).scalar()
            before = connection.execute(_in_order(of.where(_before(record)), backwards=True).limit(1)).scalar()
        return str(before or ""), str(after or "")

    def sign(self, number: str, person: str, verdict: Verdict, reason: str = "") -> bool:
        """False when there is no such record. Whoever signs last is right; what was said before stays to be read."""
        number, said = spelled(number), masked(clean(reason).strip())[:REASON_CHARS]
        row = {"number": number, "at": stamp(datetime.now(UTC)), "person": person, "verdict": verdict, "reason": said}
        with self._database.write() as connection:
            changed = connection.execute(update(records).where(records.c.number == number).values(verdict=verdict))
            if changed.rowcount:
                connection.execute(insert(reviews).values(**row))
            return changed.rowcount > 0

    def unsign(self, number: str, person: str) -> bool:
        """Take back the last word, if it was this person's. False when there is nothing to take back."""
        number = spelled(number)
        last = select(reviews.c.id, reviews.c.person).where(reviews.c.number == number).order_by(reviews.c.id.desc())
        with self._database.write() as connection:
            found = connection.execute(last).first()
            if found is None or found.person != person:
                return False
            connection.execute(delete(reviews).where(reviews.c.id == found.id))
            before = select(reviews.c.verdict).where(reviews.c.number == number).order_by(reviews.c.id.desc()).limit(1)
            verdict = connection.execute(before).scalar()
            connection.execute(update(records).where(records.c.number == number).values(verdict=verdict))
        return True

    def reviews(self, number: str) -> list[Review]:
        """The newest first."""
        asked = select(reviews).where(reviews.c.number == spelled(number)).order_by(reviews.c.id.desc())
        with self._database.read() as connection:
            return [Review(moment(row.at), row.person, row.verdict, row.reason) for row in connection.execute(asked)]

    def documents(self) -> list[str]:
        """Cited in any record."""
        with self._database.read() as connection:
            return list(connection.execute(select(cited.c.document).distinct().order_by(cited.c.document)).scalars())


# What was read of an answer: the rest of its JSON holds names of fields and of files.
_TEXT = type_coerce(cast(records.c.answer, Text().with_variant(JSON(), "postgresql")), JSON)["text"].as_string()


def _of(wanted: Wanted) -> Select[tuple[object, ...]]:
    conditions: list[ColumnElement[bool]] = [records.c.status != "chat", _kind(wanted.kind)]
    if wanted.words:
        written = (records.c.question, _TEXT, records.c.reason)
        holding = [column.icontains(wanted.words, autoescape=True) for column in written]
        conditions.append(or_(*holding, records.c.number == spelled(wanted.words)))
    if wanted.document:
        conditions.append(records.c.number.in_(select(cited.c.number).where(cited.c.document == wanted.document)))
    if wanted.since:
        conditions.append(records.c.created >= stamp(midnight(wanted.since)))
    if wanted.until:
        conditions.append(records.c.created < stamp(midnight(wanted.until + timedelta(days=1))))
    return select(records).where(and_(*conditions))


def _kind(kind: Kind) -> ColumnElement[bool]:
    kinds: dict[Kind, ColumnElement[bool]] = {
        "unchecked": records.c.verdict.is_(None),
        "all": true(),
        "refused": records.c.status == "refused",
        "low": and_(records.c.margin < LOW, records.c.margin > -LOW),
        "disliked": records.c.liked.is_(False),
        "right": records.c.verdict == "right",
        "wrong": records.c.verdict == "wrong",
    }
    return kinds[kind]


def _in_order(asked: Select[tuple[object, ...]], backwards: bool = False) -> Select[tuple[object, ...]]:
    """Newest first; within a minute by number, which stands for nothing but does not change."""
    newest, number = records.c.created, records.c.number
    return asked.order_by(newest, number.desc()) if backwards else asked.order_by(newest.desc(), number)


def _after(record: Record) -> ColumnElement[bool]:
    then = stamp(record.created)
    same = and_(records.c.created == then, records.c.number > record.number)
    return or_(records.c.created < then, same)


def _before(record: Record) -> ColumnElement[bool]:
    then = stamp(record.created)
    same = and_(records.c.created == then, records.c.number < record.number)
    return or_(records.c.created > then, same)


def midnight(day: date) -> datetime:
    """Of this machine's own day: staff say 今天 and mean theirs."""
    return datetime.combine(day, time()).astimezone()


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
