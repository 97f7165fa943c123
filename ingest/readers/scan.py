"""What was recognised in the picture of a page, line by line, set straight and made into lines as those of a PDF are."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ingest.blocks import Paragraph
from ingest.readers.margins import Leaf, without_margins
from ingest.readers.paragraphs import TextLine, join, usual_size

CERTAIN = 0.6  # of a line; one read with less is a stain or a seal
LONG = 8  # letters of a line that tell how large its letters are
HEIGHT = 842  # points of a page, whatever its size: A4

_WIDE = dict(zip(",;:?!", "，；：？！", strict=True))
_CLOSED_BY = {"(": ")", "（": "）)", "〔": "〕]", "〈": "〉>", "【": "】]", "《": "》"}  # the right mark first
_CLOSING = frozenset("".join(_CLOSED_BY.values()))
_HAN_BEFORE = re.compile(r"(?<=[\u3007\u4e00-\u9fff”’》〉）)〕])[,;:?!]")
# 第三条 at the beginning of a paragraph, when no sentence about that article: rapidocr leaves out the space that follows.
_ARTICLE = re.compile(
    r"(第[〇零一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?)(?![\s的、，,至和或及与到第款]|中[的规]|规定|所[列称指述]|之[外间])"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A line as it was found: corners in pixels from the upper left, clockwise from the line's beginning."""

    text: str
    corners: NDArray[np.float64]
    certain: float  # 0 to 1


def paragraphs(leaves: Sequence[Leaf]) -> Iterator[Paragraph]:
    kept = without_margins(leaves)
    lines = [line for leaf in kept for line in leaf.lines]
    if lines:
        yield from map(_spaced, join(lines, usual_size(lines)))


def leaf(found: Sequence[Found], size: tuple[int, int], page: int) -> Leaf:
    """size: height and width of the picture in pixels."""
    scale, slant, lines = HEIGHT / size[0], _slant(found), []
    for line in found:
        if line.certain >= CERTAIN and line.text.strip():
            left, top, right, bottom = (scale * edge for edge in _box(line, slant, (size[1] / 2, size[0] / 2)))
            lines.append(TextLine(_widened(line.text), left, right, HEIGHT - bottom, HEIGHT - top, 0.0, page))
    return Leaf(HEIGHT, tuple(_in_order(_sized(lines))))


def _slant(found: Sequence[Found]) -> float:
    """Of the page, in radians, by its long lines."""
    edges = [line.corners[1] - line.corners[0] for line in found if len(line.text) >= LONG]
    return median(math.atan2(edge[1], edge[0]) for edge in edges) if edges else 0.0


def _box(line: Found, slant: float, middle: tuple[float, float]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom on the page when it is set straight, turned about its middle."""
    cosine, sine = math.cos(slant), math.sin(slant)
    straight = (line.corners - middle) @ np.array([[cosine, -sine], [sine, cosine]]) + middle
    (left, top), (right, bottom) = straight.min(axis=0).tolist(), straight.max(axis=0).tolist()
    return left, top, right, bottom


def _sized(lines: Sequence[TextLine]) -> list[TextLine]:
    """With the size of their letters: the width of one where a line is long enough to tell, else by the height."""
    long = [line for line in lines if _letters(line.text) >= LONG]
    if not long:
        return [replace(line, size=0.8 * (line.top - line.bottom)) for line in lines]
    share = median(_width(line) / (line.top - line.bottom) for line in long)
    sized = [replace(line, size=_width(line) if line in long else share * (line.top - line.bottom)) for line in lines]
    usual = usual_size(sized)
    # The box of a short line is higher than that of a long one.
    return [
        replace(line, size=usual) if 0.85 < line.size / usual < (1.15 if line in long else 1.45) else line
        for line in sized
    ]


def _width(line: TextLine) -> float:
    return (line.right - line.left) / _letters(line.text)


def _letters(text: str) -> float:
    """How many Chinese characters it is as wide as."""
    return sum(1.0 if ord(c) > 0x2000 else 0.55 for c in text)


def _in_order(lines: Sequence[TextLine]) -> Iterator[TextLine]:
    """From top to bottom, and what stands at one height from left to right."""
    row: list[TextLine] = []
    for line in sorted(lines, key=lambda line: -(line.bottom + line.top)):
        if row and row[0].bottom + row[0].top - line.bottom - line.top > line.size:
            yield from sorted(row, key=lambda line: line.left)
            row = []
        row.append(line)
    yield from sorted(row, key=lambda line: line.left)


# What a page says but its picture does not tell apart


def _widened(text: str) -> str:
    """Marks after Chinese characters are full-width, and the two of a pair are alike: 〔2024]3号 -> 〔2024〕3号."""
    text = _HAN_BEFORE.sub(lambda mark: _WIDE[mark[0]], text)
    out, opened = list(text), []
    for n, character in enumerate(text):
        if character in _CLOSED_BY:
            opened.append(n)
        elif character in _CLOSING and opened:
            left = opened.pop()
            right = _CLOSED_BY[text[left]]
            if character in right:
                out[n] = right[0]
            elif text[left] == "(" and character == "）":
                out[left] = "（"
    return "".join(out)


def _spaced(paragraph: Paragraph) -> Paragraph:
    found = _ARTICLE.match(paragraph.text)
    if not found:
        return paragraph
    turns = tuple((offset + 1, page) for offset, page in paragraph.turns)
    return replace(paragraph, text=f"{found[1]}　{paragraph.text[found.end() :]}", turns=turns)
