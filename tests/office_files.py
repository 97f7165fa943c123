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


ARTICLES = (
    "第一条　本会名称为云岭茶叶学会，是由从事茶叶种植、加工、流通、科研、教学的单位和个人自愿组成的地方性社会团体。",
    "第二条　本会的宗旨是团结茶叶科技工作者，推广先进的种植和加工技术，维护会员的合法权益，促进云岭茶叶产业发展。",
    "第三条　本会的住所设在昆明市。",
    "第四条　会员大会是本会的最高权力机构，每四年换届一次。",
    "第五条　理事会是会员大会的执行机构，每年召开两次会议，情况特殊的，也可以采用通讯形式召开。",
    "第六条　本章程经会员大会表决通过后生效。",
)


def charter(line: int = 28) -> bytes:
    """Two pages of articles with a running head and page numbers; the fifth article begins on the first and ends on the second."""
    chapters = {0: "第一章　总则", 3: "第二章　组织机构"}
    lines: list[tuple[float, str]] = []
    for n, article in enumerate(ARTICLES):
        if n in chapters:
            lines.append((240, chapters[n]))
        lines.append((96, article[: line - 2]))
        lines += [(72, article[at : at + line]) for at in range(line - 2, len(article), line)]
    first = next(n for n, (_, text) in enumerate(lines) if text.startswith("第五条")) + 1
    sheets = []
    for number, page in enumerate((lines[:first], lines[first:]), 1):
        body = [(left, 720 - 24 * n, text) for n, (left, text) in enumerate(page)]
        head = [(200.0, 800.0, "云岭茶叶学会"), *([(220.0, 760.0, "云岭茶叶学会章程")] if number == 1 else [])]
        sheets.append([*head, *body, (290.0, 40.0, f"— {number} —")])
    return pdf(sheets)


MORE = ("期刊", "培训", "备注")
TOLD = ("每季度一册", "每年一人", "逾期两年不缴纳的，由秘书处书面提醒一次")


def fees() -> bytes:
    return word(
        ("Title", "云岭茶叶学会会费管理办法"),
        ("Heading 1", "一、会费标准"),
        "会费按年度缴纳，标准如下：",
        [
            ("类别", "会费（元/年）", "理事名额", *MORE),
            ("单位会员", "2000", "3", *TOLD),
            ("个人会员", "200", "", *TOLD),
        ],
        ("Heading 1", "二、缴纳办法"),
        "（一）会员应当在每年三月底以前缴纳当年会费。",
        "（二）逾期两年不缴纳的，视为自动退会。",
    )


def picture(folder: Path) -> Path:
    from PIL import Image

    path = folder / "图.png"
    Image.new("RGB", (60, 40), "white").save(path)
    return path
