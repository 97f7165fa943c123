"""The promise of every answer, checked from its JSON alone: exact quotes, a text made from its statements, sources it read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.render import render
from benchmarks.sets import Line
from vectorstore.archive import Archive


@dataclass(frozen=True, slots=True)
class Checked:
    """How many answers and citations were looked at, and what was wrong."""

    answers: int
    citations: int
    violations: tuple[str, ...]


def check_answers(answers: Iterable[Line], archive: Archive) -> Checked:
    answered, citations, wrong = 0, 0, []
    for answer in answers:
        answered += answer["status"] == "answered"
        citations += len(answer["citations"])
        wrong += [f"{answer.get('qid', answer['question'])}: {problem}" for problem in violations(answer, archive)]
    return Checked(answered, citations, tuple(wrong))


def violations(answer: Line, archive: Archive) -> list[str]:
    found: list[str] = []
    numbers = {citation["number"] for citation in answer["citations"]}
    statements = [(statement["text"], statement["citations"]) for statement in answer["statements"]]
    if answer["status"] == "answered" and not statements:
        found.append("answered without a statement")
    for text, cited in statements:
        if not cited or not set(cited) <= numbers:
            found.append(f"a statement without its citation: {text[:40]}")
    if (
        statements
        and render(statements, answer["form"], answer["subject"], answer["asked"], answer["english"]) != answer["text"]
    ):
        found.append("the text is not that of its statements")
    read = {hit["passage"] for hit in answer["hits"]}
    for citation in answer["citations"]:
        if not _exact(citation, archive):
            found.append(f"[{citation['number']}] is not the document's words: {citation['quote'][:40]}")
        if citation["passage"] not in read and not _listed(citation, answer, archive):
            found.append(f"[{citation['number']}] is from a passage that was not read: {citation['label']}")
    return found


def _exact(citation: Line, archive: Archive) -> bool:
    """The quote stands at its offsets, inside the passage it names."""
    document = archive.document(citation["document"])
    if document is None or document.text[citation["start"] : citation["end"]] != citation["quote"]:
        return False
    return any(
        passage.id == citation["passage"] and passage.start <= citation["start"] and citation["end"] <= passage.end
        for passage in document.passages
    )


def _listed(citation: Line, answer: Line, archive: Archive) -> bool:
    """A list or its count quotes all of a section, also what no search had found."""
    document = archive.document(citation["document"])
    if document is None or answer["form"] == "plain":
        return False
    return any(
        answer["subject"] in (section.label, section.heading.strip(" :："))  # 首先 is called by its words
        and section.start <= citation["start"]
        and citation["end"] <= section.end
        for section in document.sections
    )
