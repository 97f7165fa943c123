"""Lines as they are set on pages, joined into the paragraphs they were broken from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.blocks import Paragraph

LARGE = 1.15  # times the size of the body: a heading
GAP = 1.7  # times the usual distance of lines: set apart
INDENT = 1.2  # letters to the right of the margin: a new paragraph

_BEGINS = re.compile(
    r"第\s*[一二三四五六七八九十百千零〇\d]+\s*[编篇章节条]|[（(]\s*[一二三四五六七八九十百]{1,4}\s*[)）]|[一二三四五六七八九十]{1,3}\s*、|[（(]\s*\d{1,2}\s*[)）]|[①-⑳]|附\s*[件录表则][\s\d一二三四五六七八九十]*(?:[：:]|$)"
)
_ENDS = re.compile(r"[。！？!?；;：:…][”’」』）)》\"]*$")
_LATIN = re.compile(r"[A-Za-z0-9,.;:)!?%’'-]$")
_CLOSING = "，。、；：？！）》”’」』〉】〕,.;:?!)"


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of a page. Places in points from the lower left corner; page from 1."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    page: int


def usual_size(lines: Sequence[TextLine]) -> float:
    """Of letters: the median over all of them; 1 where there are none."""
    left = sum(len(line.text) for line in lines) / 2
    for line in sorted(lines, key=lambda line: line.size):
        left -= len(line.text)
        if left <= 0:
            return line.size
    return 1.0


def join(lines: Sequence[TextLine], body: float) -> Iterator[Paragraph]:
    """body: usual size of letters, in the whole of the document."""
    merged = _merged(lines)
    if not merged:
        return
    margins = _margins(merged, body)
    step = _step(merged, body)
    current: list[TextLine] = []
    gap = False
    for line in merged:
        if current and _goes_on(current, line, margins.get(current[-1].page, margins[0]), step, body):
            current.append(line)
            continue
        if current:
            yield _paragraph(current, gap)
            apart = current[-1].page == line.page and current[-1].bottom - line.bottom > GAP * step
            gap = apart
        current = [line]
    yield _paragraph(current, gap)


def _merged(lines: Sequence[TextLine]) -> list[TextLine]:
    """Pieces of one line, set one after the other, as one."""
    found: list[TextLine] = []
    for line in lines:
        last = found[-1] if found else None
        if (
            last
            and last.page == line.page
            and abs(last.bottom - line.bottom) < 0.4 * line.size
            and line.left >= last.right - 1
        ):
            wide = line.left - last.right > 0.8 * line.size
            text = last.text + ("  " if wide else "") + line.text
            found[-1] = TextLine(text, last.left, line.right, min(last.bottom, line.bottom), max(last.top, line.top), last.size, last.page)  # fmt: skip
        else:
            found.append(line)
    return found


def _margins(lines: Sequence[TextLine], body: float) -> dict[int, tuple[float, float]]:
    """Left and right edge of the text by page; under 0 for the whole. A page with few lines takes the whole's."""
    whole = _edges(lines, body)
    pages: dict[int, list[TextLine]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    found = {0: whole}
    for number, own in pages.items():
        left, right = _edges(own, body)
        shifted = len(own) >= 10 and abs((right - left) - (whole[1] - whole[0])) < 2 * body
        found[number] = (left, right) if shifted else whole
    return found


def _edges(lines: Sequence[TextLine], body: float) -> tuple[float, float]:
    lefts = Counter(round(line.left) for line in lines if len(line.text) > 10) or Counter(
        round(line.left) for line in lines
    )
    common = [left for left, count in lefts.items() if count >= 0.1 * sum(lefts.values())]
    rights = sorted(line.right for line in lines)
    return min(common), rights[int(0.97 * (len(rights) - 1))]


def _step(lines: Sequence[TextLine], body: float) -> float:
    """From one line to the next inside a paragraph."""
    steps = Counter(
        round(above.bottom - below.bottom, 0)
        for above, below in pairwise(lines)
        if above.page == below.page and 0.8 * body < above.bottom - below.bottom < 4 * body
    )
    if not steps:
        return 1.5 * body
    often = [step for step, count in steps.items() if count >= 0.2 * steps.most_common(1)[0][1]]
    return min(often)


def _goes_on(
    current: Sequence[TextLine], line: TextLine, margins: tuple[float, float], step: float, body: float
) -> bool:
    last = current[-1]
    left, right = margins
    if abs(last.size - line.size) > 0.12 * last.size:
        return False
    if last.page == line.page and not 0 < last.bottom - line.bottom <= max(GAP * step, 1.3 * line.size):
        return False
    text = line.text.lstrip()
    if last.left > (left + right) / 2 and line.left < left + 3 * line.size:
        return False  # what stood on the right was a signature or a date
    if last.size > LARGE * body and _centred(last, margins) and _centred(line, margins):
        return not _ENDS.search(last.text) and not _BEGINS.match(text)
    if last.right + _first_width(text, line.size) < right - 0.3 * line.size:
        return False  # what follows would have found room
    if line.left > left + INDENT * line.size and line.left > last.left + 0.5 * line.size:
        return False
    hanging = current[0].left + INDENT * line.size < line.left  # the lines under a list mark stand in
    if line.left > left + INDENT * line.size and not hanging and not _same_column(last, line):
        return False
    return not _BEGINS.match(text) or not _ENDS.search(last.text)


def _same_column(last: TextLine, line: TextLine) -> bool:
    return abs(last.left - line.left) < 0.5 * line.size


def _centred(line: TextLine, margins: tuple[float, float]) -> bool:
    left, right = margins
    return abs((line.left - left) - (right - line.right)) < 2 * line.size and line.left > left + line.size


def _first_width(text: str, size: float) -> float:
    """Of what cannot be parted from the beginning of a line: a character with the closing marks behind it, or a word."""
    word = re.match(r"[\x21-\x7e]+", text)
    if word:
        return 0.5 * size * len(word[0])
    marks = len(text) - 1 - len(text[1:].lstrip(_CLOSING)) if text else 0
    opening = 1 if text[:1] in "（《“‘「『〈【〔" else 0
    return size * (1 + marks + opening)


def _paragraph(lines: Sequence[TextLine], gap: bool) -> Paragraph:
    text, turns = lines[0].text, []
    for above, line in pairwise(lines):
        if text.endswith("-") and re.search(r"[a-z]-$", text) and re.match(r"[a-z]", line.text):
            text = text[:-1] + line.text
        else:
            spaced = _LATIN.search(text) and re.match(r"[A-Za-z0-9(]", line.text)
            text += (" " if spaced else "") + line.text
        if line.page != above.page:
            turns.append((len(text) - len(line.text), line.page))
    return Paragraph(text, page=lines[0].page, gap=gap, turns=tuple(turns))
