"""Works that have a newer version or no longer hold: passed over where the newer one says it too, and warned of when quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from assistant import strings
from assistant.answer import Statement
from vectorstore.archive import Archive
from vectorstore.passage import Hit, Passage

AS_WELL = 0.8  # share of an old passage's score from which on the newer version says it about as well


class Validity:
    """What of an index is still in force."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def newest(self, hits: Sequence[Hit]) -> list[Hit]:
        """Of a work with a newer version only what the newer one does not say about as well."""
        newest: dict[str, float] = {}
        for hit in hits:
            newest[hit.passage.document] = max(hit.score, newest.get(hit.passage.document, 0.0))
        return [
            hit
            for hit in hits
            if not self._is_old(hit.passage)
            or newest.get(self._replaced[hit.passage.document, hit.passage.work], 0.0) < AS_WELL * hit.score
        ]

    def _is_old(self, passage: Passage) -> bool:
        return (passage.document, passage.work) in self._replaced

    @cached_property
    def _replaced(self) -> Mapping[tuple[str, int], str]:
        """Works that have a newer version, with the document that holds it."""
        works = self._archive.work_titles
        return {(work.document, work.work.number): work.work.replaced_by for work in works if work.work.replaced_by}

    @cached_property
    def _repealed(self) -> frozenset[tuple[str, int]]:
        works = self._archive.work_titles
        return frozenset((work.document, work.work.number) for work in works if work.work.status == "已废止")

    def warnings(self, statements: Sequence[Statement]) -> tuple[str, ...]:
        """A word of warning for each old version, and each repealed work, that is quoted."""
        quoted = {(q.passage.title, q.passage.date): q.passage for s in statements for q in s.quotes}
        told_of = []
        for (title, date), passage in quoted.items():
            work = passage.document, passage.work
            if told := strings.OLDER if work in self._replaced else strings.REPEALED if work in self._repealed else "":
                told_of.append(told.format(title=shown_title(title), date=f"（{date}）" if date else ""))
        return tuple(told_of)


def shown_title(title: str) -> str:
    """《章程》; a title of ours stands in 〔〕 already."""
    return title if title.startswith("〔") else f"《{title}》"
