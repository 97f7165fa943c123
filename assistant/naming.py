"""Which work and which section a question names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.terms import NAMED, in_order
from vectorstore.archive import Archive, Heading, WorkTitle, short_title
from vectorstore.passage import Document, Section

ALIKE = 3  # characters in a row that a heading of the named work must share with the question to be meant
_LEAD_IN = re.compile(
    r"^(请问|问一下|想问|我?想知道|我想了解|查一下|看一下|根据|按照?|依据|依照|关于|那么?|中华人民共和国)+"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A section that a question names."""

    document: Document
    section: Section
    subject: str  # as it is shown: 业务范围
    named: str  # the words of the question that named it


def named_works(text: str, archive: Archive, scope: Sequence[str] | None) -> list[WorkTitle]:
    """The works whose title, or a title without the country's name in front, stands in the question; longest first."""
    standing = [archive.work_titles[place] for place in archive.titles_called.standing_in(text)]
    found = [work for work in standing if scope is None or work.document in scope]
    if not found:  # 倡议书 for 《…倡议书》, when there is only one
        named = [work for kind, works in archive.works_by_kind.items() if kind in text for work in works]
        of_kind = [work for work in named if scope is None or work.document in scope]
        return of_kind if len(of_kind) == 1 else []
    longest = max(len(short_title(work.words)) for work in found)
    return in_force([work for work in found if len(short_title(work.words)) == longest])


def abbreviated(named: str, archive: Archive, scope: Sequence[str] | None) -> list[WorkTitle]:
    """The works whose title a short name may stand for: 食安法 for 食品安全法, but 保护法 not for 保护法实施办法, and no 法 for 办法."""
    name = _LEAD_IN.sub("", named)
    found = [
        work
        for work in archive.work_titles
        if (scope is None or work.document in scope)
        and name
        and short_title(work.words)[:1] == name[0]
        and name not in work.words
        and abbreviates(name, short_title(work.words))
        and name.endswith("办法") == work.words.endswith("办法")
    ]
    return in_force(found)


def in_force(works: Sequence[WorkTitle]) -> list[WorkTitle]:
    """Of several versions of a work the newest; an old one alone, when it is all there is."""
    return [work for work in works if not work.work.replaced_by] or list(works)


def without_lead_in(name: str) -> str:
    return _LEAD_IN.sub("", name)


def without_titles(text: str, works: Sequence[WorkTitle]) -> str:
    """安全生产法第四十六条 names no chapter 安全生产."""
    for work in works:
        text = text.replace(short_title(work.words), " ")
    return text


def named_headings(
    text: str, archive: Archive, works: Sequence[WorkTitle], scope: Sequence[str] | None, *, alike: bool
) -> list[tuple[str, Heading]]:
    """The longest heading that stands in the question, and the words that named it: several when works have one alike.

    alike: when none stands there, take a heading that shares ALIKE characters in a row with the question.
    """
    inside = {(work.document, work.work.number) for work in works}
    standing = [(name, archive.headings[place]) for place, name in archive.headings_called.standing_in(text).items()]
    found = [(name, heading) for name, heading in standing if scope is None or heading.document in scope]
    if inside and any((heading.document, heading.work) in inside for _, heading in found):
        found = [(name, heading) for name, heading in found if (heading.document, heading.work) in inside]
    if not found and alike and (len(inside) == 1 or len(archive.work_titles) <= NAMED):
        likely = [h for h in archive.headings if not inside or (h.document, h.work) in inside]
        found = _alike([h for h in likely if scope is None or h.document in scope], text)
    longest = max((len(name) for name, _ in found), default=0)
    return [(name, heading) for name, heading in found if len(name) == longest]


def target_of(name: str, heading: Heading, archive: Archive) -> Target:
    """The section of a heading, named by these words."""
    document = archive.document(heading.document)
    assert document is not None
    section = document.sections[heading.section]
    # 首先 and 三 say nothing by themselves; the words of the heading do
    bare = heading.label == section.mark.rstrip("、.．")
    subject = section.heading.strip(" :：") if bare else heading.label
    return Target(document, section, subject, name)


def _alike(headings: Sequence[Heading], text: str) -> list[tuple[str, Heading]]:
    shared = [(_longest_shared(heading.words, text), heading) for heading in headings]
    alike = [(run, heading) for run, heading in shared if len(run) >= ALIKE]
    begun = [(run, heading) for run, heading in alike if heading.words.startswith(run)]  # aaa级 begins no aaaa级机构
    longest = max((len(run) for run, _ in alike), default=0)
    return begun if any(len(run) == longest for run, _ in begun) else alike


def _longest_shared(a: str, b: str) -> str:
    match = SequenceMatcher(None, a, b, autojunk=False).find_longest_match()
    return a[match.a : match.a + match.size]


def abbreviates(word: str, name: str) -> bool:
    """协会 and 质检协会 stand for 中国质量检验协会: all its characters in order, the last one last."""
    return word[-1:] == name[-1:] and in_order(word, name)
