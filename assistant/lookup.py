"""Questions that the documents' own structure answers: a whole list, its count, one item of it, an article, a chapter.

They are answered from the tree, not from the best hits: a list comes whole and in order, and a number that is not
there is said not to be there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import strings
from assistant.answer import Draft
from assistant.claims import claims, figures, without
from assistant.expected import wanted
from assistant.naming import (
    Target,
    abbreviated,
    abbreviates,
    named_headings,
    named_works,
    target_of,
    without_lead_in,
    without_titles,
)
from assistant.numbering import Number, Path, numbered, numbered_items, paths_of, points_of
from assistant.outline import SECTION_CHARS, all_words, counting, first_sentences, items_of, leading, stated
from assistant.question import Question
from assistant.terms import ABOUT_THE_PAGE, NAMED
from assistant.wording import STEP
from vectorstore.archive import Archive, Heading, WorkTitle, short_title
from vectorstore.normalise import normalise
from vectorstore.numerals import NUMERAL
from vectorstore.passage import Section
from vectorstore.words import content_words, nominal

SUMMARY_PARTS = 6  # sections of a work whose first words stand in its summary
PART_CHARS = 60  # of each of them
LINE_CHARS = 60  # a line of date and source is not longer
CHOICES = 3  # works or sections to choose from, when a question may mean any of them
_COUNT = re.compile(r"(?<!哪)(多少|几)(大)?(项|条|款|个|点|方面|章|节|种|类|部分|家|名|位|人|所|户)|有多少$")
_COUNTED = re.compile(r"(?:多少|几|哪些|哪几)[家名位个所人]?(?:企业|单位|机构|公司|组织|个人|会员|人)?")
_LIST = re.compile(
    r"哪些|哪几|哪[一二三四五六七八九十]+|列举|列出|列一下|罗列|全部|所有|都有(什么|啥)|有(什么|啥)|包括|包含|分别|(?:都|还)有谁|有谁|哪几位|是哪些人|逐[条项]|清单|一览"
)
_ARTICLES = re.compile(r"(哪些|哪几|几|多少|全部|所有|各|列出).{0,4}[条款章节]|条文|条款|法条")
_ASK = re.compile(r"是什么|是啥|什么|内容|介绍|说明|解释|讲|说|写|规定|怎么样|如何|概括|简述|详细|总结|概述|大意|归纳")
_SUMMARY = re.compile(
    r"概括|总结|概述|归纳|大意|摘要|要点|简述|介绍|主要(内容|讲|说|写)|(讲|说|写)了?(些|的)?(是)?(什么|啥)|是关于什么|内容是?(什么|啥)"
)
_HEADINGS = re.compile(r"标题|题目|目录|大纲")  # asked for, the list is the answer whatever else is said
_BRIEF = re.compile(r"[一二两三几]*[句段]话|简单|简要|大致|大概|一下|下|你们|这个|这份")
# A work is named, and an article of it: 专利法第二条, 《章程》第六条.
_STATUTE = re.compile(
    rf"([\u3400-\u9fff]{{0,40}}?(?:法|条例|章程|规定|办法|规则|细则|解释|决定|倡议书|公告|通知))》?的?第(?:{NUMERAL}|亿)+(?:[条章]|修正案)"
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
    一共 总共 合计 一部分 评上 获奖 得奖 名单 入选 这回 这次 那次 本次 这里 看看 看一看 说说 聊聊 讲讲 念念 念一下 那一段 这一段 这部分 那部分 麻烦 帮忙 劳驾 逐条 逐项 条款 条文 法条 概括 总结 概述 归纳 大意 摘要 简述 主要 讲讲 提到 涉及 有关 相关 关于
    """.split()
)
_ITEM_UNITS = ("项", "条", "个", "点", "款", "种", "类")


def look_up(question: Question, archive: Archive, scope: Sequence[str] | None = None) -> Draft | None:
    """The draft of a question about structure; None when it is not one."""
    text = question.text
    works = named_works(text, archive, scope)
    paths = paths_of(text)
    if not works and (unknown := _not_here(text, paths, archive, scope)) is not None:
        return unknown
    if not works and paths and (named := _STATUTE.search(text)):
        works = abbreviated(named[1], archive, scope)
        if len(works) > 1:
            return _which_work(text, named[1], works)
    alike = bool(_LIST.search(text) or _COUNT.search(text) or paths)
    headings = named_headings(without_titles(text, works), archive, works, scope, alike=alike)
    if not headings and not works and (paths or STEP.fullmatch(text)):
        continued = _continued(question, archive, scope)
        return continued or (_only_place(text, paths, archive, scope) if paths else None)
    if paths and _LAST.search(text) and (last := _last_of_an_article(paths, works, headings, archive)) is not None:
        return last
    if paths and len(headings) > 1:
        return _which_item(text, paths, headings, works, archive)
    if paths:
        target = target_of(*headings[0], archive) if len(headings) == 1 else None
        return numbered(paths, target, works, archive)
    if len(headings) > 1:
        return _which_section(text, headings, archive)
    if not headings:
        return _of_a_work(question, works[0], archive) if works else None
    return _section(question, *headings[0], archive)


def _last_of_an_article(
    paths: Sequence[Path], works: Sequence[WorkTitle], headings: Sequence[tuple[str, Heading]], archive: Archive
) -> Draft | None:
    """章程第七条的最后一项: of the article that the number leads to."""
    target = target_of(*headings[0], archive) if len(headings) == 1 else None
    found = numbered(paths[:1], target, works, archive)
    quote = found.statements[0].quotes[0] if found and found.form == "plain" and found.statements else None
    document = archive.document(quote.passage.document) if quote else None
    if quote is None or document is None:
        return None
    section = next((s for s in document.sections if s.start == quote.start), None)
    items = items_of(document, section) if section else []
    return Draft((all_words(document, items[-1]),)) if items else None


def _section(question: Question, named: str, heading: Heading, archive: Archive) -> Draft | None:
    """A section that the question names and asks nothing beyond: its list, its count, its last item, its beginning."""
    text, target = question.text, target_of(named, heading, archive)
    children = items_of(target.document, target.section)
    if children and children[0].kind == "article" and not _ARTICLES.search(text):
        return None  # 什么是留置权 asks about the subject of a chapter, not for its eleven articles
    if _LAST.search(text) and children:
        return Draft((all_words(target.document, children[-1]),))
    claimed = [figure for figure in claims(text, question.polar) if figure.unit in _ITEM_UNITS]
    residue = _residue(without(text, claimed), named, heading, archive)
    if children and claimed and not residue:
        return counting(target, children)
    if residue and not (children and _HEADINGS.search(text)):
        return _among(target, children, residue) if _LIST.search(text) or _COUNT.search(text) else None
    if children and _COUNT.search(text) and not _LIST.search(text):
        return counting(target, children)
    if children:
        return Draft(tuple(all_words(target.document, child) for child in children), "list", target.subject)
    beginning = first_sentences(target.document, target.section)
    held = wanted(text)
    told = normalise("".join(statement.text for statement in beginning.statements)) if beginning else ""
    return beginning if held is None or held(told) else None  # 论文征集找谁问 is not told by how that begins


def _among(target: Target, children: Sequence[Section], wanted: Sequence[str]) -> Draft | None:
    """业务范围里跟培训有关的有哪些: the items that hold every word wanted, when some do and some do not."""
    holding = [
        child
        for child in children
        if all(word in normalise(target.document.text[child.start : child.end]) for word in wanted)
    ]
    if not 0 < len(holding) < len(children):
        return None
    statements = tuple(all_words(target.document, child) for child in holding)
    return Draft(statements, "among", target.subject, "、".join(wanted))


def _continued(question: Question, archive: Archive, scope: Sequence[str] | None) -> Draft | None:
    """第三项呢, 再下一项呢: an item of the section that an earlier turn named, counted on from the last one asked for."""
    target: Target | None = None
    last: int | None = None
    for text in (*question.turns, question.text):
        named = named_headings(text, archive, named_works(text, archive, scope), scope, alike=False)
        target, last = (target_of(*named[0], archive), None) if len(named) == 1 else (target, last)
        paths = paths_of(text)
        step = STEP.fullmatch(text)
        if paths:
            last = paths[-1][-1].value
        elif step and last is not None:
            last += -1 if (step["way"] or step["on"] or "下") in "上前" else 1
    if target is None or last is None:
        return None
    return numbered([(Number(last, "项", 0, f"第{last}项"),)], target, (), archive)


def _only_place(text: str, paths: Sequence[Path], archive: Archive, scope: Sequence[str] | None) -> Draft | None:
    """第三条, of nothing named: of the only work or list that has one, or a question back."""
    if len(archive.work_titles) > NAMED or paths[0][0].unit in ("部分", "款"):
        return None
    if (missing := _place_of_nothing(text, paths, archive)) is not None:
        return missing
    works = [w for w in archive.work_titles if scope is None or w.document in scope]
    choices: dict[str, Draft | None] = {}
    for work in works:
        if (draft := numbered(paths, None, [work], archive)) and draft.form == "plain" and draft.statements:
            choices[f"《{work.words}》{text}"] = draft
    if paths[0][0].unit in ("条", "项", "点", "个", ""):
        for heading in archive.headings:
            target = target_of(heading.name, heading, archive)
            items = items_of(target.document, target.section) if scope is None or heading.document in scope else []
            if items and items[0].kind != "article":
                draft = numbered_items(paths, target, items)
                if draft and draft.form == "plain":
                    choices[f"{heading.label}{text}" if heading.name in heading.label else f"{heading.name}{text}"] = (
                        draft
                    )
    if len(choices) == 1:
        return next(iter(choices.values()))
    if not choices and not content_words(_ASK.sub(" ", "".join(_around(text, paths)))):
        return Draft((), why=strings.NO_PLACE.format(asked="、".join(path[-1].said for path in paths)))
    return Draft((), choices=tuple(choices)[:CHOICES]) if choices else None


def _around(text: str, paths: Sequence[Path]) -> tuple[str, str]:
    """What stands before and after the numbers."""
    return text.partition(paths[0][0].said)[0], text.rpartition(paths[-1][-1].said)[2]


def _place_of_nothing(text: str, paths: Sequence[Path], archive: Archive) -> Draft | None:
    """圣经第一章讲了什么: of a thing that no title and no heading speaks of, another work's chapter would be no answer."""
    before, after = _around(text, paths)
    name = without_lead_in(before).rstrip("的里中 ")
    said = [word for word in content_words(name) if word not in ABOUT_THE_PAGE and word not in _LIST_WORDS]
    if paths[0][0].unit not in ("条", "章", "节", "编") or not said or content_words(_ASK.sub(" ", after)):
        return None
    titles = [work.words for work in archive.work_titles] + [heading.words for heading in archive.headings]
    if not all(map(nominal, said)) or any(word in title for word in said for title in titles):
        return None
    return Draft((), why=strings.NO_WORK.format(name=name))


def _not_here(text: str, paths: Sequence[Path], archive: Archive, scope: Sequence[str] | None) -> Draft | None:
    """An article of a work that is not in the index, or the gist of one: another work's words would be no answer."""
    if titled := _TITLED.search(text):
        name = titled[1]
    elif named := _STATUTE.search(text):
        name = without_lead_in(named[1])
    else:
        return None
    if abbreviated(name, archive, scope) or not (paths or _STATUTE.search(text) or _SUMMARY.search(text)):
        return None
    return Draft((), why=strings.NO_WORK.format(name=name))


def _which_work(text: str, said: str, works: Sequence[WorkTitle]) -> Draft:
    name = without_lead_in(said)
    return Draft((), choices=tuple(text.replace(name, short_title(work.words)) for work in works[:CHOICES]))


def _of_a_work(question: Question, work: WorkTitle, archive: Archive) -> Draft | None:
    """What is asked of a work and of nothing in it: when and by whom it was published, its points, its gist."""
    return (
        _published(question, work, archive)
        or _points(question.text, work, archive)
        or _summary(question.text, work, archive)
    )


def _points(text: str, work: WorkTitle, archive: Archive) -> Draft | None:
    """倡议书有哪几条倡议: the points of a work that has no sections, or how many they are."""
    document = archive.document(work.document)
    assert document is not None
    counts, lists = _COUNT.search(text), _LIST.search(text)
    points = points_of(document, work.work.number)
    rest = _COUNT.sub(" ", _LIST.sub(" ", without_titles(text, [work]).replace(work.work.kind or "\0", " ")))
    said = [word for word in content_words(rest) if word not in _LIST_WORDS and word not in ABOUT_THE_PAGE]
    if len(points) < 2 or not (counts or lists) or any(word not in work.words for word in said if len(word) > 1):
        return None
    target = Target(document, points[0], f"《{work.work.title.strip('〔〕《》')}》", "")
    if counts and not lists:
        return counting(target, points)
    return Draft(tuple(all_words(document, point) for point in points), "list", target.subject)


def _which_item(
    text: str,
    paths: Sequence[Path],
    headings: Sequence[tuple[str, Heading]],
    works: Sequence[WorkTitle],
    archive: Archive,
) -> Draft | None:
    """业务范围第七项, when several works have a section of that name: the one that has such an item, or a question back."""
    found: dict[str, Draft] = {}
    for name, heading in headings:
        draft = numbered(paths, target_of(name, heading, archive), works, archive)
        if draft is not None and draft.form == "plain" and draft.statements:
            document = archive.document(heading.document)
            assert document is not None
            title = document.works[heading.work].title.strip("〔〕《》")
            found[text.replace(name, f"《{title}》的{name}")] = draft
    if len(found) == 1:
        return next(iter(found.values()))
    return Draft((), choices=tuple(found)[:CHOICES]) if found else None


def _which_section(text: str, headings: Sequence[tuple[str, Heading]], archive: Archive) -> Draft | None:
    """宗旨是什么, when several works have a section of that name: the works to choose from."""
    if _residue(text, *headings[0], archive) or not (_ASK.search(text) or _LIST.search(text) or _COUNT.search(text)):
        return None
    named = {
        work.words: text.replace(name, f"《{short_title(work.words)}》的{name}")
        for name, heading in headings
        for work in archive.work_titles
        if (work.document, work.work.number) == (heading.document, heading.work)
    }
    return Draft((), choices=tuple(named.values())[:CHOICES]) if len(named) > 1 else None


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
    statements = [leading(document, work.work.start, opening, SECTION_CHARS)]
    statements += [leading(document, part.body, part.end, PART_CHARS) for part in parts[: SUMMARY_PARTS - 1]]
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
            statement = stated(document, passage.start, passage.end)
            return Draft((statement,), "corrected" if wrong else "plain", asked="、".join(wrong))
    return None


def beginning_of(named: str, archive: Archive, scope: Sequence[str] | None, room: int) -> Draft | None:
    """The leading sentences of the one section that a few words name, and nothing beside."""
    headings = named_headings(named, archive, named_works(named, archive, scope), scope, alike=False)
    if len(headings) != 1 or _residue(named, *headings[0], archive):
        return None
    target = target_of(*headings[0], archive)
    return first_sentences(target.document, target.section, room)


def _residue(text: str, named: str, heading: Heading, archive: Archive) -> list[str]:
    """What a question says beside naming a section, its work or publisher, and asking for it."""
    clause = next((part for part in re.split("[,，。;；!！]", text) if named in part), text)
    rest = (clause if _LIST.search(clause) else text).replace(named, " ")
    rest = _LIST.sub(" ", _COUNTED.sub(" ", rest))
    works = [work for work in archive.work_titles if work.document == heading.document]
    for work in works:
        rest = rest.replace(short_title(work.words), " ").replace(work.work.kind or "\0", " ")
    called = heading.words + "".join(work.words for work in works)
    return [
        word
        for word in content_words(rest)
        if len(word) > 1
        and word not in _LIST_WORDS
        and word not in ABOUT_THE_PAGE
        and word not in called
        and not any(abbreviates(word, work.words) for work in works)
    ]
