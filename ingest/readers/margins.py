"""Running heads and page numbers: what stands in the margins of pages is not part of their text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.readers.paragraphs import TextLine

EDGE_LINES = 3  # at the head and foot of a page that may be running heads
MARGIN = 0.12  # of the page's height, in which they stand
REPEATED = 2  # pages with the same line at the same height

# 一 is what a dash in a picture is taken for.
_PAGE_NUMBER = re.compile(
    r"[-—–－一·.\s]*(?:第\s*)?(?:\d{1,4}|[ivxlc]{1,7}|[一二三四五六七八九十百]{1,5})(?:\s*页)?\s*(?:[/／,，]?\s*(?:共|of)?\s*\d{1,4}\s*页?)?[-—–－一·.\s]*|Page\s+\d+(?:\s+of\s+\d+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The lines of one page. height: of the page, in points."""

    height: float
    lines: tuple[TextLine, ...]


def without_margins(leaves: Sequence[Leaf]) -> list[Leaf]:
    """Without page numbers, and without lines that stand at the same height of several pages with the same words."""
    seen: Counter[tuple[str, int]] = Counter()
    for leaf in leaves:
        seen.update({_key(line) for line in _edges(leaf)})
    running = {key for key, count in seen.items() if count >= max(REPEATED, len(leaves) // 4)}
    return [_without(leaf, running) for leaf in leaves]


def _without(leaf: Leaf, running: set[tuple[str, int]]) -> Leaf:
    edges = _edges(leaf)
    gone = {id(line) for line in edges if _near(_key(line), running)}
    outermost = [line for line in edges if id(line) not in gone]
    for line in outermost[:1] + outermost[-1:]:
        lowest = all(line.bottom <= other.bottom for other in leaf.lines)
        if lowest and _PAGE_NUMBER.fullmatch(line.text.strip()) and _stands_apart(line, leaf):
            gone.add(id(line))
    return replace(leaf, lines=tuple(line for line in leaf.lines if id(line) not in gone))


def _edges(leaf: Leaf) -> list[TextLine]:
    """What stands in the margins at head and foot."""
    ordered = sorted(leaf.lines, key=lambda line: -line.bottom)
    outermost = {id(line): line for line in (*ordered[:EDGE_LINES], *ordered[-EDGE_LINES:])}.values()
    return [line for line in outermost if not MARGIN * leaf.height < line.bottom < (1 - MARGIN) * leaf.height]


def _key(line: TextLine) -> tuple[str, int]:
    return re.sub(r"\d+", "#", "".join(line.text.split())), round(line.bottom / 4)


def _near(key: tuple[str, int], running: set[tuple[str, int]]) -> bool:
    return any((key[0], key[1] + shift) in running for shift in (-1, 0, 1))


def _stands_apart(line: TextLine, leaf: Leaf) -> bool:
    """In the margin, or set off from the text above it."""
    above = min((other.bottom - line.top for other in leaf.lines if other.bottom > line.top), default=leaf.height)
    return line.bottom < 0.1 * leaf.height or above > 1.5 * line.size
