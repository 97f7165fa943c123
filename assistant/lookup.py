"""Questions that the documents' own structure answers: a whole list, its count, one item of it, one section.

They are answered from the tree, not from the best hits: a list comes whole and in order, and a number that is not
there is said not to be there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.answer import Draft, Quote, Statement
from assistant.question import Question
from assistant.terms import ABOUT_THE_PAGE, in_order
from vectorstore.archive import Archive, Heading, WorkTitle
from vectorstore.numerals import NUMERAL, number
from vectorstore.passage import Document, Section
from vectorstore.sentences import phrases, sentences
from vectorstore.words import content_words

SECTION_CHARS = 160  # of a section's own beginning, when it is asked for as a whole
_COUNT = re.compile(r"(?<!哪)(多少|几)(大)?(项|条|款|个|点|方面|章|节|种|类|部分)")
_LIST = re.compile(
    r"哪些|哪几|哪[一二三四五六七八九十]+|列举|列出|列一下|罗列|全部|所有|都有(什么|啥)|有(什么|啥)|包括|包含|分别|逐[条项]|清单|一览"
)
_ARTICLES = re.compile(r"(哪些|哪几|几|多少|全部|所有|各|列出).{0,4}[条款章节]|条文|条款|法条")
_ASK = re.compile(r"是什么|是啥|什么|内容|介绍|说明|解释|讲|说|写|规定|怎么样|如何|概括|简述|详细")
_NUMBERED = re.compile(
    rf"第({NUMERAL}+)(?:(项|条|款|点|章|节|编|部分|个)(之[一二三四五六七八九十]+)?|(?![\u3400-\u9fff]))|[（(]({NUMERAL}+)[）)]"
)
# A work is named, and an article of it: 专利法第二条, 《章程》第六条.
_STATUTE = re.compile(rf"([\u3400-\u9fff]{{1,40}}?(?:法|条例|章程|规定|办法|规则|细则|解释|决定))》?的?第{NUMERAL}+条")
_LEAD_IN = re.compile(
    r"^(请问|问一下|想问|我?想知道|我想了解|查一下|看一下|根据|按照?|依据|依照|关于|那么?|中华人民共和国)+"
)
_STEP = re.compile(
    r"(?:那么?|再|还有|然后|往|接着)*([上下前后])(?:面|边)?(?:的)?(?:那|这)?[一1]?(?:项|条|款|点|个)(?:呢|是什么|是啥|讲什么|说什么|内容)*\W*"
)
_LAST = re.compile(r"(最后|末|末尾)(一|的?那?一?)?(项|条|款|点|个)")
_LIST_WORDS = frozenset(
    """
    哪些 哪几 哪几项 列举 列出 全部 所有 包括 包含 分别 内容 介绍 一下 说明 规定 详细 具体 完整 清单 项 条 款 点 项目 方面 共 共有 几项 几条 多少 共计 部分 章 节 标题 要点
    """.split()
)
_CHAPTERS = ("章", "节", "编", "部分")


@dataclass(frozen=True, slots=True)
class _Target:
    """The section a question names."""

    document: Document
    section: Section
    subject: str  # as it is shown: 业务范围
    named: str  # the words of the question that named it


def look_up(question: Question, archive: Archive, scope: Sequence[str] | None = None) -> Draft | None:
    """The draft of a question about structure; None when it is not one."""
    works = _named_works(question.text, archive, scope)
    target = _named_section(_without_titles(question.text, works), archive, works, scope)
    wanted = _wanted_numbers(question.text)
    if wanted and not works and (named := _STATUTE.search(question.text)):
        works = _abbreviated(named[1], archive, scope)
        if len(works) != 1:
            return Draft(())  # another work's article of that number is no answer
    if target is None and not works and (wanted or _STEP.fullmatch(question.text)):
        return _continued(question, archive, scope)
    if wanted:
        return _numbered(question.text, wanted, target, works, archive)
    if target is None:
        return None
    children = _items(target.document, target.section)
    if children and children[0].kind == "article" and not _ARTICLES.search(question.text):
        return None  # 什么是留置权 asks about the subject of a chapter, not for its eleven articles
    if _LAST.search(question.text) and children:
        return Draft((_whole(target.document, children[-1]),))
    if _residue(question.text, target, archive):
        return None
    if children and _COUNT.search(question.text) and not _LIST.search(question.text):
        return _count(target, children)
    if children and (
        _LIST.search(question.text)
        or _ASK.search(question.text)
        or _COUNT.search(question.text)
        or _bare(question, target)
    ):
        return Draft(tuple(_whole(target.document, child) for child in children), "list", target.subject)
    if _ASK.search(question.text) or _bare(question, target):
        return _beginning(target)
    return None


def _continued(question: Question, archive: Archive, scope: Sequence[str] | None) -> Draft | None:
    """第三项呢, 再下一项呢: an item of the section that an earlier turn named, counted on from the last one asked for."""
    target: _Target | None = None
    last: int | None = None
    for text in (*question.turns, question.text):
        named = _named_section(text, archive, _named_works(text, archive, scope), scope)
        target, last = (named, None) if named else (target, last)
        numbers = _wanted_numbers(text)
        step = _STEP.fullmatch(text)
        if numbers:
            last = numbers[-1][0]
        elif step and last is not None:
            last += -1 if step[1] in "上前" else 1
    if target is None or last is None:
        return None
    return _numbered(question.text, [(last, "项", f"第{last}项")], target, (), archive)


def _named_works(text: str, archive: Archive, scope: Sequence[str] | None) -> list[WorkTitle]:
    """The works whose title, or a title without the country's name in front, stands in the question; longest first."""
    found = [
        work
        for work in archive.work_titles
        if (scope is None or work.document in scope) and len(work.words) >= 2 and _short_title(work.words) in text
    ]
    if not found:  # 倡议书 for 《…倡议书》, when there is only one
        of_kind = [
            w
            for w in archive.work_titles
            if w.work.kind and w.work.kind in text and (scope is None or w.document in scope)
        ]
        return of_kind if len(of_kind) == 1 else []
    longest = max(len(_short_title(work.words)) for work in found)
    return [work for work in found if len(_short_title(work.words)) == longest]


def _abbreviated(named: str, archive: Archive, scope: Sequence[str] | None) -> list[WorkTitle]:
    """The works whose title a short name may stand for: 食安法 for 食品安全法, but 保护法 neither for 保护法实施办法."""
    name = _LEAD_IN.sub("", named)
    return [
        work
        for work in archive.work_titles
        if (scope is None or work.document in scope)
        and name
        and _short_title(work.words)[:1] == name[0]
        and name not in work.words
        and abbreviates(name, _short_title(work.words))
    ]


def _without_titles(text: str, works: Sequence[WorkTitle]) -> str:
    """安全生产法第四十六条 names no chapter 安全生产."""
    for work in works:
        text = text.replace(_short_title(work.words), " ")
    return text


def _short_title(words: str) -> str:
    """The country's name in front of a law's title is left out when people speak of it."""
    return words.removeprefix("中华人民共和国") or words


def _named_section(
    text: str, archive: Archive, works: Sequence[WorkTitle], scope: Sequence[str] | None
) -> _Target | None:
    """The section with the longest heading that stands in the question; None when several works have one and none is named."""
    inside = {(work.document, work.work.number) for work in works}
    found = [
        (heading.name, heading)
        for heading in archive.headings
        if (scope is None or heading.document in scope) and len(heading.name) >= 2 and heading.name in text
    ]
    if inside and any((heading.document, heading.work) in inside for _, heading in found):
        found = [(name, heading) for name, heading in found if (heading.document, heading.work) in inside]
    if not found and len(inside) == 1 and (_LIST.search(text) or _COUNT.search(text)):
        found = _alike([heading for heading in archive.headings if (heading.document, heading.work) in inside], text)
    if not found:
        return None
    longest = max(len(name) for name, _ in found)
    found = [(name, heading) for name, heading in found if len(name) == longest]
    if len(found) > 1:
        return None
    name, heading = found[0]
    document = archive.document(heading.document)
    assert document is not None
    return _Target(document, document.sections[heading.section], heading.label, name)


def _alike(headings: Sequence[Heading], text: str) -> list[tuple[str, Heading]]:
    """Headings of the named work that share at least three characters in a row with the question."""
    shared = [(_longest_shared(heading.words, text), heading) for heading in headings]
    return [(run, heading) for run, heading in shared if len(run) >= 3]


def _longest_shared(a: str, b: str) -> str:
    match = SequenceMatcher(None, a, b, autojunk=False).find_longest_match()
    return a[match.a : match.a + match.size]


def _wanted_numbers(text: str) -> list[tuple[int, str, str]]:
    """业务范围第七项和第十项 -> [(7, 项, 第七项), (10, 项, 第十项)]"""
    found: list[tuple[int, str, str]] = []
    for match in _NUMBERED.finditer(text):
        value = number(match[1] or match[4])
        if value is not None and not match[3]:
            found.append((value, match[2] or "", match[0]))
    return found


def _numbered(
    text: str,
    wanted: Sequence[tuple[int, str, str]],
    target: _Target | None,
    works: Sequence[WorkTitle],
    archive: Archive,
) -> Draft | None:
    """Items of the named section, or articles of the named work, by number."""
    if any(unit in _CHAPTERS for _, unit, _ in wanted):
        return None
    if target is not None and (children := _items(target.document, target.section)):
        by_number = {child.ordinal: child for child in children}
        missing = [said for value, _, said in wanted if value not in by_number]
        if missing:
            counted = _count(target, children)
            return Draft(counted.statements, "absent", target.subject, "、".join(missing))
        return Draft(tuple(_whole(target.document, by_number[value]) for value, _, _ in wanted))
    if len(works) != 1:
        return None
    document = archive.document(works[0].document)
    assert document is not None
    articles = {
        section.ordinal: section
        for section in reversed(document.sections)
        if section.kind == "article" and section.work == works[0].work.number and "之" not in section.mark
    }
    if any(unit != "条" for _, unit, _ in wanted):
        return None
    if any(value not in articles for value, _, _ in wanted):
        return Draft(())
    return Draft(tuple(_whole(document, articles[value]) for value, _, _ in wanted))


def _items(document: Document, section: Section) -> list[Section]:
    """The items, articles or points directly below a section, when there are at least two of one kind."""
    children = [child for child in document.sections if child.parent == section.number]
    for kind in ("item", "article", "point"):
        alike = [child for child in children if child.kind == kind]
        if len(alike) >= 2:
            return alike
    return []


def _whole(document: Document, section: Section) -> Statement:
    """All words of an item or article, quoted passage by passage; of a point its heading."""
    end = section.body if section.kind == "point" else section.end
    quotes = _quotes(document, section.start, end)
    return Statement(" ".join(document.text[section.start : end].split()).rstrip("；;，,"), quotes)


def _quotes(document: Document, start: int, end: int) -> tuple[Quote, ...]:
    """text[start:end] as quotes, one for each passage that holds a part of it, white space at the ends left out."""
    found: list[Quote] = []
    for passage in document.passages:
        left, right = max(start, passage.start), min(end, passage.end)
        words = document.text[left:right] if left < right else ""
        if words.strip():
            found.append(
                Quote(passage, left + len(words) - len(words.lstrip()), right - len(words) + len(words.rstrip()))
            )
    return tuple(found)


def _count(target: _Target, children: Sequence[Section]) -> Draft:
    """Every item by its mark alone, its words as the quote: the count is that of the statements."""
    statements = []
    for child in children:
        whole = _whole(target.document, child)
        statements.append(Statement(child.mark.rstrip("、.．") or whole.text, whole.quotes))
    return Draft(tuple(statements), "count", target.subject)


def _beginning(target: _Target) -> Draft | None:
    """A section's own leading sentences, cut at a comma when the first is very long."""
    section, document = target.section, target.document
    kept: list[Statement] = []
    room = SECTION_CHARS
    start = section.start if section.kind == "point" else section.body
    for left, right in sentences(document.text, start, section.end):
        if right - left > room:
            if not kept:
                kept.append(_cut(document, left, right, room))
            break
        kept.append(Statement(document.text[left:right], _quotes(document, left, right)))
        room -= right - left
    return Draft(tuple(statement for statement in kept if statement.quotes)) if kept else None


def _cut(document: Document, left: int, right: int, room: int) -> Statement:
    """The leading phrases of a long sentence that fit, with …… for what is left out."""
    end = left
    for _, stop in phrases(document.text, left, right):
        if stop - left > room and end > left:
            break
        end = stop
    quotes = _quotes(document, left, end)
    words = document.text[left:end].rstrip("，,；;：:、")
    return Statement(words + "……", quotes)


def _residue(text: str, target: _Target, archive: Archive) -> list[str]:
    """What a question says beside naming a section, its work or publisher, and asking for it."""
    rest = text.replace(target.named, " ")
    names = [work.words for work in archive.work_titles if work.document == target.document.id]
    return [
        word
        for word in content_words(rest)
        if word not in _LIST_WORDS and word not in ABOUT_THE_PAGE and not any(abbreviates(word, name) for name in names)
    ]


def _bare(question: Question, target: _Target) -> bool:
    """Was nothing typed but the section's name?"""
    return not content_words(question.text.replace(target.named, " "))


def abbreviates(word: str, name: str) -> bool:
    """协会 and 质检协会 stand for 中国质量检验协会: all its characters in order, the last one last."""
    return word[-1:] == name[-1:] and in_order(word, name)
