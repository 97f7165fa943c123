"""What the index holds: documents, the works in them, their sections, and the passages that are found and quoted.

Offsets are characters (code points) into the document's canonical text, and always `passage.text == text[start:end]`.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Literal

HEADING = 2  # times more that the nearest heading's words are counted
SectionKind = Literal["heading", "point", "article", "item"]


@dataclass(frozen=True, slots=True)
class Work:
    """One charter, proposal or notice: text[start:end] of its document.

    An untitled work takes the subject of its first sentence as its title, marked as ours: 〔中国“质量月”活动〕.
    """

    number: int  # position in the document
    title: str
    kind: str  # 倡议书, 章程, 法律, …; "" when unknown
    date: str  # 2018-09-02, 2018-09 or 2018; "" when the work carries none
    source: str  # who published it; "" when unknown
    status: str  # 现行, 已修订, 已废止; "" when unknown
    start: int
    end: int
    replaced_by: str = ""  # id of the document that holds the newer version of this work; "" when none is known
    file_number: str = ""  # 发文字号 as printed, 中检协〔2024〕18号; "" when it has none


@dataclass(frozen=True, slots=True)
class Section:
    """A node of a work's tree: a heading, a point with its heading run into the paragraph, an article or an item.

    text[start:end] is all of it, sections below included; text[body:end] is what follows the mark or the heading
    (for a point, whose heading is the first sentence of its paragraph, body is after that sentence).
    """

    number: int  # position in the document, in reading order
    parent: int | None  # number of the section above; None: directly below the work
    work: int
    kind: SectionKind
    mark: str  # as printed, spaces out, brackets full-width: 第六条, （三）, 1., 首先; "" for none
    ordinal: int | None  # value of the mark: （十八） -> 18, 第一百二十条之一 -> 120; None for none
    heading: str  # the heading without its mark, as printed; "" for an item or article that has none
    label: str  # 第二章第六条（三）, 业务范围（七）, 首先·加快企业质量技术创新
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A clause, or a piece of one too long to read at once: what is indexed, found and cited."""

    id: str
    document: str
    source: str  # path of the file it came from
    work: int
    section: int | None  # number of the innermost section that holds all of it
    title: str  # the work's
    date: str  # the work's
    label: str
    headings: tuple[str, ...]  # full headings above it, outermost first, without the work's title
    text: str
    start: int
    end: int

    @property
    def indexed_text(self) -> str:
        """The copy that is searched: title and headings in front of the words."""
        return "\n".join((self.title.strip("〔〕"), *self.headings, self.text))

    @property
    def lexical_text(self) -> str:
        """The copy whose words are indexed: what a passage is called counts more than what it mentions (as fields in BM25F)."""
        return "\n".join((self.indexed_text, *self.headings[-1:] * HEADING))


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the canonical text that no passage covers, and why (疑似导航, 标题, 日期来源)."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: text[start:end] is a line of its own; each cell is text[a:b], empty where a == b."""

    start: int
    end: int
    cells: tuple[tuple[int, int], ...]
    table: int  # number of the table in the document, from 1
    head: bool = False  # it names the columns


@dataclass(frozen=True, slots=True)
class Page:
    """text[start:] stands on this page of the file, until the next one begins."""

    start: int
    number: int  # counted from 1, as a viewer counts them, whatever is printed on the page


@dataclass(frozen=True, slots=True)
class Document:
    """One file (or one line of a bulk corpus), read and taken apart."""

    id: str  # path in the folder (NFC), or doc_id in a bulk corpus
    source: str  # path of the file
    title: str
    digest: str  # of everything this document's passages depend on
    text: str  # canonical
    works: tuple[Work, ...]
    sections: tuple[Section, ...]
    passages: tuple[Passage, ...]
    unindexed: tuple[Span, ...]
    rows: tuple[Row, ...] = ()  # of its tables, in order
    pages: tuple[Page, ...] = ()  # in order; empty where the file has none

    def pages_of(self, start: int, end: int) -> tuple[int, ...]:
        """The pages that text[start:end] stands on, in order; none where the file has no pages."""
        first = bisect_right(self.pages, start, key=lambda page: page.start) - 1
        last = bisect_left(self.pages, end, key=lambda page: page.start)
        return tuple(page.number for page in self.pages[max(first, 0) : last])


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that a new generation takes over from the one before it as it is."""

    id: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question. Scores of the legs are scaled to 0…1 for this question alone."""

    passage: Passage
    score: float
    words: float = 0.0
    grams: float = 0.0
    dense: float = 0.0
    near: float = 0.0  # word by word, 0 where that was not looked at
    fused: float = 0.0  # the legs alone, as the weights of the sentences know them


def passage_id(document: str, label: str, text: str, nth: int) -> str:
    """The same clause keeps its id when the document around it changes; nth tells equal clauses apart (0 for the first)."""
    return hashlib.sha256("\0".join((document, label, text, str(nth))).encode()).hexdigest()[:16]
