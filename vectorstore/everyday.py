"""What official texts say for the words of every day: 老板 is 用人单位 there, 被开除 is 解除劳动合同.

A table of the project's own, models/everyday-zh/words.tsv, whose README says how it was made. Nothing is replaced: the official
words are searched for beside those that were typed, and count less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from vectorstore.normalise import normalise

FOLDER = Path(__file__).resolve().parent.parent / "models" / "everyday-zh"
NAME = "words.tsv"


def official(text: str) -> dict[str, tuple[str, ...]]:
    """房东不退押金 -> {房东: (出租人, …), 不退押金: (…)}: of a normalised text, the longest of its words, from the left; what the text
    itself says officially is left out.
    """
    table, longest = _table()
    found: dict[str, tuple[str, ...]] = {}
    position = 0
    while position < len(text):
        ends = range(min(len(text), position + longest), position + 1, -1)
        word = next((text[position:end] for end in ends if text[position:end] in table), "")
        if word and (others := tuple(other for other in table[word] if other not in text)):
            found[word] = others
        position += len(word) or 1
    return found


@cache
def _table() -> tuple[Mapping[str, tuple[str, ...]], int]:
    """The official words of each, likeliest first; the length of the longest."""
    table = {normalise(word): tuple(map(normalise, others)) for word, others in read_table(FOLDER)}
    return table, max(map(len, table))


def read_table(folder: Path) -> Iterator[tuple[str, list[str]]]:
    for line in (folder / NAME).read_text(encoding="utf-8").splitlines():
        word, others = line.split("\t")
        yield word, others.split("、")
