"""What a reader finds in a file, block by block in reading order, and the canonical text that the blocks make."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vectorstore.passage import Page, Row

HEADING_CHARS = 80  # whoever styles a longer paragraph as a heading wanted large letters
NAME_CHARS = 20  # of a column; a longer first row is no row of names
CELL_CHARS = 200  # a longer cell with sentences of its own is layout, not data
BULLET = "• "  # before an item of a list without numbers, whatever the file draws there
SCRIPT_CHARS = "\u200b\u200c\u200d\u2060\ufeff\u00ad"  # zero width and soft hyphens: drawn nowhere

_SENTENCE = re.compile(r"[。！？；!?;]")
_FIGURE = re.compile(r"[-+]?[\d.,%％]+\w{0,2}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """level: of the heading it is, from 1, as the file has it; 0 for none. Lines inside it stay lines."""

    text: str
    level: int = 0
    page: int = 0  # on which it begins; 0 where there are no pages
    gap: bool = False  # set apart from what stands above
    turns: tuple[tuple[int, int], ...] = ()  # where in the text a further page begins, and its number


@dataclass(frozen=True, slots=True)
class Table:
    """Cells row by row; a cell that spans rows is in each of them. head: the first row names the columns; None: not told."""

    rows: tuple[tuple[str, ...], ...]
    head: bool | None = None
    pages: tuple[int, ...] = ()  # of each row; none where there are no pages


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Extract:
    """A canonical text, and what the file knew of it beside the words. Offsets are characters of the text."""

    text: str
    headings: tuple[tuple[int, int], ...] = ()  # start of a line, and its level from 1
    rows: tuple[Row, ...] = ()
    pages: tuple[Page, ...] = ()
    notice: str = ""  # what a maintainer should know though the file was read


def extract(blocks: Iterable[Block]) -> Extract:
    """A line a paragraph, a line a row: 单位：云岭茶厂；地区：昆明, under the names of the columns when the table has them."""
    blocks = list(blocks)
    levels = _levels([block for block in blocks if isinstance(block, Paragraph)])
    made = _Text()
    for block in blocks:
        if isinstance(block, Paragraph):
            made.paragraph(block, levels.get(block.level, 0))
        else:
            made.table(block)
    return Extract(made.text, tuple(made.headings), tuple(made.rows), tuple(made.pages))


def clean(text: str) -> str:
    """Without what is not drawn: control characters, zero widths, marks of direction; Kangxi radicals as the characters
    they look like.
    """
    return "".join(_cleaned(c) for c in text)


def _cleaned(character: str) -> str:
    if character in "\n\t":
        return character
    if character in "\r\v\f\u2028\u2029\x85":
        return "\n"
    if character in SCRIPT_CHARS or unicodedata.category(character) in {"Cc", "Cs"}:
        return ""
    if "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069" or character in "\u200e\u200f":
        return ""
    if "\u2e80" <= character <= "\u2fdf":
        return unicodedata.normalize("NFKC", character)
    return character


class _Text:
    """A text while it grows."""

    def __init__(self) -> None:
        self.headings: list[tuple[int, int]] = []
        self.rows: list[Row] = []
        self.pages: list[Page] = []
        self._parts: list[str] = []
        self._length = 0
        self._gap = False
        self._tables = 0

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def paragraph(self, paragraph: Paragraph, level: int) -> None:
        lines = [line.strip() for line in clean(paragraph.text).split("\n")]
        self._gap |= paragraph.gap
        if not any(lines):
            self._gap = True
            return
        if level and len(lines) == 1 and len(lines[0]) <= HEADING_CHARS and not _SENTENCE.search(lines[0][-1]):
            self.headings.append((self._line(lines[0], paragraph.page), level))
            return
        page = paragraph.page
        starts = [self._line(line, page) for line in lines if line]
        for offset, page in paragraph.turns:
            self._turn(min(starts[0] + len(clean(paragraph.text[:offset]).lstrip()), self._length), page)

    def table(self, table: Table) -> None:
        pages = table.pages or (0,) * len(table.rows)
        filled = [(page, row) for page, row in zip(pages, table.rows, strict=True) if any(map(one_line, row))]
        rows = _trimmed([[one_line(cell) for cell in row] for _, row in filled])
        if not rows:
            return
        if _is_layout(rows):
            for page, cells in filled:
                for cell in dict.fromkeys(cells):
                    self.paragraph(Paragraph(cell, page=page), 0)
            return
        if _is_alone(rows[0]) and _heads(rows[1:], None):  # its name, over all columns
            self.paragraph(Paragraph(rows[0][0], page=filled[0][0], gap=True), 0)
            filled, rows = filled[1:], rows[1:]
        self._tables += 1
        heads = _heads(rows, table.head)
        names = _names(rows[:heads])
        self._gap = True
        for n, ((page, _), row) in enumerate(zip(filled, rows, strict=True)):
            named = n >= heads and not (len(row) > 2 and _is_alone(row))  # one that parts the table names itself
            self._row(row, names if named else (), page, head=n < heads)
        self._gap = True

    def _row(self, cells: Sequence[str], names: Sequence[str], page: int, *, head: bool) -> None:
        pair = not names and len(cells) == 2 and 0 < len(cells[0]) <= NAME_CHARS and not head
        mark = "；" if names else "：" if pair else " | "
        line, places = "", []
        for n, cell in enumerate(cells):
            name = f"{names[n]}：" if names and names[n] else ""
            if cell:
                line += (mark if line else "") + name
                places.append((len(line), len(line) + len(cell)))
                line += cell
            else:
                places.append((len(line), len(line)))
        if not line:
            return
        start = self._line(line, page)
        self.rows.append(
            Row(start, start + len(line), tuple((start + a, start + b) for a, b in places), self._tables, head)
        )

    def _line(self, line: str, page: int) -> int:
        """Where it starts."""
        if self._parts:
            self._append("\n\n" if self._gap else "\n")
        self._gap = False
        start = self._length
        self._turn(start, page)
        self._append(line)
        return start

    def _turn(self, start: int, page: int) -> None:
        if page and (not self.pages or self.pages[-1].number != page):
            self.pages.append(Page(start, page))

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def one_line(cell: str) -> str:
    return re.sub(r"\s*\n\s*", " ", clean(cell)).strip()


def _levels(paragraphs: Sequence[Paragraph]) -> dict[int, int]:
    """Levels as # in Markdown has them: 1 for the title of the whole, when the file has exactly one such and it stands first."""
    used = [p.level for p in paragraphs if p.level and p.text.strip()]
    if not used:
        return {}
    order = sorted(set(used))
    first = next(p for p in paragraphs if p.text.strip())
    titled = used.count(order[0]) == 1 and first.level == order[0]
    return {level: place + (1 if titled else 2) for place, level in enumerate(order)}


def _trimmed(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Without columns that hold nothing; every row as wide as the widest."""
    width = max((len(row) for row in rows), default=0)
    used = [n for n in range(width) if any(n < len(row) and row[n] for row in rows)]
    return [tuple(row[n] if n < len(row) else "" for n in used) for row in rows]


def _is_layout(rows: Sequence[Sequence[str]]) -> bool:
    """One column, or long text in frames."""
    return len(rows[0]) == 1 or (len(rows) == 1 and any(len(cell) > CELL_CHARS for cell in rows[0]))


def _is_alone(row: Sequence[str]) -> bool:
    """Nothing stands beside its first cell."""
    return bool(row[0]) and not any(row[1:])


def _heads(rows: Sequence[Sequence[str]], told: bool | None) -> int:
    """How many rows at the beginning name the columns. told: what the file says of the first."""
    if told is not False and _is_double_head(rows):
        return 2
    return int(_is_head(rows) if told is None else told and len(rows) > 1)


def _is_double_head(rows: Sequence[Sequence[str]]) -> bool:
    """会费标准 over 年费 and 入会费: the second row names the columns that a cell of the first lies over, and no other."""
    if len(rows) < 3 or _is_alone(rows[0]) or not all(map(_may_be_name, (*rows[0], *rows[1]))):
        return False
    over, parted = "", False
    for upper, lower, after in zip(rows[0], rows[1], (*rows[0][1:], "-"), strict=True):
        over = upper or over
        if not over or (upper and lower not in ("", upper) and after) or (not upper and not lower):
            return False
        parted |= not upper
    return parted


def _may_be_name(cell: str) -> bool:
    """Of a column; an empty one belongs to the cell beside or above it."""
    return len(cell) <= NAME_CHARS and not _SENTENCE.search(cell) and not _FIGURE.fullmatch(cell)


def _names(heads: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """会费标准·年费（元） where a name stands under another."""
    if len(heads) < 2:
        return tuple(heads[0]) if heads else ()
    names, over = [], ""
    for upper, lower in zip(*heads, strict=True):
        over = upper or over
        names.append(over if lower in ("", over) else f"{over}·{lower}")
    return tuple(names)


def _is_head(rows: Sequence[Sequence[str]]) -> bool:
    """Where the file does not say it: different short words over at least two rows, in at least three columns, or over figures."""
    head, below = rows[0], rows[1:]
    if len(below) < 2 or not all(head) or len(set(head)) < len(head):
        return False
    if not all(map(_may_be_name, head)):
        return False
    figures = any(all(_FIGURE.match(row[n]) for row in below if row[n]) for n in range(1, len(head)))
    return len(head) > 2 or figures
