"""Personal numbers out of what is kept: telephone, identity card, bank card, e-mail."""

from __future__ import annotations

import re
from collections.abc import Mapping

_GAP = "[ \u00a0\u3000\u200b-\u200d\u2060\ufeff·.\\-\u2010-\u2015]?"
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("〔邮箱〕", re.compile(r"[A-Za-z0-9._%+-]+\s?@\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    (
        "〔证件号〕",
        re.compile(rf"(?<![0-9])[1-9][0-9]{{5}}{_GAP}(?:18|19|20)[0-9]{{6}}{_GAP}[0-9]{{3}}[0-9Xx](?![0-9])"),
    ),
    ("〔银行卡号〕", re.compile(rf"(?<![0-9])[0-9]{{4}}(?:{_GAP}[0-9]{{4}}){{3}}(?:{_GAP}[0-9]{{1,3}})?(?![0-9])")),
    ("〔证件号〕", re.compile(r"(?<![0-9])[0-9]{17}[Xx](?![0-9A-Za-z])")),
    ("〔手机号〕", re.compile(rf"(?<![0-9])(?:(?:\+|00)?86{_GAP})?1{_GAP}[3-9](?:{_GAP}[0-9]){{9}}(?![0-9])")),
    (
        "〔电话〕",
        re.compile(
            rf"(?<![0-9])(?:\(0[0-9]{{2,3}}\)|(?:\+86{_GAP})?0[1-9][0-9]{{1,2}}){_GAP}[1-9][0-9]{{2,3}}{_GAP}[0-9]{{4}}(?![0-9])"
        ),
    ),
)
# Full width to half width, one character for one, so that places in the copy are places in the text.
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def masked(text: str, published: str = "") -> str:
    """`我的电话13800138000` -> `我的电话〔手机号〕`. Numbers that stand in the published words stay."""
    spans = [span for span in _personal(text) if not published or text[span[0] : span[1]] not in published]
    for start, end, name in reversed(spans):
        text = text[:start] + name + text[end:]
    return text


def _personal(text: str) -> list[tuple[int, int, str]]:
    """Where personal numbers stand, and what they are; first kind first, never two on one place."""
    if sum(character.isdigit() for character in text) < 7 and "@" not in text and "＠" not in text:
        return []
    plain = text.translate(_HALF)
    taken: list[tuple[int, int, str]] = []
    for name, pattern in _KINDS:
        for found in pattern.finditer(plain):
            if all(found.end() <= start or found.start() >= end for start, end, _ in taken):
                taken.append((found.start(), found.end(), name))
    return sorted(taken)


def digits_of(words: str) -> list[str]:
    plain = words.translate(_HALF)
    return [re.sub(r"[^0-9A-Za-z@.]", "", plain[start:end]) for start, end, _ in _personal(words)]


def masked_all(value: object, published: str, asked: set[str]) -> object:
    """The same value with personal numbers out of every string in it, pieces of the asked ones (from tokenising) too."""
    if isinstance(value, str):
        piece = value.translate(_HALF).strip()
        if len(piece) >= 2 and any(piece in number for number in asked):
            return "〔略〕"
        return masked(value, published)
    if isinstance(value, Mapping):
        return {
            str(masked_all(str(name), published, asked)): masked_all(item, published, asked)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked_all(item, published, asked) for item in value]
    return value
