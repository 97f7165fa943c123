"""Questions that the documents' own structure answers: a whole list, its count, one item of it, an article, a chapter.

They are answered from the tree, not from the best hits: a list comes whole and in order, and a number that is not
there is said not to be there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant import strings
from assistant.answer import Draft, Quote, Statement
from assistant.claims import claims, figures, without
from assistant.naming import (
    Target,
    abbreviated,
    abbreviates,
    named_sections,
    named_works,
    short_title,
    target_of,
    without_lead_in,
    without_titles,
)
from assistant.question import Question
from assistant.terms import ABOUT_THE_PAGE, NAMED
from assistant.wording import STEP
from vectorstore.archive import Archive, WorkTitle
from vectorstore.normalise import normalise
from vectorstore.numerals import NUMERAL, number
from vectorstore.passage import Document, Section
from vectorstore.sentences import phrases, sentences
from vectorstore.words import content_words

SECTION_CHARS = 160  # of a section's own beginning, when it is asked for as a whole
SUMMARY_PARTS = 6  # sections of a work whose first words stand in its summary
PART_CHARS = 60  # of each of them
LINE_CHARS = 60  # a line of date and source is not longer
CHOICES = 3  # works or sections to choose from, when a question may mean any of them
_COUNT = re.compile(r"(?<!哪)(多少|几)(大)?(项|条|款|个|点|方面|章|节|种|类|部分)|有多少$")
_LIST = re.compile(
    r"哪些|哪几|哪[一二三四五六七八九十]+|列举|列出|列一下|罗列|全部|所有|都有(什么|啥)|有(什么|啥)|包括|包含|分别|逐[条项]|清单|一览"
)
_ARTICLES = re.compile(r"(哪些|哪几|几|多少|全部|所有|各|列出).{0,4}[条款章节]|条文|条款|法条")
_ASK = re.compile(r"是什么|是啥|什么|内容|介绍|说明|解释|讲|说|写|规定|怎么样|如何|概括|简述|详细|总结|概述|大意|归纳")
_SUMMARY = re.compile(
    r"概括|总结|概述|归纳|大意|摘要|要点|简述|介绍|主要(内容|讲|说|写)|(讲|说|写)了?(些|的)?(是)?(什么|啥)|是关于什么|内容是?(什么|啥)"
)
_HEADINGS = re.compile(r"标题|题目|目录|大纲")  # asked for, the list is the answer whatever else is said
_BRIEF = re.compile(r"[一二两三几]*[句段]话|简单|简要|大致|大概|一下|下|你们|这个|这份")
_NUMBERED = re.compile(
    rf"第({NUMERAL}+)(?:(项|条|款|点|章|节|编|部分|个)(?:之({NUMERAL}))?|(?![\u3400-\u9fff]))|[（(]({NUMERAL}+)[）)]"
)
# A work is named, and an article of it: 专利法第二条, 《章程》第六条.
_STATUTE = re.compile(
    rf"([\u3400-\u9fff]{{0,40}}?(?:法|条例|章程|规定|办法|规则|细则|解释|决定|倡议书|公告|通知))》?的?第{NUMERAL}+[条章]"
)
_TITLED = re.compile(r"《([^《》]{2,60})》")
_LAST = re.compile(r"(最后|末|末尾)(一|的?那?一?)?(项|条|款|点|个)")
_PUBLISHED = re.compile(r"发布|发出|发起|印发|公布|发表|出台|颁布|刊登|挂网|发的|发文|写的|落款|日期|时间|来源")
_WHEN = re.compile(r"什么时候|何时|哪一?年|哪个?月|哪一?天|几月|几[号日]|多久|日期|时间")
_WHO = re.compile(
    r"谁|哪(?:个|家|一家|些)?(?:单位|机构|组织|部门|协会|方)?|来源|发布者|(?:发布|发文|印发)?(?:单位|机关)(?:是什么)?"
)
_LIST_WORDS = frozenset(
    """
    哪些 哪几 哪几项 列举 列出 全部 所有 包括 包含 分别 内容 介绍 一下 说明 规定 详细 具体 完整 清单 项 条 款 点 项目 方面 共 共有 几项 几条 多少 共计 部分 章 节 标题 小标题 大标题 题目 要点
    麻烦 帮忙 劳驾 逐条 逐项 条款 条文 法条 概括 总结 概述 归纳 大意 摘要 简述 主要 讲讲 提到 涉及 有关 相关 关于
    """.split()
)
_ITEM_UNITS = ("项", "条", "个", "点", "款", "种", "类")
_DEPTH = {"编": 0, "部分": 0, "章": 1, "节": 2, "条": 3, "款": 4, "项": 5, "点": 5, "个": 5, "": 5}
_HEADED = ("编", "章", "节", "部分")


@dataclass(frozen=True, slots=True)
class _Number:
    """第一百二十条之一 -> 120, 条, 1"""

    value: int  # below 0 when counted from the end: 倒数第二项 -> -2
    unit: str
    after: int
    said: str


_Path = tuple[_Number, ...]  # 第二章第六条（三）, outermost first


def look_up(question: Question, archive: Archive, scope: Sequence[str] | None = None) -> Draft | None:
    """The draft of a question about structure; None when it is not one."""
    text = question.text
    works = named_works(text, archive, scope)
    paths = _paths(text)
    if not works and (unknown := _not_here(text, paths, archive, scope)) is not None:
        return unknown
    if not works and paths and (named := _STATUTE.search(text)):
        works = abbreviated(named[1], archive, scope)
        if len(works) > 1:
            return _which_work(text, named[1], works)
    alike = bool(_LIST.search(text) or _COUNT.search(text) or paths)
    targets = named_sections(without_titles(text, works), archive, works, scope, alike=alike)
    target = targets[0] if len(targets) == 1 else None
    if not targets and not works and (paths or STEP.fullmatch(text)):
        continued = _continued(question, archive, scope)
        return continued or (_only_place(text, paths, archive, scope) if paths else None)
    if paths:
        return _numbered(paths, target, works, archive)
    if len(targets) > 1:
        return _which_section(text, targets, archive)
    if target is None:
        return (_published(question, works[0], archive) or _summary(text, works[0], archive)) if works else None
    return _section(question, target, archive)


def _section(question: Question, target: Target, archive: Archive) -> Draft | None:
    """A section that the question names and asks nothing beyond: its list, its count, its last item, its beginning."""
    text = question.text
    children = _items(target.document, target.section)
    if children and children[0].kind == "article" and not _ARTICLES.search(text):
        return None  # 什么是留置权 asks about the subject of a chapter, not for its eleven articles
    if _LAST.search(text) and children:
        return Draft((_whole(target.document, children[-1]),))
    claimed = [figure for figure in claims(text, question.polar) if figure.unit in _ITEM_UNITS]
    residue = _residue(without(text, claimed), target, archive)
    if children and claimed and not residue:
        return _count(target, children)
    if residue and not (children and _HEADINGS.search(text)):
        return _among(target, children, residue) if _LIST.search(text) or _COUNT.search(text) else None
    if children and _COUNT.search(text) and not _LIST.search(text):
        return _count(target, children)
    if children:
        return Draft(tuple(_whole(target.document, child) for child in children), "list", target.subject)
    return _beginning(target.document, target.section)


def _among(target: Target, children: Sequence[Section], wanted: Sequence[str]) -> Draft | None:
    """业务范围里跟培训有关的有哪些: the items that hold every word wanted, when some do and some do not."""
    holding = [
        child
        for child in children
        if all(word in normalise(target.document.text[child.start : child.end]) for word in wanted)
    ]
    if not 0 < len(holding) < len(children):
        return None
    statements = tuple(_whole(target.document, child) for child in holding)
    return Draft(statements, "among", target.subject, "、".join(wanted))


def _continued(question: Question, archive: Archive, scope: Sequence[str] | None) -> Draft | None:
    """第三项呢, 再下一项呢: an item of the section that an earlier turn named, counted on from the last one asked for."""
    target: Target | None = None
    last: int | None = None
    for text in (*question.turns, question.text):
        named = named_sections(text, archive, named_works(text, archive, scope), scope, alike=False)
        target, last = (named[0], None) if len(named) == 1 else (target, last)
        paths = _paths(text)
        step = STEP.fullmatch(text)
        if paths:
            last = paths[-1][-1].value
        elif step and last is not None:
            last += -1 if (step["way"] or step["on"]) in "上前" else 1
    if target is None or last is None:
        return None
    return _numbered([(_Number(last, "项", 0, f"第{last}项"),)], target, (), archive)


def _only_place(text: str, paths: Sequence[_Path], archive: Archive, scope: Sequence[str] | None) -> Draft | None:
    """第三条, of nothing named: of the only work or list that has one, or a question back."""
    if len(archive.work_titles) > NAMED or paths[0][0].unit in ("部分", "款"):
        return None
    works = [w for w in archive.work_titles if scope is None or w.document in scope]
    choices: dict[str, Draft | None] = {}
    for work in works:
        if (draft := _numbered(paths, None, [work], archive)) and draft.form == "plain" and draft.statements:
            choices[f"《{work.words}》{text}"] = draft
    if paths[0][0].unit in ("条", "项", "点", "个", ""):
        for heading in archive.headings:
            target = target_of(heading.name, heading, archive)
            items = _items(target.document, target.section) if scope is None or heading.document in scope else []
            if items and items[0].kind != "article":
                draft = _numbered_items(paths, target, items)
                if draft and draft.form == "plain":
                    choices[f"{heading.label}{text}" if heading.name in heading.label else f"{heading.name}{text}"] = (
                        draft
                    )
    if len(choices) == 1:
        return next(iter(choices.values()))
    return Draft((), choices=tuple(choices)[:CHOICES]) if choices else None


def _paths(text: str) -> list[_Path]:
    """业务范围第七项和第十项 -> two of one step; 第二章第六条（三） -> one of three."""
    found: list[_Path] = []
    end = -1
    for match in _NUMBERED.finditer(text):
        value = number(match[1] or match[4])
        if value is None:
            continue
        backwards = text[: match.start()].endswith("倒数")
        said = "倒数" + match[0] if backwards else match[0]
        step = _Number(-value if backwards else value, match[2] or "", number(match[3]) or 0 if match[3] else 0, said)
        deeper = found and _DEPTH[step.unit] > _DEPTH[found[-1][-1].unit]
        if deeper and text[end : match.start()].strip(" 的之里中,") == "":
            found[-1] = (*found[-1], step)
        else:
            found.append((step,))
        end = match.end()
    return found


def _not_here(text: str, paths: Sequence[_Path], archive: Archive, scope: Sequence[str] | None) -> Draft | None:
    """An article of a work that is not in the index, or the gist of one: another work's words would be no answer."""
    if titled := _TITLED.search(text):
        name = titled[1]
    elif paths and (named := _STATUTE.search(text)):
        name = without_lead_in(named[1])
    else:
        return None
    if abbreviated(name, archive, scope) or not (paths or _SUMMARY.search(text)):
        return None
    return Draft((), why=strings.NO_WORK.format(name=name))


def _which_work(text: str, said: str, works: Sequence[WorkTitle]) -> Draft:
    name = without_lead_in(said)
    return Draft((), choices=tuple(text.replace(name, short_title(work.words)) for work in works[:CHOICES]))


def _which_section(text: str, targets: Sequence[Target], archive: Archive) -> Draft | None:
    """宗旨是什么, when several works have a section of that name: the works to choose from."""
    if _residue(text, targets[0], archive) or not (_ASK.search(text) or _LIST.search(text) or _COUNT.search(text)):
        return None
    named = {
        work.words: text.replace(target.named, f"《{short_title(work.words)}》的{target.named}")
        for target in targets
        for work in archive.work_titles
        if (work.document, work.work.number) == (target.document.id, target.section.work)
    }
    return Draft((), choices=tuple(named.values())[:CHOICES]) if len(named) > 1 else None


def _numbered(
    paths: Sequence[_Path], target: Target | None, works: Sequence[WorkTitle], archive: Archive
) -> Draft | None:
    """What the numbers lead to, from the named section or from the top of the named work."""
    if target is not None and (items := _items(target.document, target.section)) and items[0].kind != "article":
        return _numbered_items(paths, target, items)
    if target is not None and not works:
        document, number_of_work, top = target.document, target.section.work, target.section
    elif len(works) == 1 and (found := archive.document(works[0].document)) is not None:
        document, number_of_work, top = found, works[0].work.number, None
    else:
        return None
    drafts = [_followed(document, number_of_work, top, path) for path in paths]
    for draft in drafts:
        if draft is None or not draft.statements or draft.form != "plain":
            return draft
    return Draft(tuple(statement for draft in drafts if draft for statement in draft.statements))


def _numbered_items(paths: Sequence[_Path], target: Target, items: Sequence[Section]) -> Draft | None:
    if any(path[-1].unit in _HEADED for path in paths):
        return None
    numbered = any(item.ordinal is not None for item in items)
    by_number = {item.ordinal if numbered else place: item for place, item in enumerate(items, 1)}
    by_number |= {place - len(items): item for place, item in enumerate(items)}  # counted from the end
    missing = [path[-1].said for path in paths if path[-1].value not in by_number]
    if missing:
        counted = _count(target, items)
        return Draft(counted.statements, "absent", target.subject, "、".join(missing))
    return _told(target.document, [by_number[path[-1].value] for path in paths])


def _followed(document: Document, work: int, top: Section | None, path: _Path) -> Draft | None:
    """第二章第六条（三）, step by step down the tree; a step that leads nowhere ends it with what is not there."""
    title = document.works[work].title.strip("〔〕《》")
    place = top
    for depth, step in enumerate(path):
        if step.unit == "款":
            return _paragraph(document, place, step, title) if place is not None else None
        below = [s for s in document.sections if s.work == work and _fits(s, step.unit, place, document)]
        if step.unit == "部分":
            below = below[step.value - 1 : step.value]
        found = [s for s in below if step.unit == "部分" or (s.ordinal == step.value and _after(s) == step.after)]
        if not found:
            return _beyond(document, [s for s in below if not _after(s)], step, title)
        place = found[0]
        if step.unit in _HEADED and depth == len(path) - 1:
            beginning = _beginning(document, place)
            return Draft(beginning.statements, "section", _headed(place)) if beginning else None
    return Draft((_whole(document, place),)) if place is not None else None


def _fits(section: Section, unit: str, place: Section | None, document: Document) -> bool:
    """Is this a section of the kind a step asks for, below the place reached so far?"""
    if place is not None and not place.start <= section.start < place.end:
        return False
    if unit == "部分":
        return section.kind == "heading" and section.parent is None
    if unit in _HEADED:
        return section.kind == "heading" and unit in section.mark
    if unit == "条":
        return section.kind == "article"
    return section.kind in ("item", "point") and place is not None and section.number != place.number


def _after(section: Section) -> int:
    """第一百二十条之一 -> 1, 第一百二十条 -> 0"""
    _, found, last = section.mark.partition("之")
    return number(last) or 0 if found else 0


def _beyond(document: Document, below: Sequence[Section], step: _Number, title: str) -> Draft | None:
    """A number past the last one is answered with the last one; any other that is not there, with the word that it is not."""
    if not below:
        return None
    last = max(below, key=lambda s: s.ordinal or 0)
    if last.kind == "article" and step.value > (last.ordinal or 0):
        return Draft((_whole(document, last),), "beyond", f"《{title}》", step.said)
    return Draft(
        (), why=strings.NO_NUMBER.format(title=title, asked=step.said, count=len(below), unit=step.unit or "项")
    )


def _paragraph(document: Document, article: Section, step: _Number, title: str) -> Draft:
    """The 款 of an article: its paragraphs, items left out."""
    items = {s.start for s in document.sections if s.kind == "item" and article.start <= s.start < article.end}
    paragraphs: list[tuple[int, int]] = []
    start = article.start
    for line in document.text[article.start : article.end].splitlines(keepends=True):
        inside = len(line) - len(line.lstrip())
        if line.strip() and start + inside not in items:
            paragraphs.append((start, start + len(line.rstrip())))
        start += len(line)
    if not 1 <= step.value <= len(paragraphs):
        asked = article.mark + step.said
        return Draft((), why=strings.NO_NUMBER.format(title=title, asked=asked, count=len(paragraphs), unit="款"))
    left, right = paragraphs[step.value - 1]
    return Draft((_stated(document, left, right),))


def _headed(section: Section) -> str:
    """第三章 会员"""
    heading = section.heading.strip()
    return heading if heading.startswith(section.mark) else f"{section.mark} {heading}".strip()


def _summary(text: str, work: WorkTitle, archive: Archive) -> Draft | None:
    """A work's own leading sentences: those of its opening, then of its sections, in order."""
    if not _SUMMARY.search(text):
        return None
    rest = _BRIEF.sub(" ", _SUMMARY.sub(" ", without_titles(text, [work]).replace(work.work.kind or "\0", " ")))
    if [word for word in content_words(rest) if word not in _LIST_WORDS and word not in ABOUT_THE_PAGE]:
        return None
    document = archive.document(work.document)
    assert document is not None
    parts = [s for s in document.sections if s.work == work.work.number and s.parent is None and s.kind == "heading"]
    opening = parts[0].start if parts else work.work.end
    statements = [_leading(document, work.work.start, opening, SECTION_CHARS)]
    statements += [_leading(document, part.body, part.end, PART_CHARS) for part in parts[: SUMMARY_PARTS - 1]]
    kept = tuple(statement for statement in statements if statement is not None)
    return Draft(kept, "section", f"《{work.words}》") if kept else None


def _published(question: Question, work: WorkTitle, archive: Archive) -> Draft | None:
    """倡议书是哪天发布的, 谁发布的: the line of date and source that the work carries."""
    rest = _PUBLISHED.sub(" ", without_titles(question.text, [work]).replace(work.work.kind or "\0", " "))
    claimed = claims(question.text, question.polar)
    when, who = bool(claimed or _WHEN.search(question.text)), bool(_WHO.search(question.text))
    if not _PUBLISHED.search(question.text) or not (when and work.work.date or who and work.work.source):
        return None
    rest = _WHO.sub(" ", _WHEN.sub(" ", without(rest, claimed)))
    if [word for word in content_words(rest) if word not in ABOUT_THE_PAGE]:
        return None
    document = archive.document(work.document)
    assert document is not None
    dated = figures(work.work.date)
    for passage in document.passages:
        if passage.work != work.work.number or len(passage.text) > LINE_CHARS:
            continue
        if (dated <= figures(passage.text)) if when else (work.work.source in passage.text):
            wrong = [figure.said for figure in claimed if (figure.value, figure.unit) not in dated]
            statement = _stated(document, passage.start, passage.end)
            return Draft((statement,), "corrected" if wrong else "plain", asked="、".join(wrong))
    return None


def _leading(document: Document, start: int, end: int, room: int) -> Statement | None:
    """The first sentence between two places, cut at a comma when it is long; a line of date and source is none."""
    for passage in document.passages:
        if start <= passage.start and passage.end <= end and re.search("[。！？；!?;]", passage.text):
            for left, right in sentences(document.text, passage.start, passage.end):
                if right - left > room:
                    return _cut(document, left, right, room)
                return _stated(document, left, right)
    return None


def _items(document: Document, section: Section) -> list[Section]:
    """The items, articles or points directly below a section, when there are at least two of one kind."""
    children = [child for child in document.sections if child.parent == section.number]
    for kind in ("item", "article", "point"):
        alike = [child for child in children if child.kind == kind]
        if len(alike) >= 2:
            return alike
    return []


def _told(document: Document, items: Sequence[Section]) -> Draft:
    """Single items, whole; a point by its heading and what follows it."""
    if len(items) == 1 and items[0].kind == "point" and (beginning := _beginning(document, items[0])):
        return beginning
    return Draft(tuple(_whole(document, item) for item in items))


def _whole(document: Document, section: Section) -> Statement:
    """All words of an item or article, quoted passage by passage; of a point its heading."""
    end = section.body if section.kind == "point" else section.end
    quotes = _quotes(document, section.start, end)
    return Statement(" ".join(document.text[section.start : end].split()).rstrip("；;，,"), quotes)


def _stated(document: Document, left: int, right: int) -> Statement:
    return Statement(document.text[left:right].strip(), _quotes(document, left, right))


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


def _count(target: Target, children: Sequence[Section]) -> Draft:
    """Every item by its mark alone, its words as the quote: the count is that of the statements."""
    statements = []
    for child in children:
        whole = _whole(target.document, child)
        statements.append(Statement(child.mark.rstrip("、.．") or whole.text.rstrip("。.！!"), whole.quotes))
    return Draft(tuple(statements), "count", target.subject)


def beginning_of(named: str, archive: Archive, scope: Sequence[str] | None, room: int) -> Draft | None:
    """The leading sentences of the one section that a few words name, and nothing beside."""
    targets = named_sections(named, archive, named_works(named, archive, scope), scope, alike=False)
    if len(targets) != 1 or _residue(named, targets[0], archive):
        return None
    return _beginning(targets[0].document, targets[0].section, room)


def _beginning(document: Document, section: Section, room: int = SECTION_CHARS) -> Draft | None:
    """A section's own leading sentences, cut at a comma when the first is very long."""
    kept: list[Statement] = []
    start = section.start if section.kind == "point" else section.body
    inside = [(p.start, p.end) for p in document.passages if start <= p.start and p.end <= section.end]
    for left, right in inside or [(start, section.end)]:
        for a, b in sentences(document.text, left, right):
            if b - a > room:
                if not kept:
                    kept.append(_cut(document, a, b, room))
                return Draft(tuple(s for s in kept if s.quotes))
            kept.append(_stated(document, a, b))
            room -= b - a
    return Draft(tuple(s for s in kept if s.quotes)) if kept else None


def _cut(document: Document, left: int, right: int, room: int) -> Statement:
    """The leading phrases of a long sentence that fit, with …… for what is left out."""
    end = left
    for _, stop in phrases(document.text, left, right):
        if stop - left > room and end > left:
            break
        end = stop
    quotes = _quotes(document, left, end)
    words = document.text[left:end].rstrip("，,；;：:、")
    return Statement(words + strings.ELLIPSIS, quotes)


def _residue(text: str, target: Target, archive: Archive) -> list[str]:
    """What a question says beside naming a section, its work or publisher, and asking for it."""
    clause = next((part for part in re.split("[,，。;；!！]", text) if target.named in part), text)
    rest = (clause if _LIST.search(clause) else text).replace(target.named, " ")
    rest = _LIST.sub(" ", rest)
    works = [work for work in archive.work_titles if work.document == target.document.id]
    for work in works:
        rest = rest.replace(short_title(work.words), " ").replace(work.work.kind or "\0", " ")
    called = normalise(target.section.heading) + "".join(work.words for work in works)
    return [
        word
        for word in content_words(rest)
        if len(word) > 1
        and word not in _LIST_WORDS
        and word not in ABOUT_THE_PAGE
        and word not in called
        and not any(abbreviates(word, work.words) for work in works)
    ]
