"""Lines of a canonical text and what each one looks like on its own: marks, dates, fields, sentences.

Everything here looks at one line; what a line means among its neighbours is decided in works.py and outline.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

HEADING_CHARS = 40  # a longer line is a sentence, or the title of a whole work
TITLE_CHARS = 80  # official titles name an occasion, two meetings and a kind

_DIGITS = "零一二三四五六七八九"
_NUMBER = r"[一二三四五六七八九十百千零〇○两\d]{1,9}"  # more digits are no number of a clause
_SPACED_NUMBER = r"[一二三四五六七八九十百千零〇○两\d](?:[ \u3000\xa0]*[一二三四五六七八九十百千零〇○两\d]){0,8}"
_BOLD = r"(?:\*\*|__)?"

# Ranks of numbered headings, from the outside in; 条 is the clause itself.
RANKS = {"部分": 0, "编": 1, "篇": 1, "分编": 2, "章": 3, "节": 4, "条": 9}

_NUMBERED = re.compile(
    rf"{_BOLD}第[ \u3000\xa0]*(?P<number>{_SPACED_NUMBER})[ \u3000\xa0]*(?P<unit>部分|分编|编|篇|章|节|条)(?P<sub>之{_NUMBER})?{_BOLD}"
)
# Style of a list mark -> its pattern; the group is the number.
_LIST_MARKS = {
    "（一）": re.compile(rf"{_BOLD}[(（〔]\s*([一二三四五六七八九十百]{{1,9}})\s*[)）〕]"),
    "（1）": re.compile(rf"{_BOLD}[(（]\s*(\d{{1,3}})\s*[)）]"),
    "一、": re.compile(rf"{_BOLD}([一二三四五六七八九十百]{{1,9}})\s*(?:、|[.．](?!\d))"),
    "1、": re.compile(rf"{_BOLD}(\d{{1,3}})\s*、"),
    "1.": re.compile(rf"{_BOLD}(\d{{1,3}})\s*[.．](?!\d)"),
    "1）": re.compile(rf"{_BOLD}(\d{{1,3}})[)）]"),
    "①": re.compile(r"([①-⑳])"),
}
_LIST_STARTS = frozenset("(（〔一二三四五六七八九十百*_") | frozenset(
    "0123456789０１２３４５６７８９①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
)
# Numbers in one character, ⑴ ⒈ ㈠, are spelled out before they are looked at.
_ONE_CHARACTER_MARK = re.compile(r"[⑴-⒛㈠-㈩]")
# 第十二条规定的 or 第一条、第二条所称 begins a sentence about an article, not an article.
_REFERENCE = re.compile(
    r"规定|所列|所称|所指|所述|确定|[的、至和或及与中到]|第|以[外上下内]|之[外间]|[一二三四五六七八九十]款"
)

_MARKDOWN_HEADING = re.compile(r"(#{1,6})[ \t\u3000\xa0]+(?=\S)")
_MARKUP = re.compile(r"#{1,6}|[-*_=]{3,}|<!--(?:(?!-->).)*-->|`{3,}\w*")
_DATE = re.compile(
    r"(?P<year>(?:19|20)\d\d)\s*[-年/.．]\s*(?P<month>1[0-2]|0?[1-9])(?!\d)(?:\s*[-月/.．]\s*(?P<day>[12]\d|3[01]|0?[1-9])(?!\d))?"
)
_HAN_DATE = re.compile(
    r"(?P<year>[一二][一二三四五六七八九〇零○Ｏ]{3})年(?P<month>[一二三四五六七八九十]{1,2})月(?:(?P<day>[一二三四五六七八九十]{1,3})日)?"
)
_DATE_LINE = re.compile(
    r"[(（]?(?:(?:19|20)\d\d|[一二][一二三四五六七八九〇零○Ｏ]{3})\s*[-年/.．][\d一二三四五六七八九十\s\-年月日/.．:：]*[)）]?"
)

_SENTENCE_END = re.compile(r"[。！？!?；;…][”’」』）)》\"*]*$")
_SENTENCE_MARK = re.compile(r"[。！？!?；;]")
_WORD = re.compile(r"[^\W\d_]")
_LIST_BULLET = re.compile(r"[-*+>|•·●◆■]\s")
FIELD = re.compile(r"[^\s，。；：:,;、]{1,12}\s*[:：]\s*\S")


@dataclass(frozen=True, slots=True)
class Mark:
    """The number a line begins with. text is as printed, spaces out, brackets full-width."""

    style: str  # a unit of RANKS or a style of list mark
    ordinal: int
    sub: int  # 第一百二十条之二 -> 2; 0 for none
    text: str
    end: int  # offset in the document after the mark and the spaces that follow it

    @property
    def rank(self) -> int | None:
        return RANKS.get(self.style)

    @property
    def label(self) -> str:
        return self.text.rstrip("、.．")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank; text == document.text[start:end], without the spaces around it."""

    start: int
    end: int
    text: str
    gap: bool  # nothing or a blank line stands before it
    level: int  # number of # before a Markdown heading, or as a word processor styled it; 0 for none
    content: int  # offset after the #
    mark: Mark | None
    row: bool = False  # of a table

    @property
    def words(self) -> str:
        """Without # and emphasis around the whole line."""
        words = self.text[self.content - self.start :].rstrip("#").strip()
        if len(words) > 4 and words.startswith("**") and words.endswith("**") and "**" not in words[2:-2]:
            return words[2:-2].strip()
        return words

    @property
    def heading(self) -> str:
        """Without # and mark."""
        if self.mark is None:
            return self.words
        return self.text[self.mark.end - self.start :].rstrip("#").strip().removesuffix("**").strip()


def read_lines(text: str, headings: Mapping[int, int] = MappingProxyType({}), rows: Collection[int] = ()) -> list[Line]:
    """headings: level by the offset of the line, where the file itself said so. rows: offsets of the lines of tables."""
    found = list(_lines(text))
    if not headings and not rows:
        return found
    return [
        replace(line, mark=None, level=0, content=line.start, row=True)
        if line.start in rows
        else replace(line, level=headings.get(line.start, line.level))
        for line in found
    ]


def _lines(text: str) -> Iterator[Line]:
    position, gap = 0, True
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            start = position + len(raw) - len(raw.lstrip())
            yield _line(start, stripped, gap)
        gap = not stripped
        position += len(raw) + 1


def _line(start: int, text: str, gap: bool) -> Line:
    heading = _MARKDOWN_HEADING.match(text) if text[0] == "#" else None
    offset = heading.end() if heading else 0
    return Line(
        start=start,
        end=start + len(text),
        text=text,
        gap=gap,
        level=len(heading[1]) if heading else 0,
        content=start + offset,
        mark=_mark(text, start, offset),
    )


def _mark(text: str, start: int, offset: int) -> Mark | None:
    if _ONE_CHARACTER_MARK.match(text, offset):
        return _one_character_mark(text, start, offset)
    first = text[offset]
    if first == "第" or text.startswith(("**第", "__第"), offset):
        return _numbered_mark(text, start, offset)
    if first not in _LIST_STARTS:
        return None
    for style, pattern in _LIST_MARKS.items():
        if found := pattern.match(text, offset):
            printed = text[offset : found.end()]
            return Mark(style, number(found[1]), 0, _printed(printed), start + _after_spaces(text, found.end()))
    return None


def _one_character_mark(text: str, start: int, offset: int) -> Mark | None:
    spelled = unicodedata.normalize("NFKC", text[offset])
    for style, pattern in _LIST_MARKS.items():
        if found := pattern.fullmatch(spelled):
            return Mark(style, number(found[1]), 0, _printed(spelled), start + _after_spaces(text, offset + 1))
    return None


def _numbered_mark(text: str, start: int, offset: int) -> Mark | None:
    found = _NUMBERED.match(text, offset)
    if not found:
        return None
    sub = number(found["sub"][1:]) if found["sub"] else 0
    printed = found[0]
    return Mark(
        found["unit"],
        number(compact(found["number"])),
        sub,
        _printed(printed),
        start + _after_spaces(text, found.end()),
    )


def _after_spaces(text: str, offset: int) -> int:
    while offset < len(text) and text[offset].isspace():
        offset += 1
    return offset


def _printed(mark: str) -> str:
    return compact(mark).strip("*_").translate(str.maketrans("()〔〕", "（）（）"))


def compact(text: str) -> str:
    """Without any space: 备 注 -> 备注; to compare and to label."""
    return "".join(text.split())


def number(text: str) -> int:
    """一百二十 -> 120, 十八 -> 18, 二〇一八 -> 2018, １２ -> 12, ③ -> 3."""
    if "①" <= text <= "⑳":
        return ord(text) - ord("①") + 1
    if text.isdecimal():
        return int(text)
    if not set(text) & set("十百千"):
        return int("".join(str(max(_DIGITS.find(_plain_digit(c)), 0)) for c in text))
    total = digit = 0
    for character in text:
        if unit := {"十": 10, "百": 100, "千": 1000}.get(character):
            total += (digit or 1) * unit
            digit = 0
        else:
            digit = int(character) if character.isdecimal() else max(_DIGITS.find(_plain_digit(character)), 0)
    return total + digit


def _plain_digit(character: str) -> str:
    return {"两": "二", "〇": "零", "○": "零", "Ｏ": "零"}.get(
        character, _DIGITS[int(character)] if character.isdecimal() else character
    )


def is_article(line: Line, last: tuple[int, int] | None) -> bool:
    """Whether a line that begins with 第X条 opens an article, after the article `last` (number, 之)."""
    mark = line.mark
    if mark is None or mark.style != "条":
        return False
    spaced = (
        mark.end == line.end
        or line.text[mark.end - line.start - 1].isspace()
        or line.text[mark.end - line.start] in "【[（(：:"
    )
    this = (mark.ordinal, mark.sub)
    follows = last is None or mark.ordinal == 1 or this in {(last[0] + 1, 0), (last[0], last[1] + 1)}
    if spaced:
        return follows or this > (last or (0, 0)) or not _REFERENCE.match(line.text, mark.end - line.start)
    return follows and not _REFERENCE.match(line.text, mark.end - line.start)


def is_markup(line: Line) -> bool:
    return not line.row and _MARKUP.fullmatch(line.text) is not None


def ends_sentence(text: str) -> bool:
    return _SENTENCE_END.search(text[-8:]) is not None


def is_prose(line: Line) -> bool:
    """Says something: too long for a heading, or punctuated like a sentence."""
    return line.row or len(line.text) > HEADING_CHARS or _SENTENCE_MARK.search(line.text) is not None


def is_short(line: Line) -> bool:
    """Could be a heading or a piece of navigation: short words without the punctuation of a sentence."""
    text = line.words
    return (
        not line.row
        and 0 < len(text) <= HEADING_CHARS
        and not _SENTENCE_MARK.search(text)
        and text[-1] not in "，,、：:"
        and text.count("，") + text.count(",") <= 1
        and _WORD.search(text) is not None
        and not FIELD.match(text)
        and not _LIST_BULLET.match(text)
        and "|" not in text
        and not is_date(text)
    )


def is_colon_line(line: Line) -> bool:
    """首先,我们共同倡议率先做到:"""
    text = line.words
    return (
        not line.row
        and 2 < len(text) <= HEADING_CHARS
        and text.endswith(("：", ":"))
        and not _SENTENCE_MARK.search(text)
    )


def is_date(text: str) -> bool:
    return _DATE_LINE.fullmatch(text) is not None


def find_date(text: str) -> str:
    """The first date in a text: 2018-09-02, 2018-09 or ""."""
    found = _DATE.search(text)
    if found:
        parts = [int(found[part]) for part in ("year", "month", "day") if found[part]]
    elif found := _HAN_DATE.search(text):
        parts = [number(found[part]) for part in ("year", "month", "day") if found[part]]
    else:
        return ""
    return "-".join(f"{part:02d}" for part in parts)
