"""PDF: lines joined into the paragraphs they were set from, running heads and page numbers out, ruled tables as tables.

PDFium gives characters and where they stand; pdfplumber finds tables, on pages that have ruling lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import pypdfium2
from pypdfium2 import raw

from ingest.blocks import Block, Extract, Table, extract
from ingest.decode import strange_share
from ingest.readers.kinds import Unreadable
from ingest.readers.margins import Leaf, without_margins
from ingest.readers.paragraphs import TextLine, join, usual_size

PAGES = 5_000
SCAN_CHARS = 20  # on a page with a picture; fewer, and the picture is the page
TYPED = 0.45  # letters that a typed gap is wide; what is set between Chinese and other letters is a quarter
RULES = 8  # points of drawn paths on a page that has a table: four lines
GARBLED_SHARE = 0.05  # of characters without a meaning: the fonts do not say what their shapes stand for

_Box = tuple[float, float, float, float]
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class _Page:
    number: int
    leaf: Leaf
    tables: tuple[tuple[float, Table], ...]  # height of the upper edge above the page's foot
    scanned: bool


def read(data: bytes) -> Extract:
    if not data.lstrip()[:5] == b"%PDF-" and b"%PDF-" not in data[:1024]:
        raise Unreadable("不是 PDF")
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as problem:
        raise Unreadable(
            "有打开密码，请去掉密码" if "assword" in str(problem) else "文件已损坏，或不是 PDF"
        ) from problem
    if len(document) > PAGES:
        raise Unreadable(f"超过 {PAGES} 页，请拆成几个文件")
    ruled = [n for n in range(len(document)) if _rules(document, n) >= RULES]
    tables = _tables(data, ruled)
    pages = [_page(document, n, tables.get(n, ())) for n in range(len(document))]
    scanned = [page.number for page in pages if page.scanned]
    words = "".join(line.text for page in pages for line in page.leaf.lines)
    if scanned and len(scanned) == len(pages):
        raise Unreadable("是扫描件，没有文字", skip=True, instead="scan")
    if strange_share(words) > GARBLED_SHARE:
        raise Unreadable("里面的字体没有注明文字，提取出来是乱码，请另存为 Word 文档", instead="scan")
    if not words.strip() and not any(page.tables for page in pages):
        raise Unreadable("文件里没有文字", skip=True)
    leaves = without_margins([page.leaf for page in pages])
    pages = [replace(page, leaf=leaf) for page, leaf in zip(pages, leaves, strict=True)]
    found = extract(_blocks(pages, _bookmarks(document)))
    return replace(found, notice=f"第 {_listed(scanned)} 页是扫描图，没有读到文字" if scanned else "")


def _listed(numbers: Sequence[int]) -> str:
    return "、".join(map(str, numbers[:10])) + ("等" if len(numbers) > 10 else "")


# Characters and lines


def _page(document: pypdfium2.PdfDocument, n: int, tables: Sequence[tuple[tuple[float, ...], Table]]) -> _Page:
    page = _opened(document, n)
    height = page.get_height()
    text = page.get_textpage()
    lines = [line for line in _lines(text, n + 1) if not any(_inside(line, box) for box, _ in tables)]
    count = sum(len(line.text) for line in lines)
    pictured = count < SCAN_CHARS and not tables and any(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2))
    placed = tuple((box[3], replace(table, pages=(n + 1,) * len(table.rows))) for box, table in tables)
    text.close()
    page.close()
    return _Page(n + 1, Leaf(height, tuple(lines)), placed, bool(pictured))


def _opened(document: pypdfium2.PdfDocument, n: int) -> pypdfium2.PdfPage:
    try:
        return document[n]
    except pypdfium2.PdfiumError as problem:
        raise Unreadable(f"第 {n + 1} 页已损坏") from problem


def _lines(text: pypdfium2.PdfTextPage, page: int) -> Iterator[TextLine]:
    """PDFium ends lines with characters of its own."""
    handle, count = text.raw, text.count_chars()
    codes = [raw.FPDFText_GetUnicode(handle, i) for i in range(count)]
    first = 0
    for i in range(count + 1):
        if i == count or codes[i] in (10, 13):
            if found := _line(text, codes, first, i, page):
                yield found
            first = i + 1


def _line(text: pypdfium2.PdfTextPage, codes: Sequence[int], first: int, last: int, page: int) -> TextLine | None:
    while first < last and _blank(codes[first]):
        first += 1
    while last > first and _blank(codes[last - 1]):
        last -= 1
    if first == last:
        return None
    words = []
    for i in range(first, last):
        code = codes[i]
        if code == 32 and raw.FPDFText_IsGenerated(text.raw, i) == 1 and _beside_han(codes, i) and not _wide(text, i):
            continue  # the air that is set between 5000 and 元
        words.append(chr(code) if code not in (0, 2, 0xFFFE, 0xFFFF) and not 0xD800 <= code < 0xE000 else "")
    left, bottom, _, _ = text.get_charbox(first, loose=True)
    _, _, right, top = text.get_charbox(last - 1, loose=True)
    size = raw.FPDFText_GetFontSize(text.raw, first) or 1.0
    size = max(size if size > 2 else top - bottom, 1.0)
    return TextLine("".join(words), left, right, bottom, top, size, page)


def _blank(code: int) -> bool:
    return code in (0, 2, 9, 32, 0x3000, 0xA0, 0xFFFE)


def _beside_han(codes: Sequence[int], i: int) -> bool:
    before = chr(codes[i - 1]) if i and codes[i - 1] < 0xD800 else ""
    after = chr(codes[i + 1]) if i + 1 < len(codes) and codes[i + 1] < 0xD800 else ""
    return bool(_HAN.match(before) or _HAN.match(after))


def _wide(text: pypdfium2.PdfTextPage, i: int) -> bool:
    """Is the gap that PDFium made a space of as wide as one somebody typed? 李敏  赵强"""
    right: float = text.get_charbox(i - 1, loose=True)[2]
    left: float = text.get_charbox(i + 1, loose=True)[0]
    return left - right > TYPED * float(raw.FPDFText_GetFontSize(text.raw, i - 1) or 1.0)


def _inside(line: TextLine, box: tuple[float, ...]) -> bool:
    """box: left, bottom, right, top."""
    middle = (line.bottom + line.top) / 2
    return box[0] - 2 <= line.left and line.right <= box[2] + 2 and box[1] - 2 <= middle <= box[3] + 2


# Tables


def _rules(document: pypdfium2.PdfDocument, n: int) -> int:
    page, found = _opened(document, n), 0
    for path in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=2):
        found += raw.FPDFPath_CountSegments(path.raw)
        if found >= RULES:
            break
    page.close()
    return found


def _tables(data: bytes, numbers: Sequence[int]) -> dict[int, list[tuple[tuple[float, ...], Table]]]:
    """Of these pages (from 0): the box of each ruled table, in points from the lower left corner, and its cells."""
    if not numbers:
        return {}
    import pdfplumber  # most files have no table, and it takes its time to load

    found: dict[int, list[tuple[tuple[float, ...], Table]]] = {}
    with pdfplumber.open(BytesIO(data), pages=[n + 1 for n in numbers]) as document:
        for page in document.pages:
            for table in page.find_tables():
                rows = _filled(table.extract(), [[*row.cells] for row in table.rows])
                if len(rows) < 2 or max(map(len, rows)) < 2:
                    continue
                left, top, right, bottom = table.bbox
                box = (left, page.height - bottom, right, page.height - top)
                found.setdefault(page.page_number - 1, []).append((box, Table(_unwrapped(rows))))
            page.close()
    return found


def _filled(
    words: Sequence[Sequence[str | None]], boxes: Sequence[Sequence[_Box | None]]
) -> tuple[tuple[str, ...], ...]:
    """A cell over several rows is in each of them; over several columns in the first. boxes: left, top, right, bottom."""
    rows: list[tuple[str, ...]] = []
    reach: dict[int, float] = {}  # of the last cell of each column, down the page
    for row, places in zip(words, boxes, strict=True):
        foot = min((box[3] for box in places if box), default=0.0)  # of its own cells
        line = []
        for column, (cell, box) in enumerate(zip(row, places, strict=True)):
            carried = box is None and reach.get(column, 0.0) >= foot - 1
            line.append(rows[-1][column] if carried else (cell or "").strip())
            if box:
                reach[column] = box[3]
        rows.append(tuple(line))
    return tuple(rows)


def _unwrapped(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Lines of a cell were broken to fit its width."""
    return tuple(tuple(re.sub(r"(?<=[^\x00-\x7f])\n|\n(?=[^\x00-\x7f])", "", cell) for cell in row) for row in rows)


# Blocks in order


def _blocks(pages: Sequence[_Page], bookmarks: dict[tuple[int, str], int]) -> Iterator[Block]:
    body = usual_size([line for page in pages for line in page.leaf.lines])
    for run in _runs(pages):
        if isinstance(run, Table):
            yield run
            continue
        for paragraph in join(run, body):
            level = bookmarks.get((paragraph.page, "".join(paragraph.text.split())), 0)
            yield replace(paragraph, level=level)


def _runs(pages: Sequence[_Page]) -> list[list[TextLine] | Table]:
    """Lines that follow each other, also over pages, and the tables between them."""
    runs: list[list[TextLine] | Table] = []
    for part in (part for page in pages for part in _parts(page)):
        last = runs[-1] if runs else None
        if isinstance(part, Table):
            if isinstance(last, Table) and (whole := _continued(last, part)):
                runs[-1] = whole
            else:
                runs.append(part)
        elif isinstance(last, list):
            last.append(part)
        else:
            runs.append([part])
    return runs


def _parts(page: _Page) -> Iterator[TextLine | Table]:
    tables = sorted(page.tables, key=lambda placed: -placed[0])
    for line in page.leaf.lines:
        while tables and line.top <= tables[0][0]:
            yield tables.pop(0)[1]
        yield line
    yield from (table for _, table in tables)


def _continued(before: Table, table: Table) -> Table | None:
    """A table that goes on from the page before is one with it; its repeated head is left out."""
    if before.pages[-1] == table.pages[0] or len(before.rows[0]) != len(table.rows[0]):
        return None
    new = int(table.rows[0] == before.rows[0])
    return Table((*before.rows, *table.rows[new:]), before.head, (*before.pages, *table.pages[new:]))


def _bookmarks(document: pypdfium2.PdfDocument) -> dict[tuple[int, str], int]:
    """Level from 2 by page and title without spaces; 1 is left for the title of the whole."""
    found: dict[tuple[int, str], int] = {}
    for item in document.get_toc(max_depth=6):
        title, target = "".join(item.get_title().split()), item.get_dest()
        number = target.get_index() if target else None
        if title and number is not None:
            found[number + 1, title] = item.level + 2
    return found
