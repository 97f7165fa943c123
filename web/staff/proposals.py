"""What staff propose so that a question is answered next time; a maintainer takes it into the waiting area, or declines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from sqlalchemy import insert, select, update

from ingest.aliases import read_aliases
from ingest.catalogue import CatalogueError
from ingest.waiting import Refused, WaitingArea
from web.database import Database, clean, moment, stamp
from web.masking import masked
from web.tables import proposals

Kind = Literal["alias", "question", "scope"]  # another name; an acceptance question; not what the documents are for
KINDS: tuple[Kind, ...] = get_args(Kind)
State = Literal["open", "accepted", "declined"]
FIELD_CHARS = 300
DECIDED = 20  # shown
FIELDS: dict[Kind, tuple[str, ...]] = {
    "alias": ("full", "short"),
    "question": ("question", "quote"),
    "scope": ("question",),
}


class Incomplete(Exception):
    """A proposal that lacks something it needs."""


@dataclass(frozen=True, slots=True)
class Proposal:
    id: int
    at: datetime
    person: str  # who proposed
    kind: Kind
    fields: dict[str, str]
    covers: tuple[str, ...]  # questions, as `key` writes them
    state: State
    decided_by: str


class Proposals:
    """Every method may raise what the database raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, person: str, kind: Kind, fields: dict[str, str], covers: Iterable[str]) -> None:
        """Raises Incomplete."""
        kept = {name: masked(clean(fields.get(name, "")).strip())[:FIELD_CHARS] for name in FIELDS[kind]}
        if not all(kept.values()):
            raise Incomplete
        row = {"at": stamp(datetime.now(UTC)), "person": person, "kind": kind, "state": "open", "decided_by": ""}
        body = {"fields": _json(kept), "covers": _json(sorted(set(covers)))}
        with self._database.write() as connection:
            connection.execute(insert(proposals).values(**row, **body))

    def all(self, state: State) -> list[Proposal]:
        """The newest first; of those decided the last few."""
        asked = select(proposals).where(proposals.c.state == state).order_by(proposals.c.id.desc())
        with self._database.read() as connection:
            rows = connection.execute(asked if state == "open" else asked.limit(DECIDED)).all()
        return [
            Proposal(
                row.id, moment(row.at), row.person, row.kind, json.loads(row.fields), tuple(json.loads(row.covers)),
                row.state, row.decided_by,
            )
            for row in rows
        ]  # fmt: skip

    def covered(self) -> dict[str, State]:
        """Questions somebody has dealt with. A declined proposal leaves its questions on the desk."""
        asked = select(proposals.c.covers, proposals.c.state).where(proposals.c.state != "declined")
        with self._database.read() as connection:
            rows = connection.execute(asked).all()
        return {key: row.state for row in rows for key in json.loads(row.covers)}

    def decide(self, id: int, person: str, area: WaitingArea | None, documents: Path) -> bool:
        """Accept into the area, or decline when there is none. False when it is not open any more. Raises Refused."""
        found = next((proposal for proposal in self.all("open") if proposal.id == id), None)
        if found is None:
            return False
        if area:
            _take_in(found, person, area, documents)
        values = {"state": "accepted" if area else "declined", "decided_by": person}
        with self._database.write() as connection:
            connection.execute(update(proposals).where(proposals.c.id == id).values(**values))
        return True


def key(question: str) -> str:
    """The same for questions that differ in marks and spaces alone."""
    return "".join(character for character in question.casefold() if character.isalnum())


def _take_in(proposal: Proposal, person: str, area: WaitingArea, documents: Path) -> None:
    """Raises Refused."""
    fields = proposal.fields
    if proposal.kind == "alias":
        area.set_alias(fields["full"], [*_short_names(fields["full"], area, documents), fields["short"]], person)
        return
    expected: dict[str, object] = {"kind": "工作台", "question": fields["question"]}
    if proposal.kind == "question":
        expected |= {"expect": "answered", "quotes": [fields["quote"]]}
    else:
        expected |= {"expect": "refused"}
    area.add_question(f"desk-{proposal.id}", expected, person)


def _short_names(full: str, area: WaitingArea, documents: Path) -> tuple[str, ...]:
    """Those it has already: what waits counts before what the file says."""
    waiting = [entry.values for entry in area.entries() if entry.kind == "alias" and entry.name == full]
    if waiting:
        return waiting[-1]
    try:
        return read_aliases(documents).get(full, ())
    except CatalogueError as problem:
        raise Refused(f"aliases.yaml 现在的内容不合格式：{problem.reason}。") from problem


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
