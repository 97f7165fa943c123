"""Plain headings: short lines without number or #, known only by the lines around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from ingest.lines import HEADING_CHARS, Line, compact, ends_sentence, is_colon_line, is_prose, is_short

Role = Literal["text", "title", "meta", "markup", "crumb"]

HEADINGS_IN_A_ROW = 3  # title, part, point; more short lines in a row are a list
SPACED_SHARE = 0.6  # of paragraphs set apart by blank lines; below it a missing blank line says nothing
UNSPACED_HEADING_CHARS = 16  # of a heading where no blank lines set it apart

ANNEX = re.compile(r"附\s*(?:件|录|表|则|图)?\s*[\d一二三四五六七八九十]*\s*(?:[：:]|$|\s)")
# A date with words, a path through a site, a formula, an aside: （共12名，按姓氏笔画排序）
_NO_HEADING = re.compile(r"^[（(]?(?:19|20)\d\d\s*年\s*\d|[>»|=＝]|^[（(][^（）()]*[)）]$")
_FIELD = re.compile(r"[\u3400-\u9fff]{2,8}[：:]\s*\S")
_SPACED_OUT = re.compile(r"\S(?:\s+\S)+")  # 备 注, 总  则


def find_headings(lines: Sequence[Line], roles: Sequence[Role]) -> list[bool]:
    """Plain headings: a short line that follows the end of something and has sentences, items or another heading below."""
    spaced = is_spaced(lines, roles)
    depth = [0] * (len(lines) + 1)
    for i in range(len(lines) - 1, -1, -1):
        if not _may_be_heading(lines, roles, i):
            continue
        below = _next_text(roles, i)
        if below is None or not (spaced or is_plain_name(lines[i])):
            continue
        if _has_words_of_its_own(lines[below], spaced=spaced) or _has_fields(lines, roles, below):
            depth[i] = 1
        elif depth[below] and lines[below].gap:
            depth[i] = depth[below] + 1
    return [0 < depth[i] <= HEADINGS_IN_A_ROW for i in range(len(lines))]


def is_spaced(lines: Sequence[Line], roles: Sequence[Role]) -> bool:
    """Whether paragraphs are set apart by blank lines; items of a list may stand close."""
    prose = [
        line
        for line, role in zip(lines, roles, strict=True)
        if role == "text" and is_prose(line) and not line.mark and not line.row
    ]
    return sum(line.gap for line in prose) >= SPACED_SHARE * len(prose)


def is_plain_name(line: Line) -> bool:
    """Where no blank lines help, only a few words without any pause are a heading."""
    words = compact(line.words) if _SPACED_OUT.fullmatch(line.words) else line.words
    return len(words) <= UNSPACED_HEADING_CHARS and not re.search(r"[，,、\s]", words)


def _may_be_heading(lines: Sequence[Line], roles: Sequence[Role], i: int) -> bool:
    line = lines[i]
    if roles[i] != "text" or line.mark or line.level or not is_short(line) or _NO_HEADING.search(line.words):
        return False
    return line.gap or i == 0 or roles[i - 1] != "text" or ends_sentence(lines[i - 1].text)


def _has_words_of_its_own(line: Line, *, spaced: bool) -> bool:
    if line.mark or line.level or line.row or is_colon_line(line):
        return True
    return is_prose(line) if spaced else len(line.text) > HEADING_CHARS


def _has_fields(lines: Sequence[Line], roles: Sequence[Role], i: int) -> bool:
    """地址：… over 电话：…: lines of a name and what it is, at least two."""
    after = _next_text(roles, i)
    return bool(
        after is not None
        and not lines[after].gap
        and all(_FIELD.match(lines[n].text) and not lines[n].mark for n in (i, after))
    )


def _next_text(roles: Sequence[Role], i: int) -> int | None:
    """The next line that is text, unless a work or navigation stands between."""
    for j in range(i + 1, len(roles)):
        if roles[j] == "text":
            return j
        if roles[j] != "markup":
            return None
    return None
