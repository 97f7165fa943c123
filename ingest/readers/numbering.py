"""The numbers that Word draws before paragraphs: 第三条, （二）, 1. They stand in no text of the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from docx.document import Document
from docx.oxml.ns import qn
from lxml.etree import _Element as Element

from ingest.blocks import BULLET

_DIGITS = "〇一二三四五六七八九"
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    form: str  # decimal, chineseCounting, bullet, …
    text: str  # 第%1条
    start: int
    spaced: bool  # a tab or space stands behind the number
    plain: bool  # numbers of outer levels are drawn as figures (isLgl)
    after: int = (
        9  # begins again below levels up to this, from 1; 0 for never: articles are counted on through chapters
    )


@dataclass
class Numbering:
    """Definitions of a document's lists, and how far each has counted."""

    levels: dict[tuple[str, int], Level] = field(default_factory=dict)  # by list and level
    abstract: dict[str, str] = field(default_factory=dict)  # list -> the definition that counts for it
    styles: dict[str, tuple[str, int]] = field(default_factory=dict)  # paragraph style -> list and level
    based: dict[str, str] = field(default_factory=dict)
    counts: dict[tuple[str, int], int] = field(default_factory=dict)  # by definition and level

    @classmethod
    def of(cls, document: Document) -> Numbering:
        found = cls()
        found._read_styles(document)
        part = next((r.target_part for r in document.part.rels.values() if r.reltype.endswith("/numbering") and not r.is_external), None)  # fmt: skip
        root = getattr(part, "element", None)
        if root is not None:
            found._read(root)
        return found

    def _read_styles(self, document: Document) -> None:
        for style in document.styles.element.iterfind(qn("w:style")):
            key = style.get(qn("w:styleId"), "")
            based = style.find(qn("w:basedOn"))
            if based is not None:
                self.based[key] = based.get(qn("w:val"), "")
            told = _told(style)
            if told is not None:
                self.styles[key] = (told[0], told[1] or 0)

    def _read(self, root: Element) -> None:
        definitions = {d.get(qn("w:abstractNumId"), ""): d for d in root.iterfind(qn("w:abstractNum"))}
        for number in root.iterfind(qn("w:num")):
            key = number.get(qn("w:numId"), "")
            reference = number.find(qn("w:abstractNumId"))
            name = reference.get(qn("w:val"), "") if reference is not None else ""
            if name not in definitions:
                continue
            self.abstract[key] = name
            for level in definitions[name].iterfind(qn("w:lvl")):
                self._add(key, level)
            for override in number.iterfind(qn("w:lvlOverride")):
                self.abstract[key] = f"{name}/{key}"  # counts by itself
                for level in override.iterfind(qn("w:lvl")):
                    self._add(key, level)
                self._restart(key, override)

    def _add(self, key: str, level: Element) -> None:
        n = _integer(level.get(qn("w:ilvl")), 0)
        self.levels[key, n] = Level(
            _value(level, "w:numFmt", "decimal"),
            _value(level, "w:lvlText", ""),
            _integer(_value(level, "w:start", "1"), 1),
            _value(level, "w:suff", "tab") != "nothing",
            level.find(qn("w:isLgl")) is not None,
            _integer(_value(level, "w:lvlRestart", ""), 9),
        )
        style = _value(level, "w:pStyle", "")
        if style:
            self.styles.setdefault(style, (key, n))

    def _restart(self, key: str, override: Element) -> None:
        n = _integer(override.get(qn("w:ilvl")), 0)
        start = _value(override, "w:startOverride", "")
        if start and (level := self.levels.get((key, n))):
            self.levels[key, n] = replace(level, start=_integer(start, 1))

    def next(self, paragraph: Element, style: str) -> str:
        """What is drawn before this paragraph, and counts it; one sign for every bullet, "" for nothing."""
        place = self._place(paragraph, style)
        if place is None or place not in self.levels:
            return ""
        key, n = place
        counted = self.abstract.get(key, key)
        level = self.levels[place]
        self.counts[counted, n] = self.counts.get((counted, n), level.start - 1) + 1
        for deeper in range(n + 1, 9):
            if n < self.levels.get((key, deeper), level).after:
                self.counts.pop((counted, deeper), None)
        if level.form == "bullet":
            return BULLET
        if level.form == "none":
            return ""

        def number(match: re.Match[str]) -> str:
            outer = int(match[1]) - 1
            shown = self.levels.get((key, outer), level)
            value = self.counts.get((counted, outer), shown.start)
            return as_text(value, "decimal" if level.plain and outer < n else shown.form)

        text = _PLACE.sub(number, level.text)
        return text + (" " if level.spaced and text else "")

    def _place(self, paragraph: Element, style: str) -> tuple[str, int] | None:
        told = _told(paragraph)
        inherited = self._of_style(style)
        if told is None:
            return inherited
        key, n = told
        if key == "0":  # taken off
            return None
        return (key or (inherited[0] if inherited else ""), n if n is not None else inherited[1] if inherited else 0)

    def _of_style(self, style: str) -> tuple[str, int] | None:
        for _ in range(20):
            if style in self.styles:
                key, n = self.styles[style]
                return None if key == "0" else (key, n)
            style = self.based.get(style, "")
        return None


def _told(element: Element) -> tuple[str, int | None] | None:
    """List and level that a paragraph or style names itself."""
    properties = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
    if properties is None:
        return None
    key, level = properties.find(qn("w:numId")), properties.find(qn("w:ilvl"))
    return (
        key.get(qn("w:val"), "") if key is not None else "",
        _integer(level.get(qn("w:val")), 0) if level is not None else None,
    )


def _value(element: Element, tag: str, default: str) -> str:
    found = element.find(qn(tag))
    return str(found.get(qn("w:val"), default)) if found is not None else default


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 8 else default


def as_text(value: int, form: str) -> str:
    """3 as decimal: 3, chineseCounting: 三, upperLetter: C, decimalEnclosedCircle: ③."""
    return _FORMS.get(form, str)(value)


def chinese(value: int) -> str:
    """十八, 一百二十, 一百零二; up to 9999."""
    if not 0 < value < 10_000:
        return str(value)
    out, zero = "", False
    for unit, mark in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            out += ("零" if zero and out else "") + _DIGITS[digit] + mark
            zero = False
        else:
            zero = True
    return out[1:] if out.startswith("一十") else out


def _digits(value: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(value))


def _letters(value: int) -> str:
    return chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1) if 0 < value < 1000 else str(value)


def _roman(value: int) -> str:
    out = ""
    for worth, mark in ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):  # fmt: skip
        count, value = divmod(value, worth) if value < 10_000 else (0, value)
        out += mark * count
    return out


def _circled(value: int) -> str:
    return chr(0x245F + value) if 0 < value <= 20 else str(value)


_FORMS: dict[str, Callable[[int], str]] = {
    "chineseCounting": chinese,
    "chineseCountingThousand": chinese,
    "chineseLegalSimplified": chinese,
    "japaneseCounting": chinese,
    "taiwaneseCounting": chinese,
    "taiwaneseCountingThousand": chinese,
    "ideographDigital": _digits,
    "japaneseDigitalTenThousand": _digits,
    "taiwaneseDigital": _digits,
    "koreanDigital": _digits,
    "lowerLetter": _letters,
    "upperLetter": lambda value: _letters(value).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda value: _roman(value).upper(),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalZero": lambda value: f"{value:02d}",
    "decimalFullWidth": lambda value: str(value).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
}
