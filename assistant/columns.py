"""Tables set with spaces or bars in plain text: a row says little without the names of its columns, 会长单位    9000."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import east_asian_width

_CELL = re.compile(r"[^\s](?:(?![ \u3000]{2}|\t)[^\n])*")
_BARRED = re.compile(r"[^|\s](?:[^|\n]*[^|\s])?")
_PROSE = tuple("：:。；;！？")
_RULE = re.compile(r"[ \t|:+-]*-{2,}[ \t|:+-]*")
Cells = list[tuple[int, int]]  # offsets in the text


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table under the one that names its columns: offsets of the latter in the text, the first cell, and the row
    with the names, 类别:会长单位;会费(元/年):9000.
    """

    names: tuple[int, int]
    first: str
    said: str


@lru_cache(maxsize=1024)  # each sentence of a passage asks
def rows_in(text: str) -> dict[int, Row]:
    """The rows of the tables in a text, by where each begins."""
    found: dict[int, Row] = {}
    for head, *lines in _tables(text):
        columns = [_column(text, start) for start, _ in head]
        barred = text[: head[0][0]].rstrip(" \t").endswith("|")
        rows = [
            [(min(n, len(head) - 1) if barred else _under(text, cell, columns), cell) for n, cell in enumerate(line)]
            for line in lines
        ]
        if _names_columns(text, head, rows):
            for row in rows:
                told = (f"{text[slice(*head[n])]}:{text[slice(*cell)]}" for n, cell in row)
                names = _line_of(text, head[0][0])
                found[_line_of(text, row[0][1][0])[0]] = Row(names, text[slice(*row[0][1])], ";".join(told))
    return found


def in_one_line(row: str) -> str:
    """A row as it is shown: its cells a space apart."""
    if row.lstrip().startswith("|") or " | " in row:
        row = re.sub(r"[ \t]*\|[ \t]*", "\t", row.strip().strip("|").strip())
    return re.sub(r"[ \t\u3000]{2,}|\t", "　", row)


def _tables(text: str) -> Iterator[list[Cells]]:
    """Lines one below the other, each of two cells or more."""
    table: list[Cells] = []
    for line in [*re.finditer(r"[^\n]+", text), None]:
        if line and table and _RULE.fullmatch(line[0]):
            continue
        if line and line[0].rstrip().endswith(_PROSE):  # 第三条  标准如下：
            line = None
        pattern = _BARRED if line and line[0].lstrip().startswith("|") else _CELL
        cells = [_trimmed(text, *cell.span()) for cell in pattern.finditer(text, *line.span())] if line else []
        if len(cells) > 1:
            table.append(cells)
            continue
        if len(table) > 1:
            yield table
        table = []


def _line_of(text: str, at: int) -> tuple[int, int]:
    """Where the line around an offset begins and ends, white space left out."""
    start = text.rfind("\n", 0, at) + 1
    line = text[start : (text + "\n").index("\n", at)]
    return start + len(line) - len(line.lstrip()), start + len(line.rstrip())


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    return start, start + len(text[start:end].rstrip())


def _names_columns(text: str, head: Cells, rows: Sequence[Sequence[tuple[int, tuple[int, int]]]]) -> bool:
    """Does a line hold no figure, and is there a column below it that holds one in most lines?"""
    figures: dict[int, list[bool]] = {}
    for n, cell in (placed for row in rows for placed in row):
        figures.setdefault(n, []).append(bool(re.search(r"\d", text[slice(*cell)])))
    named = not any(re.search(r"\d", text[slice(*cell)]) for cell in head)
    return named and any(n and 2 * sum(column) > len(rows) for n, column in figures.items())


def _column(text: str, at: int) -> int:
    """Where a sign stands in its line, as it is drawn: a Chinese character is two wide."""
    begins = text.rfind("\n", 0, at) + 1
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text[begins:at])


def _under(text: str, cell: tuple[int, int], columns: Sequence[int]) -> int:
    """The number of the column whose name stands nearest above a cell."""
    here = _column(text, cell[0])
    return min(range(len(columns)), key=lambda n: abs(columns[n] - here))
