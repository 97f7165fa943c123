"""Sentences and clauses of Chinese text, as offsets, so that whatever is shown can be found again in the original."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A sentence ends at 。！？!? or a line end, with the closing quotes and brackets that follow. The Latin full stop ends none:
# in these texts it stands in 3.15, 1.2, www. and after item numbers.
_SENTENCE = re.compile(r"[^。！？!?\n]*(?:[。！？!?]+[”’」』）)》\"]*|\n|$)")
# Inside a sentence: at semicolons first, then at commas and colons.
_SEMICOLON = re.compile(r"[^；;]*(?:[；;]+[”’」』）)]*|$)")
_COMMA = re.compile(r"[^，,：:]*(?:[，,：:]+[”’」』）)]*|$)")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Offsets of the sentences of text[start:end], spaces around them left out."""
    return list(_pieces(_SENTENCE, text, start, len(text) if end is None else end))


def clauses(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Offsets of the parts of a sentence between semicolons."""
    return list(_pieces(_SEMICOLON, text, start, len(text) if end is None else end))


def phrases(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Offsets of the parts of a sentence between commas, semicolons and colons; quoted and bracketed words stay whole."""
    end = len(text) if end is None else end
    found: list[tuple[int, int]] = []
    for left, right in clauses(text, start, end):
        open_from: int | None = None
        for a, b in _pieces(_COMMA, text, left, right):
            begin = a if open_from is None else open_from
            if open_brackets(text[begin:b]):
                open_from = begin
                continue
            found.append((begin, b))
            open_from = None
        if open_from is not None:
            found.append((open_from, right))
    return found


def open_brackets(text: str) -> bool:
    """Does a bracket or quotation mark stand open at the end of a text?"""
    return any(text.count(left) > text.count(right) for left, right in ("“”", "（）", "()", "《》", "「」", "‘’"))


def _pieces(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    position = start
    while position < end:
        match = pattern.match(text, position, end)
        stop = match.end() if match and match.end() > position else end
        piece = text[position:stop]
        left, right = position + len(piece) - len(piece.lstrip()), position + len(piece.rstrip())
        if left < right:
            yield left, right
        position = stop
