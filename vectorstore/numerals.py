"""Numbers as official texts write them: 十八, 一百二十, 二〇一八, １８, 18."""

from __future__ import annotations

import unicodedata

_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
NUMERAL = "[0-9０-９〇零一二三四五六七八九十百千万两]"


def number(text: str) -> int | None:
    """十八 -> 18, 一百零二 -> 102, 二〇一八 -> 2018, １８ -> 18, 一百亿 -> 10000000000; None for anything else."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text or len(text) > 12:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    if all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    millions, mark, rest = text.rpartition("亿")
    if mark:
        parts = number(millions), number(rest) if rest else 0
        return None if parts[0] is None or parts[1] is None else parts[0] * 100_000_000 + parts[1]
    return _with_units(text)


def _with_units(text: str) -> int | None:
    total = section = digit = 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        elif c in _UNITS:
            section, digit = section + (digit or 1) * _UNITS[c], 0
        else:
            return None
    return total + section + digit
