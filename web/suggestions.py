"""Questions to offer, made from the documents' own headings; only ones that are answered are ever shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, zip_longest

from vectorstore.archive import Archive
from vectorstore.passage import Document, Section, Work
from web.strings import Strings

LIST = 3  # items that make a section a list
STARTERS = 6
LOOKED_AT = 12  # documents: a visitor must not wait for a thousand to be read
FOLLOW_UPS = 3
LONGEST = 20  # characters of a heading that still reads well in a question


def starters(archive: Archive, t: Strings, answered: Callable[[str], bool]) -> list[str]:
    """Questions to begin with, from as many works as there are: the lists first, then the other sections."""
    first = islice(archive.documents(), LOOKED_AT)
    offers = [_questions(document, work, t) for document in first for work in document.works]
    in_turn = (question for row in zip_longest(*offers) for question in row if question)
    return list(islice(filter(answered, dict.fromkeys(in_turn)), STARTERS))


def follow_ups(
    cited: Iterable[tuple[str, int, int]], archive: Archive, t: Strings, answered: Callable[[str], bool]
) -> list[str]:
    """What stands next to, above and after the places cited (document, start, end)."""
    places = list(cited)
    if not places:
        return []
    name, start, end = places[-1]
    document = archive.document(name)
    if not document:
        return []
    cited_sections = {s.number for s in (innermost(document, a, b) for d, a, b in places if d == name) if s}
    section = innermost(document, start, end)
    near = [s for s in _near(document, section) if s.number not in cited_sections] if section else []
    questions = [question_about(document, s, t) for s in near]
    # A text without sections has no neighbours: what else the document holds will do.
    questions += [] if section else [question for work in document.works for question in _questions(document, work, t)]
    return list(islice(filter(answered, dict.fromkeys(questions)), FOLLOW_UPS))


def innermost(document: Document, start: int, end: int) -> Section | None:
    holding = [s for s in document.sections if s.start <= start and end <= s.end]
    return max(holding, key=lambda s: (s.start, -s.end), default=None)


def question_about(document: Document, section: Section, t: Strings) -> str:
    """业务范围有哪些？ 业务范围第八项是什么？ 宗旨是什么？ "" when the section has no name to ask for."""
    if section.kind == "item" and section.ordinal and section.parent is not None:
        above = document.sections[section.parent]
        return t.starter_item.format(heading=above.label, n=section.ordinal) if above.label else ""
    heading = _name(section)
    if not heading or len(heading) > LONGEST:
        return ""
    if _items(document, section) >= LIST:
        return t.starter_list.format(heading=heading)
    return (t.starter_plain if section.kind == "heading" else t.starter_more).format(heading=heading)


def _questions(document: Document, work: Work, t: Strings) -> list[str]:
    named = [s for s in document.sections if s.work == work.number and s.kind != "item" and _name(s)]
    asked = [question_about(document, s, t) for s in sorted(named, key=lambda s: _items(document, s) < LIST)]
    if not asked:
        asked = [t.starter_plain.format(heading=work.title.strip("〔〕《》"))]
    return [question for question in asked if question]


def _name(section: Section) -> str:
    """业务范围; "" for an item without a heading, and for a heading known by its mark alone (首先, 同时)."""
    if not section.heading or section.label == section.mark:
        return ""
    return section.label.rpartition("·")[2]


def _items(document: Document, section: Section) -> int:
    return sum(child.parent == section.number and child.kind == "item" for child in document.sections)


def _near(document: Document, section: Section) -> Iterator[Section]:
    siblings = [s for s in document.sections if s.parent == section.parent and s.work == section.work]
    here = siblings.index(section)
    yield from siblings[here + 1 : here + 3]
    if section.parent is not None:
        yield document.sections[section.parent]
    yield from siblings[max(here - 1, 0) : here]
    if section.parent is not None:
        above = document.sections[section.parent]
        yield from (s for s in document.sections if s.parent == above.parent and s.work == section.work and s.number > above.number)  # fmt: skip
