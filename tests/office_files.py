"""Small office files for tests, with the features real ones have."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from docx import Document
from docx.oxml import parse_xml
from openpyxl import Workbook
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word(*parts: str | tuple[str, str] | Sequence[Sequence[str]]) -> bytes:
    """Plain text is a paragraph, (style, text) a styled one, rows a table, <w:…> raw markup of the body."""
    document = Document()
    for part in parts:
        if isinstance(part, str) and part.startswith("<w:"):
            tag = part[1:].split(None, 1)[0].split(">")[0]
            xml = parse_xml(part.replace(f"<{tag}", f'<{tag} xmlns:w="{W}" {_MORE}', 1))
            document.element.body.insert(len(document.element.body) - 1, xml)
        elif isinstance(part, str):
            document.add_paragraph(part)
        elif isinstance(part, tuple):
            document.add_paragraph(part[1], style=part[0])
        else:
            table = document.add_table(len(part), len(part[0]))
            for row, cells in zip(table.rows, part, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
    out = BytesIO()
    document.save(out)
    return out.getvalue()


_MORE = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


def changed(data: bytes, parts: dict[str, bytes | None]) -> bytes:
    """An archive with some members replaced or added; None takes one out."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def sheet(sheets: dict[str, Sequence[Sequence[object]]], merged: Sequence[str] = ()) -> bytes:
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        page = workbook.create_sheet(title)
        for row in rows:
            page.append(list(row))
        for area in merged:
            page.merge_cells(area)
    out = BytesIO()
    workbook.save(out)
    return out.getvalue()


def pdf(pages: Sequence[Sequence[tuple[float, float, str]]], *, size: int = 12, rules: Sequence[float] = ()) -> bytes:
    """Lines at (left, height above the foot). rules: edges x0, x1, … of a ruled grid, rows of 20 points from 600 down."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for lines in pages:
        canvas.setFont("STSong-Light", size)
        for left, height, text in lines:
            canvas.drawString(left, height, text)
        if rules:
            canvas.grid(list(rules), [600, 580, 560, 540])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def picture(folder: Path) -> Path:
    from PIL import Image

    path = folder / "图.png"
    Image.new("RGB", (60, 40), "white").save(path)
    return path
