"""passages.db: canonical texts, works, sections and passages of one generation, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from vectorstore.normalise import normalise
from vectorstore.passage import Document, Passage, Section, Span, Work

_SCHEMA = """
CREATE TABLE documents (position INTEGER PRIMARY KEY, id TEXT UNIQUE, source TEXT, title TEXT, digest TEXT, text TEXT);
CREATE TABLE works (document TEXT, number INTEGER, title TEXT, kind TEXT, date TEXT, source TEXT, status TEXT,
                    start INTEGER, "end" INTEGER, PRIMARY KEY (document, number)) WITHOUT ROWID;
CREATE TABLE sections (document TEXT, number INTEGER, parent INTEGER, work INTEGER, kind TEXT, mark TEXT, ordinal INTEGER,
                       heading TEXT, label TEXT, start INTEGER, body INTEGER, "end" INTEGER,
                       PRIMARY KEY (document, number)) WITHOUT ROWID;
CREATE TABLE passages (row INTEGER PRIMARY KEY, id TEXT UNIQUE, document TEXT, work INTEGER, section INTEGER, label TEXT,
                       headings TEXT, text TEXT, start INTEGER, "end" INTEGER);
CREATE INDEX passages_of_document ON passages (document, start);
CREATE TABLE unindexed (document TEXT, start INTEGER, "end" INTEGER, reason TEXT);
"""
_PASSAGE = """SELECT p.row, p.id, p.document, d.source, p.work, p.section, w.title, w.date, p.label, p.headings, p.text, p.start, p."end"
FROM passages p JOIN documents d ON d.id = p.document JOIN works w ON w.document = p.document AND w.number = p.work"""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, point or titled article of some work, with its words as they are searched."""

    document: str
    work: int
    title: str  # the work's
    section: int
    label: str
    words: str  # normalised heading, without mark
    name: str  # what people call the section: 业务范围 for 中国质量检验协会业务范围


@dataclass(frozen=True, slots=True)
class WorkTitle:
    document: str
    work: Work
    words: str  # normalised title without its marks 〔〕《》


def write_archive(path: Path, documents: Iterable[Document]) -> list[Passage]:
    """Write all documents in the given order; the returned passages stand in row order."""
    rows: list[Passage] = []
    connection = sqlite3.connect(path)
    try:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        for position, document in enumerate(documents):
            _write_document(connection, position, document, len(rows))
            rows.extend(document.passages)
        connection.commit()
    finally:
        connection.close()
    return rows


def _write_document(connection: sqlite3.Connection, position: int, d: Document, row: int) -> None:
    connection.execute(
        "INSERT INTO documents VALUES (?,?,?,?,?,?)", (position, d.id, d.source, d.title, d.digest, d.text)
    )
    connection.executemany(
        "INSERT INTO works VALUES (?,?,?,?,?,?,?,?,?)",
        [(d.id, w.number, w.title, w.kind, w.date, w.source, w.status, w.start, w.end) for w in d.works],
    )
    connection.executemany(
        "INSERT INTO sections VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        [
            (d.id, s.number, s.parent, s.work, s.kind, s.mark, s.ordinal, s.heading, s.label, s.start, s.body, s.end)
            for s in d.sections
        ],
    )
    connection.executemany(
        "INSERT INTO passages VALUES (?,?,?,?,?,?,?,?,?,?)",
        [
            (
                row + i,
                p.id,
                d.id,
                p.work,
                p.section,
                p.label,
                json.dumps(p.headings, ensure_ascii=False),
                p.text,
                p.start,
                p.end,
            )
            for i, p in enumerate(d.passages)
        ],
    )
    connection.executemany(
        "INSERT INTO unindexed VALUES (?,?,?,?)", [(d.id, u.start, u.end, u.reason) for u in d.unindexed]
    )


class Archive:
    """Reads passages.db, from any thread. Nobody writes it, so nothing that was read goes stale."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self.document = lru_cache(maxsize=64)(self._document)

    @classmethod
    def open(cls, path: Path) -> Archive:
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        return cls(sqlite3.connect(uri, uri=True, check_same_thread=False))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock:
            return self._connection.execute(query, parameters).fetchall()

    @cached_property
    def document_ids(self) -> tuple[str, ...]:
        return tuple(row[0] for row in self._rows("SELECT id FROM documents ORDER BY position"))

    def documents(self) -> Iterator[Document]:
        """All documents, in row order."""
        return (document for id in self.document_ids if (document := self._document(id)))

    def _document(self, id: str) -> Document | None:
        found = self._rows("SELECT id, source, title, digest, text FROM documents WHERE id = ?", (id,))
        if not found:
            return None
        works = self._rows(
            'SELECT number, title, kind, date, source, status, start, "end" FROM works WHERE document = ?', (id,)
        )
        sections = self._rows(
            'SELECT number, parent, work, kind, mark, ordinal, heading, label, start, body, "end" FROM sections WHERE document = ?',
            (id,),
        )
        passages = self._rows(f"{_PASSAGE} WHERE p.document = ? ORDER BY p.row", (id,))
        spans = self._rows('SELECT start, "end", reason FROM unindexed WHERE document = ? ORDER BY start', (id,))
        name, source, title, digest, text = found[0]
        return Document(
            id=name,
            source=source,
            title=title,
            digest=digest,
            text=text,
            works=tuple(Work(*row) for row in works),
            sections=tuple(Section(*row) for row in sections),
            passages=tuple(_passage(row) for row in passages),
            unindexed=tuple(Span(*row) for row in spans),
        )

    def documents_from(self, source: str) -> tuple[Document, ...]:
        """The documents that came from this file, in row order."""
        ids = self._rows("SELECT id FROM documents WHERE source = ? ORDER BY position", (source,))
        return tuple(document for (id,) in ids if (document := self._document(id)))

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order asked for."""
        if not rows:
            return []
        marks = ",".join("?" * len(rows))
        found = {
            row[0]: _passage(row) for row in self._rows(f"{_PASSAGE} WHERE p.row IN ({marks})", list(map(int, rows)))
        }
        return [found[row] for row in rows]

    def all_passages(self) -> Iterator[Passage]:
        for document in self.documents():
            yield from document.passages

    def rows_of(self, documents: Sequence[str]) -> list[int]:
        """Rows of all passages of these documents."""
        return [row[0] for id in documents for row in self._rows("SELECT row FROM passages WHERE document = ?", (id,))]

    @cached_property
    def work_titles(self) -> tuple[WorkTitle, ...]:
        """Every work, in row order."""
        found = self._rows(
            'SELECT w.document, w.number, w.title, w.kind, w.date, w.source, w.status, w.start, w."end" FROM works w '
            "JOIN documents d ON d.id = w.document ORDER BY d.position, w.number"
        )
        return tuple(WorkTitle(row[0], Work(*row[1:]), normalise(row[2]).strip("〔〕《》")) for row in found)

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """Every section that has a heading, in row order."""
        found = self._rows(
            "SELECT s.document, s.work, w.title, s.number, s.label, s.heading FROM sections s "
            "JOIN works w ON w.document = s.document AND w.number = s.work "
            "JOIN documents d ON d.id = s.document WHERE s.heading != '' ORDER BY d.position, s.number"
        )
        return tuple(_heading(*row) for row in found)


def _heading(document: str, work: int, title: str, section: int, label: str, heading: str) -> Heading:
    words, last = normalise(heading), normalise(label.rsplit("·", 1)[-1])
    name = last if words.endswith(last) or words.startswith(last) else words
    return Heading(document, work, title, section, label, words, name)


def _passage(row: tuple) -> Passage:  # type: ignore[type-arg]
    _, id, document, source, work, section, title, date, label, headings, text, start, end = row
    return Passage(
        id, document, source, work, section, title, date, label, tuple(json.loads(headings)), text, start, end
    )
