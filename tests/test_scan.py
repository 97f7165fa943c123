"""What is recognised in pictures of pages becomes paragraphs like those of a PDF; the recogniser itself is played."""

from __future__ import annotations

import importlib
import math
import sys
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from ingest import apart
from ingest.blocks import extract
from ingest.readers.kinds import Unreadable
from ingest.readers.scan import Found, leaf, paragraphs

EM, WIDTH, PAGE = 40, 26, (2000, 1414)  # pixels of a letter, letters of a line, height and width of a page
LEFT = (PAGE[1] - EM * WIDTH) // 2


def found(text: str, left: float, top: float, *, askew: float = 0.0, certain: float = 0.99) -> Found:
    """A line as a recogniser boxes it, on a page turned by so many degrees; boxes of short lines are higher."""
    width, height = EM * sum(1 if ord(c) > 255 else 0.55 for c in text), EM * (1.35 if len(text) < 5 else 1.05)
    corners = np.array([(left, top), (left + width, top), (left + width, top + height), (left, top + height)])
    turn, middle = math.radians(askew), np.array([PAGE[1] / 2, PAGE[0] / 2])
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    return Found(text, (corners - middle) @ rotation + middle, certain)


def set_on_pages(texts: list[str], lines: int = 8) -> list[list[tuple[str, float, float]]]:
    rows = []
    for text in texts:
        rows.append((text[: WIDTH - 2], LEFT + 2 * EM))
        rows += [(text[n : n + WIDTH], LEFT) for n in range(WIDTH - 2, len(text), WIDTH)]
    return [
        [(text, left, 300 + 72 * n) for n, (text, left) in enumerate(rows[first : first + lines])]
        for first in range(0, len(rows), lines)
    ]


def read(pages: list[list[Found]]) -> str:
    return extract(paragraphs([leaf(lines, PAGE, number) for number, lines in enumerate(pages, 1)])).text


ARTICLES = [
    f"第{n}条{'会员应当遵守本会章程，执行本会决议，维护本会合法权益，完成本会交办的工作，' * k}并按规定交纳会费。"
    for n, k in zip("一二三四五六", (1, 2, 1, 3, 1, 2), strict=True)
]


@pytest.mark.parametrize("askew", [0.0, 0.8, -1.5])
def test_pages_that_lie_askew_become_their_paragraphs_without_heads_and_numbers(askew):
    pages = [
        [
            found("云岭茶叶学会文件", LEFT, 120, askew=way),
            *(found(text, left, top, askew=way) for text, left, top in page),
            found(f"一{number}-", 690, 1880, askew=way),
        ]
        for number, page in enumerate(set_on_pages(ARTICLES), 1)
        for way in [askew if number % 2 else -askew]
    ]
    assert len(pages) > 1
    assert read(pages).split("\n") == [article.replace("条", "条　", 1) for article in ARTICLES]


def test_lines_in_any_order_are_read_from_the_top_and_stains_are_not():
    lines = [
        found("二〇二四年三月一日", LEFT + 500, 900),
        found("特此通知。", LEFT, 600),
        found("墨迹", LEFT, 700, certain=0.4),
        found("关于缴纳会费的通知", LEFT + 300, 300),
    ]
    assert read([lines]).split("\n\n") == ["关于缴纳会费的通知", "特此通知。", "二〇二四年三月一日"]


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ("条件如下:（一)年满18岁;", "条件如下：（一）年满18岁；"),
        ("中检协〔2024]18号,自9:30起", "中检协〔2024〕18号，自9:30起"),
        ("《会费管理办法》,即日起施行!", "《会费管理办法》，即日起施行！"),
        ("(ISO 9001)", "(ISO 9001)"),
        ("第三条规定的条件", "第三条规定的条件"),
    ],
)
def test_marks_that_a_picture_does_not_tell_apart_are_those_of_chinese_text(seen, said):
    assert read([[found(seen, LEFT, 300)]]) == said


class Played:
    """Reads a page whose upper left corner is black; of any other it makes nothing of worth."""

    def __init__(self, **options: object) -> None:
        self.looks = 0

    def __call__(self, pixels, use_cls):
        self.looks += 1
        good = pixels[0, 0].sum() == 0
        lines = [found("会费标准由会员代表大会决定。", LEFT, 300, certain=0.98 if good else 0.62)]
        texts = [line.text if good else "，一丶" for line in lines]
        return SimpleNamespace(boxes=[line.corners for line in lines], txts=texts, scores=[lines[0].certain])


@pytest.mark.parametrize(("corner", "looks"), [((0, 0), 1), ((-1, -1), 2), ((-1, 0), 4)])
def test_a_page_on_its_side_or_head_is_turned(monkeypatch, corner, looks):
    monkeypatch.setitem(sys.modules, "rapidocr", SimpleNamespace(RapidOCR=Played))
    monkeypatch.delitem(sys.modules, "ingest.readers.ocr", raising=False)
    ocr = importlib.import_module("ingest.readers.ocr")
    pixels = np.full((*PAGE, 3), 255, np.uint8)
    pixels[corner] = 0
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    assert ocr.read(out.getvalue()).text == "会费标准由会员代表大会决定。"
    assert ocr._engine().looks == looks
    monkeypatch.delitem(sys.modules, "ingest.readers.ocr")


def test_who_waits_for_a_scan_is_told_each_page(tmp_path, monkeypatch):
    """The child is played: what it says line by line before its answer."""
    said = (
        """print('1 2'); print('2 2'); print('9 9 9'); print('{}'); print('{"problem": "x", "skip": true}', end='')"""
    )
    told = []
    monkeypatch.setattr("ingest.apart.has_ocr", lambda: True)
    real = apart.run_bounded
    monkeypatch.setattr("ingest.apart.run_bounded", lambda command, *rest: real([sys.executable, "-c", said], *rest))
    with (tmp_path / "scan.png").open("wb+") as file, pytest.raises(Unreadable):
        apart.read_apart(file.fileno(), "image", lambda page, of: told.append((page, of)))
    assert told == [(1, 2), (2, 2)]
