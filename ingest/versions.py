"""Documents that say the same thing twice: versions of one work, of which the newer is preferred, and near copies."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from ingest.clauses import Clause, alike_share, clauses_of
from ingest.titles import KINDS
from vectorstore.archive import WorkTitle
from vectorstore.normalise import normalise
from vectorstore.passage import Document

ARTICLES = 3  # a work of fewer articles has no versions: notices of one title are one a year, and all hold
# Of the shorter work's articles, the share alike in the longer. Of 40 statutes with an older text, two that were written
# anew throughout keep 17 and 18 in a hundred, the others 50 and more; where only the title's edition differs, most must be.
SAME_TITLE_SHARE, VERSION_SHARE = 0.15, 0.5
COPY_SHARE = 0.9  # of the passages of both documents, word for word
COMMON = 50  # a passage in more documents than this tells nothing: 本法自公布之日起施行
COPIES_OF_ONE = 20  # pairs compared of one passage
IN_FORCE = "现行"

_EDITION = re.compile(
    r"[（(【\[][^（）()【】\[\]]*(?:\d{4}|修订|修正|修改|试行|暂行|草案|版|稿)[^（）()【】\[\]]*[)）】\]]"
)
_WORD_OF_EDITION = re.compile(r"中华人民共和国|(?:19|20)\d\d年?(?:修订|修正)?版?|试行|暂行")


@dataclass(frozen=True, slots=True)
class Versions:
    """Two works that are one, at two times."""

    older: str  # id of the document; where dates do not tell, the one that comes first
    newer: str
    older_work: int
    newer_work: int
    title: str  # of the newer
    older_date: str
    newer_date: str
    alike: float  # share of the shorter one's articles that the other holds too
    known_order: bool  # False: neither dates nor the catalogue say which is newer


@dataclass(frozen=True, slots=True)
class NearCopy:
    """Two documents almost the same."""

    one: str
    other: str
    alike: float  # share of equal passages


def find_versions(works: Sequence[WorkTitle], document: Callable[[str], Document]) -> tuple[Versions, ...]:
    """Works of one title, most of whose articles are alike. Only the documents of such works are asked for."""
    by_title: dict[str, list[WorkTitle]] = defaultdict(list)
    for title in works:
        key = title_key(title.work.title)
        if not title.work.title.startswith("〔") and key not in KINDS:  # 章程 alone may be anybody's
            by_title[key].append(title)

    @cache
    def articles(id: str, work: int) -> tuple[Clause, ...]:
        return _articles(document(id), work)

    found = []
    for group in by_title.values():
        for one, other in combinations(group, 2):
            texts = articles(one.document, one.work.number), articles(other.document, other.work.number)
            if min(map(len, texts)) < ARTICLES or one.document == other.document:
                continue
            share = alike_share(*texts)
            if share >= (SAME_TITLE_SHARE if one.work.title == other.work.title else VERSION_SHARE):
                found.append(_ordered(one, other, share))
    return tuple(found)


def title_key(title: str) -> str:
    """《某某协会章程》（2020年修订） and 某某协会章程（试行） are one work by name."""
    return re.sub(r"[\s《》〔〕“”\"]", "", _WORD_OF_EDITION.sub("", _EDITION.sub("", normalise(title))))


def _articles(document: Document, work: int) -> tuple[Clause, ...]:
    articles = {section.label for section in document.sections if section.work == work and section.kind == "article"}
    return tuple(clause for clause in clauses_of(document) if clause.label in articles)


def _ordered(one: WorkTitle, other: WorkTitle, share: float) -> Versions:
    if _told_older(other, one) or (not _told_older(one, other) and _is_older(other.work.date, one.work.date)):
        one, other = other, one
    known = _told_older(one, other) or _is_older(one.work.date, other.work.date)
    return Versions(
        older=one.document,
        newer=other.document,
        older_work=one.work.number,
        newer_work=other.work.number,
        title=other.work.title,
        older_date=one.work.date,
        newer_date=other.work.date,
        alike=round(share, 3),
        known_order=known,
    )


def _told_older(one: WorkTitle, other: WorkTitle) -> bool:
    """The catalogue says so: by name, or because only the other is in force."""
    if one.work.status == "已废止" or (one.work.status == "已修订" and not one.work.replaced_by):
        return other.work.status in ("", IN_FORCE)
    return other.work.status == IN_FORCE and not one.work.status


def _is_older(one: str, other: str) -> bool:
    """2018 is not known to be older than 2018-09-02."""
    length = min(len(one), len(other))
    return bool(length) and one[:length] < other[:length]


def replacements(versions: Sequence[Versions], works: Sequence[WorkTitle]) -> Mapping[tuple[str, int], str]:
    """Document and number of each work that has a newer version -> id of the document with the newest.

    What the catalogue calls 现行 stays in force, whatever dates say.
    """
    dates = {(title.document, title.work.number): title.work.date for title in works}
    in_force = {(title.document, title.work.number) for title in works if title.work.status == IN_FORCE}
    newest: dict[tuple[str, int], tuple[str, str]] = {}
    for pair in versions:
        older, newer = (pair.older, pair.older_work), (pair.newer, pair.newer_work)
        if pair.known_order and older not in in_force:
            newest[older] = max(newest.get(older, ("", "")), (dates[newer], pair.newer))
    return {older: document for older, (_, document) in sorted(newest.items())}


def find_near_copies(texts: Mapping[str, Sequence[str]]) -> tuple[NearCopy, ...]:
    """texts: document id -> texts of its passages. Documents most of whose passages are equal."""
    holders: dict[str, list[str]] = defaultdict(list)
    for document, passages in texts.items():
        for text in dict.fromkeys(passages):
            holders[text].append(document)
    shared: Counter[tuple[str, str]] = Counter()
    for documents in holders.values():
        if 1 < len(documents) <= COMMON:
            shared.update(_pairs(documents))
    found = []
    for (one, other), number in shared.items():
        share = 2 * number / (len(set(texts[one])) + len(set(texts[other])))
        if share >= COPY_SHARE:
            found.append(NearCopy(one, other, round(share, 3)))
    return tuple(sorted(found, key=lambda copy: (copy.one, copy.other)))


def _pairs(documents: Sequence[str]) -> Iterator[tuple[str, str]]:
    return combinations(documents[:COPIES_OF_ONE], 2)
