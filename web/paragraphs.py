"""A canonical text as it is read: paragraphs, headings, items and tables in order, every character in its place, quotes marked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

from vectorstore.passage import Document, Page, Row, Section, Span, Work

Kind = Literal["title", "words", "heading", "item", "muted"]
SHORT = 12  # characters of a cell that stay on one line: a name, a date, a telephone number
LEVELS = range(3, 7)  # of headings on the page: above them stand the title of the document and those of its works


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line that is marked as a whole or not at all, and stands on one page."""

    text: str
    quote: int | None  # position of its quote among the quotes asked for; None: not marked
    first: bool = False  # the quote begins here
    last: bool = False  # the quote ends here
    page: int = 0  # of the file, when one begins here, inside the line; 0 when none does


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text that is not empty."""

    start: int
    pieces: tuple[Piece, ...]
    sections: tuple[Section, ...]  # those that begin here, for anchors
    work: Work | None  # the work that begins here
    page: int = 0  # of the file, when one begins here; 0 when none does


@dataclass(frozen=True, slots=True)
class Paragraph:
    line: Line
    kind: Kind
    level: int = 0  # of a heading, one of LEVELS; of an item, how many items it is under


@dataclass(frozen=True, slots=True)
class Cell:
    """between: what the text has between the cell before and this one, the column's name and marks; read, but not drawn."""

    between: tuple[Piece, ...]
    words: tuple[Piece, ...]

    @property
    def short(self) -> bool:
        return sum(len(piece.text) for piece in self.words) <= SHORT


@dataclass(frozen=True, slots=True)
class TableRow:
    line: Line
    cells: tuple[Cell, ...]
    head: bool  # names the columns


@dataclass(frozen=True, slots=True)
class Table:
    number: int
    rows: tuple[TableRow, ...]

    @property
    def columns(self) -> int:
        return max(len(row.cells) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Items:
    """Items that follow each other."""

    paragraphs: tuple[Paragraph, ...]


Block = Paragraph | Items | Table


def blocks(document: Document, quotes: Sequence[tuple[int, int]] = ()) -> Iterator[Block]:
    """The lines of document.text that are not empty; quotes must not overlap, see `apart`."""
    text = _Text(document, quotes)
    rows = {row.start: row for row in document.rows}
    lines = [(start, end, rows.get(start)) for start, end in _lines(document.text)]
    for table, group in groupby(lines, key=lambda line: line[2].table if line[2] else 0):
        if table:
            yield Table(table, tuple(text.row(row) for *_, row in group if row))
            continue
        for is_item, paragraphs in groupby(
            (text.paragraph(start, end) for start, end, _ in group), key=lambda paragraph: paragraph.kind == "item"
        ):
            if is_item:
                yield Items(tuple(paragraphs))
            else:
                yield from paragraphs


def apart(quotes: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The quotes that lie in the text, each once; one that overlaps an earlier one is left out."""
    kept: list[tuple[int, int]] = []
    for start, end in quotes:
        if 0 <= start < end <= length and all(end <= a or b <= start for a, b in kept):
            kept.append((start, end))
    return kept


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1


class _Text:
    """A document, taken apart line by line."""

    def __init__(self, document: Document, quotes: Sequence[tuple[int, int]]) -> None:
        self._document = document
        self._quotes = sorted((start, end, nth) for nth, (start, end) in enumerate(quotes))
        self._depths = _depths(document.sections)

    def paragraph(self, start: int, end: int) -> Paragraph:
        line = self._line(start, end, tuple(self._pieces(start, end)))
        kind = self._kind(start, end, line)
        depth = next((self._depths[section.number] for section in line.sections if section.kind == kind), 0)
        return Paragraph(line, kind, LEVELS[min(depth, len(LEVELS) - 1)] if kind == "heading" else depth)

    def row(self, row: Row) -> TableRow:
        cells, here = [], row.start
        for start, end in row.cells:
            cells.append(Cell(tuple(self._pieces(here, start)), tuple(self._pieces(start, end))))
            here = end
        return TableRow(self._line(row.start, row.end, ()), tuple(cells), row.head)

    def _line(self, start: int, end: int, pieces: tuple[Piece, ...]) -> Line:
        sections, works = self._document.sections, self._document.works
        first = bisect_left(sections, start, key=_start)
        inside = sections[first : bisect_left(sections, end, key=_start)]
        nth = bisect_left(works, start, key=_start)
        work = works[nth] if nth < len(works) and works[nth].start < end else None
        page = next((page.number for page in self._pages(start, start + 1)), 0)
        return Line(start, pieces, inside, work, page)

    def _kind(self, start: int, end: int, line: Line) -> Kind:
        words = self._document.text[start:end].strip()
        if line.work and _bare(words) == _bare(line.work.title):
            return "title"
        if any(section.kind == "heading" for section in line.sections):
            return "heading"
        if self._unindexed(start, end) >= len(words):
            return "muted"
        return "item" if any(section.kind == "item" for section in line.sections) else "words"

    def _unindexed(self, start: int, end: int) -> int:
        """Characters that no passage covers."""
        spans = self._document.unindexed
        near = spans[max(bisect_left(spans, start, key=_start) - 1, 0) : bisect_left(spans, end, key=_start)]
        return sum(max(min(end, span.end) - max(start, span.start), 0) for span in near)

    def _pieces(self, start: int, end: int) -> Iterator[Piece]:
        """Cut where a quote begins or ends, and where a page begins."""
        pages = {page.start: page.number for page in self._pages(start + 1, end)}
        marked = [(max(a, start), min(b, end), nth) for a, b, nth in self._quotes if a < end and start < b]
        cuts = sorted({start, end, *pages, *(a for a, _, _ in marked), *(b for _, b, _ in marked)})
        for a, b in pairwise(cuts):
            quote = next((nth for left, right, nth in marked if left <= a < right), None)
            place = next(((x, y) for x, y, nth in self._quotes if nth == quote), (-1, -1))
            yield Piece(self._document.text[a:b], quote, a == place[0], b == place[1], pages.get(a, 0))

    def _pages(self, start: int, end: int) -> tuple[Page, ...]:
        pages = self._document.pages
        return pages[bisect_left(pages, start, key=_start) : bisect_left(pages, end, key=_start)]


def _bare(title: str) -> str:
    return "".join(title.split()).strip("#《》")


def _start(part: Section | Work | Span | Page) -> int:
    return part.start


def _depths(sections: Sequence[Section]) -> dict[int, int]:
    """How many sections of the same kind each is under."""
    by_number = {section.number: section for section in sections}
    found: dict[int, int] = {}
    for section in sections:
        depth, above = 0, section.parent
        while above is not None and above in by_number:
            depth += by_number[above].kind == section.kind
            above = by_number[above].parent
        found[section.number] = depth
    return found
