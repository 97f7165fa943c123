"""Items that a lead-in announces, 给予下列处分：（一）警告；（二）除名: an answer that quotes the lead-in alone would say nothing, and one
item alone too little.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer import Draft, Statement
from assistant.columns import in_one_line, rows_in
from assistant.extract import Candidate
from assistant.outline import all_words, items_of, stated
from assistant.question import Question
from assistant.series import GIVING
from assistant.terms import Terms
from vectorstore.archive import Archive
from vectorstore.normalise import normalise
from vectorstore.passage import Document, Section
from vectorstore.sentences import phrases

LEAD_CHARS = 90  # of a lead-in shown above its items; of a longer one its last phrases
ABOUT = 0.3  # share of a question's words that a lead-in must hold, for its items to be meant and not one of them
ASKS = re.compile(
    r"哪些|哪几|哪[二三四五六七八九十]|(?:什么|啥)(?:样的?)?(?:条件|情形|情况|要求|权利|义务|职权|职责|处分|内容|材料|程序|方式|资格|任务|工作|事)|几[种类项条个]"
    r"|列[举出]|列一下|都有(?:什么|啥)|(?:怎么|如何)(?:罚|处分|处理|处罚)|分别|全部|所有"
)
FIELDS = 6  # lines at most, of a name and what it is
_FIELD = re.compile(r"[\u3400-\u9fff]{2,8}[：:]\s*[^：:。]{1,60}")
_WHAT = re.compile(r"(?:哪些|哪几[个种项类]|什么)(?P<what>[\u3400-\u9fff]{2,4}?)(?:$|[,?!。\s]|呢|吗|啊)")
_ANNOUNCES = re.compile(r"[：:]\s*$")


def itemised(question: Question, terms: Terms, ranked: Sequence[Candidate], archive: Archive) -> Draft | None:
    """All items under the lead-in that answers best, or that one of them stands under when they are asked for; else None."""
    asks = ASKS.search(question.text)
    for candidate in ranked if asks else ranked[:1]:
        if candidate.score < ranked[0].score - GIVING:
            break
        document = archive.document(candidate.hit.passage.document)
        if document and (table := _table(document, candidate, question.text, terms)):
            return table
        if document and (fields := _fields(document, candidate)):
            return fields
        found = _around(document, candidate) if document else None
        if not document or not found:
            continue
        section, items = found
        lead = _lead(document, section, items)
        inside = candidate.start >= items[0].start
        if inside and _is_headed(question.text, candidate):
            statements = tuple(all_words(document, item) for item in items)
            return Draft(statements, "list", section.heading.strip() or section.label)
        if _ANNOUNCES.search(lead) and (not inside or (asks and terms.coverage(normalise(lead)) >= ABOUT)):
            statements = tuple(all_words(document, item) for item in items)
            return Draft(statements, "list", _subject(document, section, lead))
    return None


def _is_headed(asked: str, candidate: Candidate) -> bool:
    """要准备哪些材料, of items under 申请材料: what is asked for is what a heading above them says they are."""
    found = _WHAT.search(asked)
    return bool(found) and any(normalise(heading).endswith(found["what"]) for heading in candidate.hit.passage.headings)  # type: ignore[index]


def _table(document: Document, candidate: Candidate, asked: str, terms: Terms) -> Draft | None:
    """The rows under a lead-in, 标准如下：, or under their head; or all where a question fits one as well as another. Those alone,
    under the head, that the question names.
    """
    passage, at = candidate.hit.passage, candidate.start - candidate.hit.passage.start
    rows = rows_in(passage.text)
    own = rows.get(at) or next((row for _, row in sorted(rows.items()) if row.names[1] > at), None)
    if own is None:
        return None
    table = {start: row for start, row in rows.items() if row.names == own.names}
    between = passage.text[candidate.end - passage.start : own.names[0]]
    announces = bool(_ANNOUNCES.search(candidate.words)) and at < own.names[0] and not between.strip()
    alike = at in rows and len({terms.coverage(row.said) for row in table.values()}) == 1
    called = {start: first for start, row in table.items() if (first := normalise(row.first)) in asked}
    named = [
        n for n, first in called.items() if not any(first != other and first in other for other in called.values())
    ]
    if not (at == own.names[0] or announces or alike or (at in rows and named)):
        return None
    head = stated(document, *(passage.start + place for place in own.names))
    lines = {
        start: stated(document, passage.start + start, passage.start + (passage.text + "\n").index("\n", start))
        for start in sorted(table)
    }
    rows_told = {start: Statement(in_one_line(line.text), line.quotes) for start, line in lines.items()}
    if named:
        names = Statement(in_one_line(head.text), head.quotes)
        return Draft((names, *(rows_told[start] for start in sorted(named))))
    section = next((s for s in reversed(document.sections) if s.start <= candidate.start < s.end), None)
    place = f"《{document.works[passage.work].title.strip('〔〕《》')}》{section.mark if section else ''}"
    return Draft(tuple(rows_told.values()), "list", f"{place}：{in_one_line(head.text)}，")


def _fields(document: Document, candidate: Candidate) -> Draft | None:
    """户名：… 开户行：… 账号：… under what announces them: one is of little use without the others."""
    passage = candidate.hit.passage
    lines = [*re.finditer(r"[^\n]+", passage.text)]
    at = next((n for n, line in enumerate(lines) if line.start() <= candidate.start - passage.start < line.end()), 0)
    first, last = at, at
    while first > 0 and _FIELD.fullmatch(lines[first - 1][0].strip()):
        first -= 1
    while last + 1 < len(lines) and _FIELD.fullmatch(lines[last + 1][0].strip()):
        last += 1
    announced = first > 0 and _ANNOUNCES.search(lines[first - 1][0])
    if not announced or not _FIELD.fullmatch(lines[at][0].strip()) or not 1 < last - first + 1 <= FIELDS:
        return None
    return Draft(
        tuple(
            stated(document, passage.start + line.start(), passage.start + line.end())
            for line in lines[first - 1 : last + 1]
        )
    )


def _around(document: Document, candidate: Candidate) -> tuple[Section, list[Section]] | None:
    """The innermost section that holds the candidate and has items, which it announces or is one of."""
    holding = [s for s in document.sections if s.start <= candidate.start < s.end]
    for section in sorted(holding, key=lambda s: s.end - s.start):
        items = [item for item in items_of(document, section) if item.kind == "item"]
        if items and (candidate.start >= items[0].start or not document.text[candidate.end : items[0].start].strip()):
            return section, items
    return None


def _lead(document: Document, section: Section, items: Sequence[Section]) -> str:
    """What stands right before the first item."""
    before = document.text[section.start : items[0].start].rstrip()
    return before[before.rfind("\n") + 1 :]


def _subject(document: Document, section: Section, lead: str) -> str:
    """《章程》第十四条：给予下列处分，"""
    said = lead.strip().removeprefix(section.mark).strip().rstrip("：:")
    if len(said) > LEAD_CHARS:
        parts = [said[start:end] for start, end in phrases(said, 0, len(said))]
        said = parts[-1]
        for part in reversed(parts[:-1]):
            if len(part) + len(said) > LEAD_CHARS:
                break
            said = part + said
    title = document.works[section.work].title.strip("〔〕《》")
    place = f"《{title}》{section.mark if section.kind == 'article' else ''}"
    return f"{place}：{said}，"
