"""passages.db: canonical texts, works, sections and passages of one generation, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from vectorstore.normalise import normalise
from vectorstore.passage import Document, Kept, Page, Passage, Row, Section, Span, Work

_SCHEMA = """
CREATE TABLE documents (position INTEGER PRIMARY KEY, id TEXT UNIQUE, source TEXT, title TEXT, digest TEXT, text TEXT, layout TEXT);
CREATE TABLE works (document TEXT, number INTEGER, title TEXT, kind TEXT, date TEXT, source TEXT, status TEXT,
                    start INTEGER, "end" INTEGER, replaced_by TEXT, file_number TEXT, PRIMARY KEY (document, number)) WITHOUT ROWID;
CREATE TABLE replacements (document TEXT, work INTEGER, newer TEXT, PRIMARY KEY (document, work)) WITHOUT ROWID;
CREATE TABLE sections (document TEXT, number INTEGER, parent INTEGER, work INTEGER, kind TEXT, mark TEXT, ordinal INTEGER,
                       heading TEXT, label TEXT, start INTEGER, body INTEGER, "end" INTEGER,
                       PRIMARY KEY (document, number)) WITHOUT ROWID;
CREATE TABLE passages (row INTEGER PRIMARY KEY, id TEXT UNIQUE, document TEXT, work INTEGER, section INTEGER, label TEXT,
                       headings TEXT, text TEXT, start INTEGER, "end" INTEGER);
CREATE INDEX passages_of_document ON passages (document, start);
CREATE TABLE unindexed (document TEXT, start INTEGER, "end" INTEGER, reason TEXT);
CREATE INDEX unindexed_of_document ON unindexed (document, start);
"""
# What the catalogue says of a work, and what comparing all works found, told as one.
_WORK = """w.number, w.title, w.kind, w.date, w.source,
CASE WHEN w.status = '' AND r.newer IS NOT NULL THEN '已修订' ELSE w.status END, w.start, w."end",
CASE WHEN w.replaced_by = '' THEN coalesce(r.newer, '') ELSE w.replaced_by END, w.file_number
FROM works w LEFT JOIN replacements r ON r.document = w.document AND r.work = w.number"""
_PASSAGE = """SELECT p.row, p.id, p.document, d.source, p.work, p.section, w.title, w.date, p.label, p.headings, p.text, p.start, p."end"
FROM passages p JOIN documents d ON d.id = p.document JOIN works w ON w.document = p.document AND w.number = p.work"""

# What a heading may end in that nobody says; each of two characters.
GENERIC = ("简介", "介绍", "概况", "概述", "简述", "说明", "情况", "范围")


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


def write_archive(
    path: Path,
    documents: Sequence[Document | Kept],
    base: Path | None = None,
    replaced: Mapping[tuple[str, int], str] | None = None,
) -> None:
    """Write all documents in the given order. Kept ones are copied, row by row, from the archive at base.

    replaced: document and number of a work -> id of the document that holds its newer version.
    """
    with closing(sqlite3.connect(path, uri=True)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        kept: list[tuple[str, int, int]] = []  # document, its position, rows it moves by
        old = _extents(connection, base) if base else {}
        row = 0
        for position, document in enumerate(documents):
            if isinstance(document, Kept):
                first, count = old[document.id]
                kept.append((document.id, position, row - first))
                row += count
            else:
                _write_document(connection, position, document, row)
                row += len(document.passages)
        if kept:
            _copy_documents(connection, kept)
        connection.executemany(
            "INSERT INTO replacements VALUES (?,?,?)", [(*work, newer) for work, newer in (replaced or {}).items()]
        )
        connection.commit()


def _extents(connection: sqlite3.Connection, base: Path) -> dict[str, tuple[int, int]]:
    """First row and number of passages of each document of another archive, which is attached for reading."""
    connection.execute("ATTACH ? AS base", (f"{base.resolve().as_uri()}?mode=ro&immutable=1",))
    found = connection.execute("SELECT document, min(row), count(*) FROM base.passages GROUP BY document")
    return {document: (first, count) for document, first, count in found}


def _copy_documents(connection: sqlite3.Connection, kept: Sequence[tuple[str, int, int]]) -> None:
    connection.execute("CREATE TEMP TABLE kept (id TEXT PRIMARY KEY, position INTEGER, shift INTEGER) WITHOUT ROWID")
    connection.executemany("INSERT INTO kept VALUES (?,?,?)", kept)
    for table, columns, key in (
        ("documents", "k.position, t.id, t.source, t.title, t.digest, t.text, t.layout", "id"),
        ("works", "t.*", "document"),
        ("sections", "t.*", "document"),
        ("unindexed", "t.*", "document"),
        (
            "passages",
            't.row + k.shift, t.id, t.document, t.work, t.section, t.label, t.headings, t.text, t.start, t."end"',
            "document",
        ),
    ):
        connection.execute(
            f"INSERT INTO main.{table} SELECT {columns} FROM base.{table} t JOIN temp.kept k ON k.id = t.{key}"
        )


def _write_document(connection: sqlite3.Connection, position: int, d: Document, row: int) -> None:
    connection.execute(
        "INSERT INTO documents VALUES (?,?,?,?,?,?,?)",
        (position, d.id, d.source, d.title, d.digest, d.text, _layout_json(d)),
    )
    connection.executemany(
        "INSERT INTO works VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        [
            (d.id, w.number, w.title, w.kind, w.date, w.source, w.status, w.start, w.end, w.replaced_by, w.file_number)
            for w in d.works
        ],
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
        self.document = lru_cache(maxsize=256)(self._document)

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
        found = self._rows("SELECT id, source, title, digest, text, layout FROM documents WHERE id = ?", (id,))
        if not found:
            return None
        works = self._rows(f"SELECT {_WORK} WHERE w.document = ? ORDER BY w.number", (id,))
        sections = self._rows(
            'SELECT number, parent, work, kind, mark, ordinal, heading, label, start, body, "end" FROM sections WHERE document = ?',
            (id,),
        )
        passages = self._rows(f"{_PASSAGE} WHERE p.document = ? ORDER BY p.row", (id,))
        spans = self._rows('SELECT start, "end", reason FROM unindexed WHERE document = ? ORDER BY start', (id,))
        name, source, title, digest, text, layout = found[0]
        rows, pages = _layout(layout)
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
            rows=rows,
            pages=pages,
        )

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
        """Every passage, in row order."""
        return (_passage(row) for row in self._rows(f"{_PASSAGE} ORDER BY p.row"))

    def misplaced(self) -> tuple[str, int] | None:
        """The first passage whose text is not what stands at its place in the document: document and start."""
        for id in self.document_ids:
            [(text,)] = self._rows("SELECT text FROM documents WHERE id = ?", (id,))
            for start, end, words in self._rows('SELECT start, "end", text FROM passages WHERE document = ?', (id,)):
                if text[start:end] != words:
                    return id, start
        return None

    def count_passages(self) -> int:
        [(count,)] = self._rows("SELECT count(*) FROM passages")
        return int(count)

    @cached_property
    def extents(self) -> dict[str, range]:
        """Rows of each document's passages."""
        found = self._rows("SELECT document, min(row), max(row) FROM passages GROUP BY document")
        return {document: range(first, last + 1) for document, first, last in found}

    @cached_property
    def digests(self) -> dict[str, str]:
        """Of each document."""
        return dict(self._rows("SELECT id, digest FROM documents"))

    @cached_property
    def ids_by_source(self) -> dict[str, tuple[str, ...]]:
        """The documents of each file, in row order."""
        found: dict[str, list[str]] = {}
        for id, source in self._rows("SELECT id, source FROM documents ORDER BY position"):
            found.setdefault(source, []).append(id)
        return {source: tuple(ids) for source, ids in found.items()}

    def rows_of(self, documents: Sequence[str]) -> list[int]:
        """Rows of all passages of these documents."""
        return [row for id in documents for row in self.extents.get(id, ())]

    @cached_property
    def work_titles(self) -> tuple[WorkTitle, ...]:
        """Every work, in row order."""
        found = self._rows(
            f"SELECT w.document, {_WORK} JOIN documents d ON d.id = w.document ORDER BY d.position, w.number"
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

    @cached_property
    def titles_called(self) -> Called:
        """Where in work_titles the works stand that people call so: without the country's name in front."""
        return Called((short_title(work.words), place) for place, work in enumerate(self.work_titles))

    @cached_property
    def works_by_kind(self) -> Mapping[str, tuple[WorkTitle, ...]]:
        """The works of each kind that is known, in row order."""
        found: dict[str, list[WorkTitle]] = {}
        for work in self.work_titles:
            if work.work.kind:
                found.setdefault(work.work.kind, []).append(work)
        return {kind: tuple(works) for kind, works in found.items()}

    @cached_property
    def headings_called(self) -> Called:
        """Where in headings the sections stand that people call so: 职能简介 and 职能."""
        both = (
            (called, place)
            for place, heading in enumerate(self.headings)
            for called in {heading.name, heading.name[:-2] if heading.name.endswith(GENERIC) else heading.name}
        )
        return Called(both)


class Called:
    """Names of two characters and more with the places of what is called so, to find those that stand in a text.

    Each two characters of the text are looked up among the names' first two: asking each name in turn took a third of an
    answer over 886 statutes.
    """

    def __init__(self, names: Iterable[tuple[str, int]]) -> None:
        places: dict[str, list[int]] = {}
        for name, place in names:
            places.setdefault(name, []).append(place)
        self._beginning: dict[str, list[tuple[str, list[int]]]] = {}
        for name, found in places.items():
            if len(name) >= 2:
                self._beginning.setdefault(name[:2], []).append((name, found))
        self.standing_in = lru_cache(maxsize=64)(self._standing_in)  # asked by several steps of one answer

    def _standing_in(self, text: str) -> Mapping[int, str]:
        """By place, the lowest first, the longest name that stands in a text."""
        longest: dict[int, str] = {}
        for start in range(len(text) - 1):
            for name, places in self._beginning.get(text[start : start + 2], ()):
                if text.startswith(name, start):
                    longest |= {place: name for place in places if len(name) > len(longest.get(place, ""))}
        return dict(sorted(longest.items()))


def short_title(words: str) -> str:
    """The country's name in front of a law's title is left out when people speak of it."""
    return words.removeprefix("中华人民共和国") or words


def _layout_json(d: Document) -> str:
    if not d.rows and not d.pages:
        return ""
    rows = [(row.start, row.end, row.cells, row.table, row.head) for row in d.rows]
    return json.dumps({"rows": rows, "pages": [(page.start, page.number) for page in d.pages]})


def _layout(text: str) -> tuple[tuple[Row, ...], tuple[Page, ...]]:
    found = json.loads(text or "{}")
    rows = (Row(start, end, tuple(map(tuple, cells)), *rest) for start, end, cells, *rest in found.get("rows", ()))
    return tuple(rows), tuple(Page(*page) for page in found.get("pages", ()))


def _heading(document: str, work: int, title: str, section: int, label: str, heading: str) -> Heading:
    words, last = normalise(heading), normalise(label.rsplit("·", 1)[-1])
    name = last if words.endswith(last) or words.startswith(last) else words
    return Heading(document, work, title, section, label, words, name)


def _passage(row: tuple) -> Passage:  # type: ignore[type-arg]
    _, id, document, source, work, section, title, date, label, headings, text, start, end = row
    return Passage(
        id, document, source, work, section, title, date, label, tuple(json.loads(headings)), text, start, end
    )
