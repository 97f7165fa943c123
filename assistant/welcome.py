"""What is on file, and what to ask of it: for greetings, and wherever an example helps."""

from __future__ import annotations

from assistant import strings
from assistant.validity import shown_title
from vectorstore.archive import Archive

TITLES = 6  # named in a greeting


def titles(archive: Archive) -> str:
    """The first works' titles, and how many there are in all when there are more."""
    named = list(dict.fromkeys(shown_title(work.work.title) for work in archive.work_titles))
    rest = strings.MORE_TITLES.format(count=len(named)) if len(named) > TITLES else ""
    return "".join(named[:TITLES]) + rest


def example(archive: Archive) -> str:
    """A question that the first document answers: about the section with the most items, or its first heading."""
    if not archive.document_ids:
        return ""
    document = archive.document(archive.document_ids[0])
    assert document is not None
    lists = {
        section.number: sum(child.parent == section.number and child.kind == "item" for child in document.sections)
        for section in document.sections
        if section.heading
    }
    if not lists:
        return strings.EXAMPLE_PLAIN.format(heading=document.title or document.works[0].title.strip("〔〕"))
    longest = max(lists, key=lambda n: lists[n])
    template = strings.EXAMPLE if lists[longest] >= 2 else strings.EXAMPLE_PLAIN
    return template.format(heading=document.sections[longest].label)
