"""The only way from a draft to an answer: each statement against its quotes, each quote against its document.

What fails is dropped; when nothing is left the question counts as unanswered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer import Citation, Draft, Quote, Statement
from assistant.judge import Verdict, judge
from vectorstore.archive import Archive
from vectorstore.normalise import normalise
from vectorstore.numerals import NUMERAL, number
from vectorstore.passage import Document, Section

_NUMBER = re.compile(rf"\d+(?:\.\d+)?|{NUMERAL}{{2,}}|第{NUMERAL}+")
_WORDS = re.compile(r"[\W_]+")
_NEGATIONS = ("不", "未", "无", "非", "没", "没有", "不得", "禁止", "严禁", "不能", "不可")
ELLIPSIS = re.compile(r"…+|\.{3,}")


def verified(draft: Draft, archive: Archive) -> tuple[Statement, ...]:
    """The statements that their quotes carry, quotes that are not exact left out."""
    kept: list[Statement] = []
    for statement in draft.statements:
        quotes = tuple(quote for quote in statement.quotes if exact(quote, archive))
        if quotes and verdict(statement.text, [quote.text for quote in quotes], _context(quotes, archive)).ok:
            kept.append(Statement(statement.text, quotes))
    return tuple(kept)


def verdict(text: str, quotes: Sequence[str], context: Sequence[str] = ()) -> Verdict:
    """May this be said, on these quotes alone? If not, why.

    context: titles, headings, labels and dates of where the quotes stand. They may supply a lead-in (根据《章程》第六条，)
    and a subject, nothing else.
    """
    if not quotes or not _WORDS.sub("", text):
        return Verdict(False, "empty")
    if carried(text, quotes) and not _cut_off(text, quotes):
        return Verdict(True, "verbatim", text)
    return judge(text, quotes, context)


def _cut_off(text: str, quotes: Sequence[str]) -> bool:
    """Do the words begin right after a negation that they leave out? 经批准 stands in 未经批准."""
    source = _WORDS.sub("", normalise("\n".join(quotes)))
    run = _WORDS.sub("", normalise(ELLIPSIS.split(text)[0]))
    before = {source[: match.start()] for match in re.finditer(re.escape(run), source)} if run else set()
    return bool(before) and all(said.endswith(_NEGATIONS) for said in before)


def _context(quotes: Sequence[Quote], archive: Archive) -> tuple[str, ...]:
    """What the passages of the quotes are called."""
    found: list[str] = []
    for quote in quotes:
        passage = quote.passage
        label = label_of(quote, archive.document(passage.document))
        found += [passage.title.strip("〔〕"), *passage.headings, passage.label, label]
    return tuple(dict.fromkeys(found))


def exact(quote: Quote, archive: Archive) -> bool:
    """Do these words stand at these offsets of the document, inside the passage they are said to be from?"""
    document = archive.document(quote.passage.document)
    if document is None or not quote.passage.start <= quote.start < quote.end <= quote.passage.end:
        return False
    return document.text[quote.start : quote.end] == quote.text


def carried(text: str, quotes: Sequence[str]) -> bool:
    """Is every run of a statement's words (between ……) in its quotes, and every number in it theirs?"""
    source = _WORDS.sub("", normalise("\n".join(quotes)))
    runs = [run for part in ELLIPSIS.split(text) if (run := _WORDS.sub("", normalise(part)))]
    if not runs or not numbers(text) <= numbers("\n".join(quotes)):
        return False
    position = 0
    for run in runs:  # in the order of the source: two halves swapped say something else
        position = source.find(run, position)
        if position < 0:
            return False
        position += len(run)
    return True


def numbers(text: str) -> set[str]:
    """The numbers of a text by value: 十八项 and 18项 are one."""
    found: set[str] = set()
    for match in _NUMBER.findall(normalise(text)):
        value = number(match.removeprefix("第"))
        found.add(str(value) if value is not None else match)
    return found


def citations(statements: Sequence[Statement], archive: Archive) -> tuple[Citation, ...]:
    """Quotes numbered in the order in which they are first used; the same place has one number."""
    numbered: dict[tuple[str, int, int], Citation] = {}
    for statement in statements:
        for quote in statement.quotes:
            place = (quote.passage.document, quote.start, quote.end)
            if place not in numbered:
                document = archive.document(place[0])
                pages = document.pages_of(quote.start, quote.end) if document else ()
                numbered[place] = Citation(len(numbered) + 1, quote, label_of(quote, document), pages)
    return tuple(numbered.values())


def label_of(quote: Quote, document: Document | None) -> str:
    """The label of the innermost clause that holds the quote: 第六条（三） rather than 第六条."""
    best: Section | None = None
    for section in document.sections if document else ():
        if section.start <= quote.start and quote.end <= section.end and (best is None or section.start >= best.start):
            best = section
    return best.label if best else quote.passage.label
