"""Excel workbooks: every sheet a table under its name, merged cells filled, formulas as their last result."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from ingest.blocks import Block, Extract, Paragraph, Table, extract
from ingest.readers.kinds import Unreadable
from ingest.readers.package import check

CELLS = 1_000_000  # in all sheets; more is a database
TITLE_ROWS = 5  # above the names of the columns
EXACT = 1e15  # all digits of a smaller number are its own
_PLACES = re.compile(r"[#,]*0(?:\.(0+))?%?(?:_.)*")  # 0.0%, #,##0.00_
NAMELESS = ("Sheet", "工作表", "sheet")


def read(data: bytes) -> Extract:
    check(data, " Excel 表格")
    try:
        workbook = load_workbook(BytesIO(data), data_only=True, keep_links=False)
    except (InvalidFileException, KeyError, ValueError) as problem:
        raise Unreadable("文件已损坏，或不是 Excel 表格") from problem
    return extract(_blocks(workbook))


def _blocks(workbook: Workbook) -> Iterator[Block]:
    left = CELLS
    for sheet in workbook.worksheets:
        if sheet.sheet_state != "visible":
            continue
        left -= sheet.max_row * sheet.max_column
        if left < 0:
            raise Unreadable(f"表格超过 {CELLS // 10_000} 万格，请只留有内容的部分")
        rows = _rows(sheet)
        if not rows:
            continue
        if not sheet.title.startswith(NAMELESS):
            yield Paragraph(sheet.title, level=1, gap=True)
        yield from _parts(rows)


def _parts(rows: list[tuple[str, ...]]) -> Iterator[Block]:
    """Lines above the table (its title, its unit) and below it (notes) have one filled cell; the rest is the table."""
    first = next((n for n, row in enumerate(rows[: TITLE_ROWS + 1]) if _filled(row) > 1), 0)
    last = len(rows)
    while last > first + 1 and _filled(rows[last - 1]) == 1 and len("".join(rows[last - 1])) > 20:
        last -= 1
    for n, row in enumerate(rows[:first]):
        yield Paragraph("".join(row), level=2 if n == 0 else 0, gap=True)
    yield Table(tuple(rows[first:last]), head=True)
    for row in rows[last:]:
        yield Paragraph("".join(row), gap=True)


def _filled(row: tuple[str, ...]) -> int:
    return len({cell for cell in row if cell})


def _rows(sheet: Worksheet) -> list[tuple[str, ...]]:
    """Rows that hold something, with hidden ones; a merged cell is in each of its rows, in its first column."""
    grid = [[_text(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]
    for area in sheet.merged_cells.ranges:
        first = grid[area.min_row - 1][area.min_col - 1]
        for row in range(area.min_row, min(area.max_row, len(grid))):
            grid[row][area.min_col - 1] = first
    return [tuple(row) for row in grid if any(row)]


def _text(value: object, form: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) or (isinstance(value, int) and "%" in form.split(";")[0]):
        return _number(value, form)
    if isinstance(value, datetime.datetime):
        return str(value.date()) if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    return str(value)


def _number(value: float, form: str) -> str:
    """As the sheet shows it: 1.0366666 under 0.0% is 103.7%. Without places in its form 0.1 + 0.2 is 0.3 there."""
    form = form.split(";")[0]
    percent = "%" if "%" in form else ""
    value = value * 100 if percent else value
    short = f"{value:.12g}"
    if (places := _PLACES.fullmatch(form)) and abs(value) < EXACT:
        return f"{Decimal(short).quantize(Decimal(1).scaleb(-len(places[1] or '')), ROUND_HALF_UP)}{percent}"
    return (short if "e" not in short else f"{value:.0f}" if abs(value) >= 1 else short) + percent
