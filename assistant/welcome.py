"""What is on file, and what to ask of it: for greetings, and wherever an example helps."""

from __future__ import annotations

from assistant import strings
from assistant.validity import shown_title
from vectorstore.archive import Archive

TITLES = 6  # named in a greeting
LOOKED_AT = 20  # documents, for an example


def titles(archive: Archive) -> str:
    """The first works' titles, and how many there are in all when there are more."""
    named = list(dict.fromkeys(shown_title(work.work.title) for work in archive.work_titles))
    rest = strings.MORE_TITLES.format(count=len(named)) if len(named) > TITLES else ""
    return "".join(named[:TITLES]) + rest


def example(archive: Archive) -> str:
    """A question that the documents answer: about the section with the most items, or the first heading."""
    if not archive.document_ids:
        return ""
    documents = [document for id in archive.document_ids[:LOOKED_AT] if (document := archive.document(id))]
    lists = [
        (sum(child.parent == section.number and child.kind == "item" for child in document.sections), section)
        for document in documents
        for section in document.sections
        if section.heading
    ]
    if not lists:
        return strings.EXAMPLE_PLAIN.format(heading=documents[0].title or documents[0].works[0].title.strip("〔〕"))
    count, section = max(lists, key=lambda found: found[0])
    bare = section.label == section.mark.rstrip("、.．")  # 四 names nothing
    template = strings.EXAMPLE if count >= 2 else strings.EXAMPLE_PLAIN
    return template.format(heading=section.heading.strip(" :：") if bare else section.label)
