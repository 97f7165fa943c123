"""What the stages of an answer hand on: quotes, statements, a draft nobody has checked, and the checked answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from vectorstore.passage import Hit, Passage

Status = Literal["answered", "refused", "clarify", "chat", "error"]
# How the statements are set as text. One after the other: plain; section (the beginning of one, or of a work); where
# (asked for the place); yes, denied, corrected (asked to be affirmed); several (places that are meant alike); beyond (the last
# article, when one past it was asked for). A line or a mark each: list; among (those items of a list that hold a
# word); count (the list's marks alone); absent (the marks of a list that lacks the number asked for).
Form = Literal[
    "plain", "section", "where", "yes", "denied", "corrected", "several", "beyond", "list", "among", "count", "absent"
]


@dataclass(frozen=True, slots=True)
class Quote:
    """document.text[start:end], inside one passage."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said, and the words it rests on."""

    text: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer proposes. Nobody has checked it, so no page can show it."""

    statements: tuple[Statement, ...]
    form: Form = "plain"
    subject: str = ""  # what is listed, counted or summed up: 业务范围
    asked: str = ""  # what was asked for that is not there: 第20项, 2019年; or the word that the items hold
    why: str = ""  # why there are no statements, when structure alone tells: 没有收录《专利法》
    choices: tuple[str, ...] = ()  # questions this one may stand for; then there are no statements
    margin: float | None = None  # evidence above the bar of a refusal, in log-odds; None: structure alone decided


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote under its number in the answer."""

    number: int
    quote: Quote
    label: str  # of the innermost clause that holds the quote
    pages: tuple[int, ...] = ()  # of the file it stands on; none where the file has no pages

    @property
    def passage(self) -> Passage:
        return self.quote.passage


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person may read. Only `verify` and the refusals beside it make one."""

    question: str  # as asked
    searched: str  # after normalising, and made to stand alone
    status: Status
    text: str  # rendered from the statements and the strings alone
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    form: Form = "plain"
    subject: str = ""
    asked: str = ""
    generation: str = ""
    writer: str = "extractive"
    notices: tuple[str, ...] = ()
    english: bool = False  # asked in English: the quotes stand in an English sentence
    choices: tuple[str, ...] = ()  # what to ask instead, when clarify
    missing: tuple[str, ...] = ()  # words of the question that the documents do not hold, when refused
    margin: float | None = None  # of the draft; for people who check, no part of the contract
    milliseconds: Mapping[str, float] = field(default_factory=dict)

    def numbers(self, statement: Statement) -> list[int]:
        """The citation numbers of a statement."""
        by_place = {_place(citation.quote): citation.number for citation in self.citations}
        return [by_place[_place(quote)] for quote in statement.quotes]

    def to_json(self) -> dict[str, object]:
        """The contract of command line, batch and HTTP alike. `start` and `end` count characters of the canonical text."""
        return {
            "question": self.question,
            "searched": self.searched,
            "status": self.status,
            "text": self.text,
            "form": self.form,
            "subject": self.subject,
            "asked": self.asked,
            "english": self.english,
            "choices": list(self.choices),
            "missing": list(self.missing),
            "statements": [{"text": s.text, "citations": self.numbers(s)} for s in self.statements],
            "citations": [
                {
                    "number": citation.number,
                    "passage": citation.passage.id,
                    "document": citation.passage.document,
                    "title": citation.passage.title,
                    "label": citation.label,
                    "pages": list(citation.pages),
                    "date": citation.passage.date,
                    "quote": citation.quote.text,
                    "start": citation.quote.start,
                    "end": citation.quote.end,
                }
                for citation in self.citations
            ],
            "hits": [
                {
                    "passage": hit.passage.id,
                    "document": hit.passage.document,
                    "title": hit.passage.title,
                    "label": hit.passage.label,
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "score": hit.score,
                }
                for hit in self.hits
            ],
            "generation": self.generation,
            "writer": self.writer,
            "notices": list(self.notices),
            "milliseconds": dict(self.milliseconds),
        }


def _place(quote: Quote) -> tuple[str, int, int]:
    return quote.passage.document, quote.start, quote.end
