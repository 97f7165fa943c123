"""Sections in their own words: whole, from the beginning, item by item, or counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant import strings
from assistant.answer import Draft, Quote, Statement
from assistant.naming import Target
from vectorstore.passage import Document, Section
from vectorstore.sentences import phrases, sentences

_LINE = re.compile(r"[^\s][^\n]*")
_A_NAME = re.compile(r"[\w\u3400-\u9fff·（）()“”\"&-]{2,30}")
SECTION_CHARS = 160  # of a section's own beginning, when it is asked for as a whole


def items_of(document: Document, section: Section) -> list[Section]:
    """The items, articles or points directly below a section, when there are at least two of one kind; the names below a
    heading, a line each, when there is nothing else.
    """
    children = [child for child in document.sections if child.parent == section.number]
    for kind in ("item", "article", "point"):
        alike = [child for child in children if child.kind == kind]
        if len(alike) >= 2:
            return alike
    return _names_below(document, section) if section.kind == "heading" and not children else []


def _names_below(document: Document, section: Section) -> list[Section]:
    """Of those who were chosen, a line each: neither sentences nor menus."""
    lines = [*_LINE.finditer(document.text, section.body, section.end)]
    if len(lines) < 2 or not all(_A_NAME.fullmatch(line[0].strip()) for line in lines):
        return []
    return [
        replace(
            section, kind="item", mark="", ordinal=n, heading="", start=line.start(), body=line.start(), end=line.end()
        )
        for n, line in enumerate(lines, 1)
    ]


def told(document: Document, items: Sequence[Section]) -> Draft:
    """Single items, whole; a point by its heading and what follows it."""
    if len(items) == 1 and items[0].kind == "point" and (beginning := first_sentences(document, items[0])):
        return beginning
    return Draft(tuple(all_words(document, item) for item in items))


def all_words(document: Document, section: Section) -> Statement:
    """All words of an item or article, quoted passage by passage; of a point its heading."""
    end = section.body if section.kind == "point" else section.end
    quotes = _quotes(document, section.start, end)
    return Statement(" ".join(document.text[section.start : end].split()).rstrip("；;，,"), quotes)


def stated(document: Document, left: int, right: int) -> Statement:
    return Statement(document.text[left:right].strip(), _quotes(document, left, right))


def _quotes(document: Document, start: int, end: int) -> tuple[Quote, ...]:
    """text[start:end] as quotes, one for each passage that holds a part of it, white space at the ends left out."""
    found: list[Quote] = []
    for passage in document.passages:
        left, right = max(start, passage.start), min(end, passage.end)
        words = document.text[left:right] if left < right else ""
        if words.strip():
            found.append(
                Quote(passage, left + len(words) - len(words.lstrip()), right - len(words) + len(words.rstrip()))
            )
    return tuple(found)


def counting(target: Target, children: Sequence[Section]) -> Draft:
    """Every item by its mark alone, its words as the quote: the count is that of the statements."""
    statements = []
    for child in children:
        whole = all_words(target.document, child)
        statements.append(Statement(child.mark.rstrip("、.．") or whole.text.rstrip("。.！!"), whole.quotes))
    return Draft(tuple(statements), "count", target.subject)


def first_sentences(document: Document, section: Section, room: int = SECTION_CHARS) -> Draft | None:
    """A section's own leading sentences, cut at a comma when the first is very long."""
    kept: list[Statement] = []
    start = section.start if section.kind == "point" else section.body
    inside = [(p.start, p.end) for p in document.passages if start <= p.start and p.end <= section.end]
    for left, right in inside or [(start, section.end)]:
        for a, b in sentences(document.text, left, right):
            if b - a > room:
                if not kept:
                    kept.append(_cut(document, a, b, room))
                return Draft(tuple(s for s in kept if s.quotes))
            kept.append(stated(document, a, b))
            room -= b - a
    return Draft(tuple(s for s in kept if s.quotes)) if kept else None


def leading(document: Document, start: int, end: int, room: int) -> Statement | None:
    """The first sentence between two places, cut at a comma when it is long; a line of date and source is none."""
    for passage in document.passages:
        if start <= passage.start and passage.end <= end and re.search("[。！？；!?;]", passage.text):
            for left, right in sentences(document.text, passage.start, passage.end):
                if right - left > room:
                    return _cut(document, left, right, room)
                return stated(document, left, right)
    return None


def _cut(document: Document, left: int, right: int, room: int) -> Statement:
    """The leading phrases of a long sentence that fit, with …… for what is left out."""
    end = left
    for _, stop in phrases(document.text, left, right):
        if stop - left > room and end > left:
            break
        end = stop
    quotes = _quotes(document, left, end)
    words = document.text[left:end].rstrip("，,；;：:、")
    return Statement(words + strings.ELLIPSIS, quotes)


def headed(section: Section) -> str:
    """第三章 会员"""
    heading = section.heading.strip()
    return heading if heading.startswith(section.mark) else f"{section.mark} {heading}".strip()
