"""What a question's numbers lead to, step by step down the tree: 第二章第六条（三）, 业务范围第七项, 倒数第二项."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant import strings
from assistant.answer import Draft
from assistant.naming import Target
from assistant.outline import all_words, counting, first_sentences, headed, items_of, stated, told
from vectorstore.archive import Archive, WorkTitle
from vectorstore.numerals import NUMERAL, number
from vectorstore.passage import Document, Section

_NUMBERED = re.compile(
    rf"第((?:{NUMERAL}|亿)+)(?:(项|条|款|点|章|节|编|部分|个)(?:之({NUMERAL}))?|(?![\u3400-\u9fff]))|[（(]({NUMERAL}+)[）)]"
)
_BACKWARDS = re.compile(r"(?:倒数|倒着数|(?:从|由)(?:最?后面?|末尾)(?:往前|开始|起)?数)$")
_DEPTH = {"编": 0, "部分": 0, "章": 1, "节": 2, "条": 3, "款": 4, "项": 5, "点": 5, "个": 5, "": 5}
_POINTS = ("条", "项", "点", "个", "")
_HEADED = ("编", "章", "节", "部分")


@dataclass(frozen=True, slots=True)
class Number:
    """第一百二十条之一 -> 120, 条, 1"""

    value: int  # below 0 when counted from the end: 倒数第二项 -> -2
    unit: str
    after: int
    said: str


Path = tuple[Number, ...]  # 第二章第六条（三）, outermost first


def paths_of(text: str) -> list[Path]:
    """业务范围第七项和第十项 -> two of one step; 第二章第六条（三） -> one of three."""
    found: list[Path] = []
    end = -1
    for match in _NUMBERED.finditer(text):
        value = number(match[1] or match[4])
        if value is None:
            continue
        backwards = _BACKWARDS.search(text[: match.start()])
        said = backwards[0] + match[0] if backwards else match[0]
        step = Number(-value if backwards else value, match[2] or "", number(match[3]) or 0 if match[3] else 0, said)
        deeper = found and _DEPTH[step.unit] > _DEPTH[found[-1][-1].unit]
        if deeper and text[end : match.start()].strip(" 的之里中,") == "":
            found[-1] = (*found[-1], step)
        else:
            found.append((step,))
        end = match.end()
    return found


def numbered(
    paths: Sequence[Path], target: Target | None, works: Sequence[WorkTitle], archive: Archive
) -> Draft | None:
    """What the numbers lead to, from the named section or from the top of the named work."""
    if target is not None and (items := items_of(target.document, target.section)) and items[0].kind != "article":
        return numbered_items(paths, target, items)
    if target is not None and (not works or target.document.id == works[0].document):
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


def numbered_items(paths: Sequence[Path], target: Target, items: Sequence[Section]) -> Draft | None:
    if any(path[-1].unit in _HEADED for path in paths):
        return None
    numbered = any(item.ordinal is not None for item in items)
    by_number = {item.ordinal if numbered else place: item for place, item in enumerate(items, 1)}
    by_number |= {place - len(items): item for place, item in enumerate(items)}  # counted from the end
    missing = [path[-1].said for path in paths if path[-1].value not in by_number]
    if missing:
        counted = counting(target, items)
        return Draft(counted.statements, "absent", target.subject, "、".join(missing))
    return told(target.document, [by_number[path[-1].value] for path in paths])


def _followed(document: Document, work: int, top: Section | None, path: Path) -> Draft | None:
    """第二章第六条（三）, step by step down the tree; a step that leads nowhere ends it with what is not there."""
    title = document.works[work].title.strip("〔〕《》")
    place = top
    for depth, step in enumerate(path):
        if step.unit == "款":
            return _paragraph(document, place, step, title) if place is not None else None
        below = [s for s in document.sections if s.work == work and _fits(s, step.unit, place, document)]
        below = below or (points_of(document, work) if place is None and step.unit in _POINTS else [])
        if step.unit == "部分":
            below = below[step.value - 1 : step.value]
        if step.value < 0:  # counted from the end
            found = below[step.value :][:1] if len(below) >= -step.value else []
        else:
            found = [s for s in below if step.unit == "部分" or (s.ordinal == step.value and _after(s) == step.after)]
        if not found:
            return _beyond(document, [s for s in below if not _after(s)], step, title)
        place = found[0]
        if step.unit in _HEADED and depth == len(path) - 1:
            beginning = first_sentences(document, place)
            return Draft(beginning.statements, "section", headed(place)) if beginning else None
    return Draft((all_words(document, place),)) if place is not None else None


def points_of(document: Document, work: int) -> list[Section]:
    """The items of a work that has no headings above them: 一、… 二、… of a 倡议书."""
    return [s for s in document.sections if s.work == work and s.parent is None and s.kind in ("item", "point")]


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


def _beyond(document: Document, below: Sequence[Section], step: Number, title: str) -> Draft | None:
    """A number past the last one is answered with the last one; any other that is not there, with the word that it is not."""
    if not below:
        return None
    last = max(below, key=lambda s: s.ordinal or 0)
    if last.kind == "article" and step.value > (last.ordinal or 0):
        return Draft((all_words(document, last),), "beyond", f"《{title}》", step.said)
    return Draft(
        (), why=strings.NO_NUMBER.format(title=title, asked=step.said, count=len(below), unit=step.unit or "项")
    )


def _paragraph(document: Document, article: Section, step: Number, title: str) -> Draft:
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
    return Draft((stated(document, left, right),))
