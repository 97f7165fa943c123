"""What was asked and answered, under a number a person can quote: kept for a while, without personal numbers, shared on request."""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from assistant.answer import Answer
from web.database import OUT_OF_REACH, Database, clean, moment, short, stamp
from web.masking import digits_of, masked, masked_all
from web.tables import NUMBER_CHARS, cited, proposals, reviews
from web.tables import records as _records

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U, so that a number can be read out
REASON_CHARS = 300
PUBLISHED = ("passages", "found", "legs")  # parts of an explanation that hold the documents' words alone

_log = logging.getLogger("web.records")


@dataclass(frozen=True, slots=True)
class Record:
    """One question and what was answered."""

    number: str
    created: datetime  # UTC, to the minute
    question: str
    answer: dict[str, Any]  # Answer.to_json()
    explanation: dict[str, object]
    token: str  # of the shared link; "" when it is not shared
    expires: datetime | None  # of the shared link
    liked: bool | None
    reason: str
    status: str  # of the answer
    margin: float | None  # evidence above the bar of a refusal; None: structure alone decided, or unknown
    verdict: str  # right or wrong as staff signed it last; "" while unchecked


class Records:
    """The records, from any thread. A database that cannot be written costs the number of an answer, never the answer."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, url: str) -> Records:
        """Raises RecordsUnavailable for what a setting must mend; a database that is only out of reach is tried again later."""
        return cls(Database.open(url))

    def close(self) -> None:
        self.database.close()

    def add(self, answer: Answer, explanation: Mapping[str, object]) -> str:
        """The number of the new record, or "" when it could not be written."""
        try:
            row = _row_of(answer, explanation)
            return self._insert(row, _places(answer))
        except (*OUT_OF_REACH, ValueError, TypeError) as problem:
            _log.error("a record could not be written: %s", short(problem))
            return ""

    def get(self, number: str) -> Record | None:
        return self._one(_records.c.number == spelled(number))

    def recent_questions(self, limit: int) -> list[str]:
        """What was asked last, newest first, each once among so many records."""
        newest = select(_records.c.question).order_by(_records.c.created.desc()).limit(limit)
        with self.database.read() as connection:
            return list(dict.fromkeys(row.question for row in connection.execute(newest)))

    def lacks(self, questions: Collection[str]) -> bool:
        """Is any of them in no record?"""
        kept = select(_records.c.question).where(_records.c.question.in_(questions)).distinct()
        with self.database.read() as connection:
            return not set(questions) <= set(connection.execute(kept).scalars())

    def share(self, number: str, days: int) -> str:
        """The token of its link; "" when there is no such record or it could not be written. A link still alive stays as it is."""
        now = datetime.now(UTC)
        alone = or_(_records.c.token.is_(None), _records.c.expires <= stamp(now))
        fresh = {"token": secrets.token_urlsafe(24), "expires": stamp(now + timedelta(days=days))}
        try:
            with self.database.write() as connection:
                connection.execute(update(_records).where(_records.c.number == spelled(number), alone).values(**fresh))
                found = connection.execute(select(_records.c.token).where(_records.c.number == spelled(number))).first()
                return found.token if found else ""
        except OUT_OF_REACH as problem:
            _log.error("a link could not be written: %s", short(problem))
            return ""

    def shared(self, token: str) -> Record | None:
        """None when the link was withdrawn, has expired or never was."""
        if not token:
            return None
        record = self._one(_records.c.token == clean(token))
        return record if record and record.expires and record.expires > datetime.now(UTC) else None

    def withdraw(self, number: str) -> bool:
        """End its link. False when there was none."""
        shared = (_records.c.number == spelled(number)) & _records.c.token.is_not(None)
        with self.database.write() as connection:
            return connection.execute(update(_records).where(shared).values(token=None, expires=None)).rowcount > 0

    def feedback(self, number: str, liked: bool, reason: str = "") -> bool:
        """False when there is no such record, or it could not be written: an opinion is not worth an error page."""
        said = {"liked": liked, "reason": masked(clean(reason))[:REASON_CHARS]}
        try:
            with self.database.write() as connection:
                changed = connection.execute(
                    update(_records).where(_records.c.number == spelled(number)).values(**said)
                )
                return changed.rowcount > 0
        except OUT_OF_REACH as problem:
            _log.error("feedback could not be written: %s", short(problem))
            return False

    def delete(self, number: str) -> bool:
        number = spelled(number)
        with self.database.write() as connection:
            gone = connection.execute(delete(_records).where(_records.c.number == number)).rowcount > 0
            for table in (cited, reviews):
                connection.execute(delete(table).where(table.c.number == number))
        self.database.forget()
        return gone

    def expire(self, days: int, now: datetime) -> int:
        """Delete what is older than so many days; also the tokens of links that have ended. How many records went."""
        with self.database.write() as connection:
            connection.execute(
                update(_records).where(_records.c.expires <= stamp(now)).values(token=None, expires=None)
            )
            old = _records.c.created < stamp(now - timedelta(days=days))
            gone = connection.execute(delete(_records).where(old)).rowcount
            for table in (cited, reviews):
                connection.execute(delete(table).where(table.c.number.not_in(select(_records.c.number))))
            connection.execute(delete(proposals).where(proposals.c.at < stamp(now - timedelta(days=days))))
        if gone:
            self.database.forget()
        return gone

    def _insert(self, row: dict[str, object], places: list[dict[str, str]]) -> str:
        for _ in range(5):  # a number is taken once in a billion: five in a row never are
            number = "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_CHARS))
            try:
                with self.database.write() as connection:
                    connection.execute(insert(_records).values(number=number, **row))
                    if places:
                        connection.execute(insert(cited), [{"number": number, **place} for place in places])
                return number
            except IntegrityError:
                continue
        return ""

    def _one(self, condition: object) -> Record | None:
        with self.database.read() as connection:
            row = connection.execute(select(_records).where(condition)).first()  # type: ignore[arg-type]
        return read_record(row) if row else None


def spelled(number: str) -> str:
    """A number as it is stored, however it was read out: `7k3m-9qol` -> 7K3M9Q01."""
    return re.sub(r"[\s-]", "", clean(number)).upper().translate(str.maketrans("OIL", "011"))


def _row_of(answer: Answer, explanation: Mapping[str, object]) -> dict[str, object]:
    """What is stored. Quoted documents are public and stay as they are; whatever may repeat the visitor's words is masked."""
    kept = answer.to_json()
    published = "\n".join(citation.quote.text for citation in answer.citations)
    asked = {plain for words in (answer.question, answer.searched) for plain in digits_of(words)}
    for name, value in kept.items():
        if name in ("question", "searched", "asked", "subject", "notices"):
            kept[name] = masked_all(value, "", asked)
        elif name in ("text", "statements"):
            kept[name] = masked_all(value, published, set())
    return {
        "created": stamp(datetime.now(UTC).replace(second=0)),
        "question": clean(masked(answer.question)),
        "answer": _json(kept),
        "explanation": _json(
            {name: value if name in PUBLISHED else masked_all(value, "", asked) for name, value in explanation.items()}
        ),
        "reason": "",
        "status": answer.status,
        "writer": answer.writer[:80],
        "milliseconds": answer.milliseconds.get("total"),
        "margin": answer.margin,
    }


def _places(answer: Answer) -> list[dict[str, str]]:
    """Where the answer's quotes stand, each place once."""
    places = {(c.passage.document, c.passage.title, c.label) for c in answer.citations}
    return [{"document": document, "title": title, "label": label} for document, title, label in sorted(places)]


def _json(value: object) -> str:
    return clean(json.dumps(value, ensure_ascii=False, default=str))


def read_record(row: Row[tuple[object, ...]]) -> Record:
    return Record(
        number=row.number,
        created=moment(row.created),
        question=row.question,
        answer=json.loads(row.answer),
        explanation=json.loads(row.explanation),
        token=row.token or "",
        expires=moment(row.expires) if row.expires else None,
        liked=row.liked,
        reason=row.reason,
        status=row.status,
        margin=row.margin,
        verdict=row.verdict or "",
    )
