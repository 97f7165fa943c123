"""Word documents: paragraphs, tables and text boxes in order, the numbers that Word draws, what was inserted and not what was
deleted, notes below the paragraph that calls them.

python-docx opens the package; its own view of a paragraph leaves out insertions, content controls and text boxes, so the
elements of the body are walked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from lxml import etree
from lxml.etree import _Element as Element

from ingest.blocks import BULLET, Block, Extract, Paragraph, Table, extract
from ingest.readers.kinds import Unreadable
from ingest.readers.numbering import Numbering
from ingest.readers.package import check

DEPTH = 200  # of nested elements
ROWS = 20_000  # of one table
_TEXT, _TAB, _BREAKS = qn("w:t"), {qn("w:tab"), qn("w:ptab")}, {qn("w:br"), qn("w:cr")}
_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
# What was deleted or moved away, what is drawn elsewhere, and instructions of fields.
_GONE = {qn("w:del"), qn("w:moveFrom"), qn("w:delText"), qn("w:instrText"), qn("w:pPr"), qn("w:rPr"), qn("w:sdtPr"), qn("w:sdtEndPr"), qn("w:commentReference"), qn("w:rt")}  # fmt: skip
_BOX, _ALTERNATIVES, _FALLBACK = qn("w:txbxContent"), "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # fmt: skip
_NOTES = {qn("w:footnoteReference"): "footnotes", qn("w:endnoteReference"): "endnotes"}


def read(data: bytes) -> Extract:
    check(data, " Word 文档")
    try:
        document = Document(BytesIO(data))
    except (PackageNotFoundError, KeyError, ValueError) as problem:
        raise Unreadable("文件已损坏，或不是 Word 文档") from problem
    return extract(_Walk(document).blocks())


class _Walk:
    def __init__(self, document: WordDocument) -> None:
        self._body = document.element.body
        self._styles = _Styles(document)
        self._numbering = Numbering.of(document)
        self._notes = {kind: _notes(document, kind) for kind in ("footnotes", "endnotes")}

    def blocks(self) -> Iterator[Block]:
        yield from self._blocks(self._body, 0)

    def _blocks(self, parent: Element, depth: int) -> Iterator[Block]:
        if depth > DEPTH:
            raise Unreadable(f"内容嵌套超过 {DEPTH} 层")
        for element in parent:
            if element.tag == _PARAGRAPH:
                yield from self._paragraph(element, depth)
            elif element.tag == _TABLE:
                yield from self._table(element, depth)
            elif element.tag not in _GONE:  # content controls, custom markup
                yield from self._blocks(element, depth + 1)

    def _paragraph(self, element: Element, depth: int) -> Iterator[Block]:
        boxes: list[Element] = []
        notes: list[str] = []
        text = "".join(self._words(element, boxes, notes, 0))
        level, number = 0, ""
        if text.strip():
            style = self._style(element)
            level, number = self._styles.level(element, style), self._numbering.next(element, style)
        yield Paragraph(text if level and number == BULLET else number + text, level)
        for note in notes:
            yield Paragraph(note)
        for box in boxes:
            yield from self._blocks(box, depth + 1)

    def _words(self, element: Element, boxes: list[Element], notes: list[str], depth: int) -> Iterator[str]:
        if depth > DEPTH:
            raise Unreadable(f"内容嵌套超过 {DEPTH} 层")
        for child in element:
            tag = child.tag
            if tag == _TEXT:
                yield child.text or ""
            elif tag in _TAB:
                yield " "
            elif tag in _BREAKS:
                yield "\n" if child.get(qn("w:type")) != "page" else ""
            elif tag == qn("w:noBreakHyphen"):
                yield "-"
            elif tag == qn("w:sym"):
                yield _symbol(child)
            elif tag == _BOX:
                boxes.append(child)
            elif tag in _NOTES:
                found = self._notes[_NOTES[tag]].get(child.get(qn("w:id")), "")
                if found:
                    notes.append(f"注：{found}")
            elif tag == _ALTERNATIVES:
                kept = [part for part in child if part.tag != _FALLBACK][:1] or list(child)[:1]
                for part in kept:
                    yield from self._words(part, boxes, notes, depth + 1)
            elif tag not in _GONE and isinstance(tag, str) and not _is_hidden(child):
                yield from self._words(child, boxes, notes, depth + 1)

    def _style(self, element: Element) -> str:
        found = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        return str(found.get(qn("w:val"))) if found is not None else self._styles.default

    def _table(self, element: Element, depth: int) -> Iterator[Block]:
        rows: list[tuple[str, ...]] = []
        above: dict[int, str] = {}
        head = None
        for row in _inside(element, _ROW):
            if len(rows) >= ROWS:
                raise Unreadable(f"一个表格超过 {ROWS} 行，请拆开")
            line: list[str] = []
            for cell in _inside(row, _CELL):
                text = self._cell(cell, depth)
                if _continues(cell):
                    text = above.get(len(line), "")
                above[len(line)] = text
                line += [text, *[""] * (_span(cell) - 1)]
            if not rows and row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None:
                head = True
            rows.append(tuple(line))
        yield Table(tuple(rows), head)

    def _cell(self, cell: Element, depth: int) -> str:
        lines: list[str] = []
        for block in self._blocks(cell, depth + 1):
            if isinstance(block, Paragraph):
                lines += [block.text] if block.text.strip() else []
            else:
                lines += ["　".join(filter(None, row)) for row in block.rows]
        return "\n".join(lines)


class _Styles:
    """Levels of headings by style, inherited ones too."""

    def __init__(self, document: WordDocument) -> None:
        self._levels: dict[str, int] = {}
        self._based: dict[str, str] = {}
        self.default = ""
        for style in document.styles.element.iterfind(qn("w:style")):
            key = style.get(qn("w:styleId"), "")
            name = style.find(qn("w:name"))
            shown = (name.get(qn("w:val"), "") if name is not None else "").lower()
            if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) in ("1", "true"):
                self.default = key
            based = style.find(qn("w:basedOn"))
            if based is not None:
                self._based[key] = based.get(qn("w:val"), "")
            found = _outline(style)
            if shown == "title":
                self._levels[key] = 1
            elif found is not None:
                self._levels[key] = found
            elif shown.startswith("heading ") and shown[8:].isdecimal():
                self._levels[key] = int(shown[8:]) + 1

    def level(self, paragraph: Element, style: str) -> int:
        """2 for Heading 1, so that 1 is left for the title; 0 for body text."""
        own = _outline(paragraph)
        if own is not None:
            return own
        for _ in range(20):  # styles that are based on each other in a ring
            if style in self._levels:
                return self._levels[style]
            style = self._based.get(style, "")
        return 0


def _outline(element: Element) -> int | None:
    found = element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    told = found.get(qn("w:val"), "") if found is not None else ""
    if not told.isdecimal():
        return None
    return int(told) + 2 if int(told) < 9 else 0


def _notes(document: WordDocument, kind: str) -> dict[str, str]:
    for relation in document.part.rels.values():
        if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
            root = etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
            return {
                note.get(qn("w:id"), ""): "".join(text.text or "" for text in note.iter(_TEXT)).strip()
                for note in root
                if note.get(qn("w:type")) is None
            }
    return {}


def _inside(parent: Element, tag: str) -> Iterator[Element]:
    """Rows of a table, cells of a row, also within content controls and insertions; those of tables inside it not."""
    for child in parent:
        if child.tag == tag:
            if not _is_deleted_row(child):
                yield child
        elif child.tag not in _GONE and child.tag not in (_PARAGRAPH, _TABLE, _CELL):
            yield from _inside(child, tag)


def _is_deleted_row(element: Element) -> bool:
    return element.tag == _ROW and element.find(f"{qn('w:trPr')}/{qn('w:del')}") is not None


def _continues(cell: Element) -> bool:
    merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
    return merge is not None and merge.get(qn("w:val")) != "restart"


def _span(cell: Element) -> int:
    span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
    told = span.get(qn("w:val"), "1") if span is not None else "1"
    return min(int(told), 100) if told.isascii() and told.isdecimal() else 1


def _is_hidden(element: Element) -> bool:
    """A run in hidden letters."""
    hidden = element.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
    return hidden is not None and hidden.get(qn("w:val")) not in ("0", "false")


def _symbol(element: Element) -> str:
    code = element.get(qn("w:char"), "")
    try:
        value = int(code, 16)
    except ValueError:
        return ""
    return "" if 0xE000 <= value <= 0xF8FF or value > 0x10FFFF else chr(value)  # a picture of some symbol font
