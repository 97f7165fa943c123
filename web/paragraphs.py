"""A canonical text as paragraphs for reading: every character in its place, quotes marked, headings told from words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vectorstore.passage import Document, Section, Work

Kind = Literal["words", "heading", "item", "muted"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a paragraph that is marked as a whole or not at all."""

    text: str
    quote: int | None  # position of its quote among the quotes asked for; None: not marked
    first: bool = False  # the quote begins here
    last: bool = False  # the quote ends here


@dataclass(frozen=True, slots=True)
class Paragraph:
    start: int
    kind: Kind
    pieces: tuple[Piece, ...]
    sections: tuple[Section, ...]  # those that begin here, for anchors
    work: Work | None  # the work that begins here

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def paragraphs(document: Document, quotes: Sequence[tuple[int, int]] = ()) -> Iterator[Paragraph]:
    """The lines of document.text that are not empty. quotes must not overlap; see `apart`."""
    starts = _lines(document.text)
    works = list(document.works)
    for start, end in starts:
        inside = tuple(s for s in document.sections if start <= s.start < end)
        work = works.pop(0) if works and works[0].start < end else None
        yield Paragraph(start, _kind(document, start, end, inside), tuple(_pieces(document.text, start, end, quotes)), inside, work)  # fmt: skip


def apart(quotes: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The quotes that lie in the text, each once; one that overlaps an earlier one is left out."""
    kept: list[tuple[int, int]] = []
    for start, end in quotes:
        if 0 <= start < end <= length and all(end <= a or b <= start for a, b in kept):
            kept.append((start, end))
    return kept


def _lines(text: str) -> list[tuple[int, int]]:
    found, start = [], 0
    for line in text.split("\n"):
        if line.strip():
            found.append((start, start + len(line)))
        start += len(line) + 1
    return found


def _kind(document: Document, start: int, end: int, sections: Sequence[Section]) -> Kind:
    if any(s.kind == "heading" for s in sections):
        return "heading"
    words = document.text[start:end].strip()
    bare = sum(min(end, span.end) - max(start, span.start) for span in document.unindexed if span.start < end and start < span.end)  # fmt: skip
    if bare >= len(words):
        return "muted"
    return "item" if any(s.kind == "item" for s in sections) else "words"


def _pieces(text: str, start: int, end: int, quotes: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    here = start
    for a, b, nth in sorted((a, b, nth) for nth, (a, b) in enumerate(quotes) if a < end and start < b):
        left, right = max(a, start), min(b, end)
        if here < left:
            yield Piece(text[here:left], None)
        yield Piece(text[left:right], nth, first=left == a, last=right == b)
        here = right
    if here < end:
        yield Piece(text[here:end], None)
