"""Clauses to passages no longer than a limit: cut between lines, then between sentences, then inside a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from vectorstore.sentences import sentences

Range = tuple[int, int]

# Inside one sentence. The last, empty separator cuts anywhere: better than a passage nobody can read at once.
SEPARATORS = ["；", ";", "，", ",", "、", ""]


def pack(text: str, lines: Sequence[Range], limit: int) -> list[Range]:
    """The lines of a clause as few passages of about one length; each is text[start:end]."""
    if not lines:
        return []
    if lines[-1][1] - lines[0][0] <= limit:
        return [(lines[0][0], lines[-1][1])]
    units = [unit for line in lines for unit in _units(text, line, limit)]
    return list(_joined(units, limit))


def _units(text: str, line: Range, limit: int) -> Iterator[Range]:
    if line[1] - line[0] <= limit:
        yield line
        return
    for start, end in sentences(text, *line):
        if end - start <= limit:
            yield start, end
        else:
            yield from _cut_sentence(text, start, end, limit)


def _cut_sentence(text: str, start: int, end: int, limit: int) -> Iterator[Range]:
    # Imported when first needed: with it comes a third of a second that few documents ask for.
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        separators=SEPARATORS, keep_separator="end", chunk_size=_aim(end - start, limit), chunk_overlap=0
    )
    position = start
    for piece in splitter.split_text(text[start:end]):
        left = text.index(piece, position, end)  # nothing but spaces is left out between two pieces
        position = left + len(piece)
        yield left, position


def _joined(units: Sequence[Range], limit: int) -> Iterator[Range]:
    aim = _aim(units[-1][1] - units[0][0], limit)
    start, end = units[0]
    for left, right in units[1:]:
        if right - start > limit or end - start >= aim:
            yield start, end
            start = left
        end = right
    yield start, end


def _aim(length: int, limit: int) -> int:
    """Passages of one length read better than full ones and a remainder."""
    return math.ceil(length / math.ceil(length / limit))
