"""Navigation: the menus, links and footers that a web capture carries along with its texts.

They stay in the canonical text and are listed, but are neither indexed nor quoted. When in doubt a line is text: what is
left out by mistake cannot be found, and only catalogue.yaml brings it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.headings import ANNEX, HEADINGS_IN_A_ROW, Role, is_plain_name, is_spaced
from ingest.lines import Line, compact, ends_sentence, is_date, is_short
from ingest.titles import KINDS, ORGANISATION, kind_of

CONTENT_SHARE = 0.3  # short lines that make up more of a document than this are what it is about
TAIL_LINES = 6  # a longer list after the last sentence is more likely an annex
BLANK_LINES = 3  # with fewer, blank lines tell nothing about a document

# What pages have around a text, on any site. The first kind is navigation also when it stands alone.
_FURNITURE = re.compile(
    r"(?:上一[篇条页]|下一[篇条页]|当前位置|您(?:现在|当前|目前)?(?:的|所在的?)位置|版权所有|copyright|©).{0,60}"
    r"|.{0,20}ICP备.{0,40}|.{0,40}设为首页.{0,20}",
    re.IGNORECASE,
)
_MENU = re.compile(
    r"(?:网站)?首页|返回.{0,4}|相关(?:链接|文章|新闻|阅读)|友情链接|网站地图|设为首页|加入收藏|联系我们|关于我们|新闻中心|通知公告|【?打印(?:本页)?】?"
    r"|【?关闭(?:窗口)?】?|分享到?.{0,4}"
)
# What is navigation on any page, however its lines are set.
_UNMISTAKABLE = re.compile(
    r".{0,40}(?:设为首页|加入收藏).{0,40}|[^>»›。]{2,40}(?:\s*[>»›]\s*[^>»›。]{2,20}){2,}|分享到\s*[:：].{0,60}|(?:网站)?首页(?:[\s|·>]+\S{2,8}){3,}|(?:当前位置|您(?:现在|当前)?的位置)\s*[:：].{0,60}"
    r"|(?:上|下)一[篇条]\s*[:：].{0,80}|(?:【[^】]{2,6}】\s*)*【?(?:打印本页|关闭窗口)】?(?:\s*【[^】]{2,6}】)*"
    r"|友情链接\s*[:：].{0,200}|版权所有\s*[:：©].{0,120}|.{0,60}ICP备\d.{0,60}",
    re.IGNORECASE,
)
_LIST_NAME = re.compile(r"(?:名单|目录|一览|列表|表|名录)$")


def mark_crumbs(lines: Sequence[Line], roles: list[Role], restore: set[str]) -> None:
    """A page whose lines give no clue (no blank lines, or Markdown) is a capture only where navigation repeats itself."""
    repeated = list(_repeating_runs(lines, roles))
    spaced = is_spaced(lines, roles) and sum(line.gap for line in lines) >= BLANK_LINES
    by_hand = any(line.level for line in lines)
    runs = [*repeated]
    if spaced and not by_hand:
        runs += _short_runs(lines, roles)
    if runs or (spaced and not by_hand):
        runs += _tail(lines, roles)
    for first, last in runs:
        for i in range(first, last):
            roles[i] = "text" if compact(lines[i].text) in restore else "crumb"
    for i, line in enumerate(lines):
        furniture = _UNMISTAKABLE.fullmatch(line.text) or (spaced and _FURNITURE.fullmatch(line.text))
        if roles[i] == "text" and furniture and compact(line.text) not in restore:
            roles[i] = "crumb"
    for i in range(_name_of_site(lines, roles)):
        roles[i] = "text" if compact(lines[i].text) in restore else "crumb"
    for first, last in _columns(lines, roles):
        for i in range(first, last):
            roles[i] = "text" if compact(lines[i].text) in restore else "crumb"


def _name_of_site(lines: Sequence[Line], roles: Sequence[Role]) -> int:
    """How many short lines stand above the first two lines of a page, which are its menu."""
    first = next((i for i, role in enumerate(roles) if role != "text"), len(roles))
    menu = roles[first : first + 2] == ["crumb", "crumb"]
    return first if menu and first <= 2 and all(map(_may_be_crumb, lines[:first])) else 0


def _columns(lines: Sequence[Line], roles: Sequence[Role]) -> Iterator[tuple[int, int]]:
    """Short lines between navigation and a title: the name of the column that the page is in."""
    for last in range(2, len(lines)):
        first = last
        while first > 0 and roles[last] == "title" and roles[first - 1] == "text" and _may_be_crumb(lines[first - 1]):
            first -= 1
        if first < last and first > 0 and roles[first - 1] == "crumb":
            yield first, last


def _repeating_runs(lines: Sequence[Line], roles: Sequence[Role]) -> Iterator[tuple[int, int]]:
    """Short lines in a row with one among them twice, after a sentence: a menu, however its lines are set."""
    content = sum(len(line.text) for line in lines)
    i = 0
    while i < len(lines):
        end = i
        while end < len(lines) and roles[end] == "text" and _may_be_crumb(lines[end]):
            end += 1
        heads_text = end < len(lines) and lines[end - 1].gap >= lines[end].gap and is_plain_name(lines[end - 1])
        last = end - 1 if heads_text else end
        texts = [line.text for line in lines[i:last]]
        repeats = len(texts) >= 3 and len(set(texts)) < len(texts)
        after_sentence = i > 0 and roles[i - 1] == "text" and ends_sentence(lines[i - 1].text)
        annex = any(ANNEX.match(text) or _LIST_NAME.search(text) for text in texts)
        if repeats and after_sentence and not annex and sum(map(len, texts)) <= CONTENT_SHARE * content:
            yield i, last
        i = max(end, i + 1)


def _may_be_crumb(line: Line) -> bool:
    return line.mark is None and not line.level and (is_short(line) or bool(_FURNITURE.fullmatch(line.text)))


def _short_runs(lines: Sequence[Line], roles: Sequence[Role]) -> Iterator[tuple[int, int]]:
    """Two or more short lines without a blank line between, that belong to no list, table, title or signature."""
    content = sum(len(line.text) for line in lines)
    i = 0
    while i < len(lines):
        end = i
        while (
            end < len(lines) and roles[end] == "text" and _may_be_crumb(lines[end]) and (end == i or not lines[end].gap)
        ):
            end += 1
        if end - i >= 2 and _is_navigation(lines, roles, i, end, content):
            yield i, end
        i = max(end, i + 1)


def _is_navigation(lines: Sequence[Line], roles: Sequence[Role], first: int, last: int, content: int) -> bool:
    run = lines[first:last]
    if not (run[0].gap or first == 0 or roles[first - 1] != "text" or ends_sentence(lines[first - 1].text)):
        return False
    if sum(len(line.text) for line in run) > CONTENT_SHARE * content:
        return False
    if any(_MENU.fullmatch(line.text) or _FURNITURE.fullmatch(line.text) for line in run):
        return True
    if last < len(lines) and not lines[last].gap and (is_date(lines[last].text) or not ends_sentence(lines[last].text)):
        return False
    return not (
        _is_table(run)
        or _is_list(lines, roles, first)
        or _is_title_block(lines, first, last)
        or _is_wrapped(lines, first, last)
    )


def _is_table(run: Sequence[Line]) -> bool:
    cells = {len(line.text.split()) for line in run}
    return sum(any(c.isdigit() for c in line.text) for line in run) * 2 > len(run) or (
        len(cells) == 1 and cells > {1} and len(run) > 2
    )


def _is_list(lines: Sequence[Line], roles: Sequence[Role], first: int) -> bool:
    """Names below a heading or after a colon."""
    if first == 0 or roles[first - 1] != "text":
        return False
    above = lines[first - 1]
    return (
        above.text.endswith(("：", ":"))
        or bool(above.level)
        or (above.mark is None and is_short(above))
        or not ends_sentence(above.text)
    )


def _is_title_block(lines: Sequence[Line], first: int, last: int) -> bool:
    """A title in two or three lines above the text: …协会 / 章程 / (2020年修订)"""
    return (
        last - first <= HEADINGS_IN_A_ROW
        and first == 0
        and any(kind_of(line.text) or line.text in KINDS for line in lines[first:last])
    )


def _is_wrapped(lines: Sequence[Line], first: int, last: int) -> bool:
    """A paragraph broken into lines of one length."""
    if last >= len(lines) or lines[last].gap:
        return False
    lengths = [len(line.text) for line in lines[first:last]]
    return max(lengths) - min(lengths) <= 4 and min(lengths) > 12


def _tail(lines: Sequence[Line], roles: Sequence[Role]) -> Iterator[tuple[int, int]]:
    """Short lines after the last sentence, unless they sign the text, or stand below a heading or colon."""
    first = len(lines)
    while first > 0 and roles[first - 1] == "text" and _may_be_crumb(lines[first - 1]):
        first -= 1
    if first in (0, len(lines)) or roles[first - 1] != "text":
        return
    tail = lines[first:]
    if ends_sentence(lines[first - 1].text) and not _is_annex(tail) and not ORGANISATION.fullmatch(tail[0].text):
        yield first, len(lines)


def _is_annex(tail: Sequence[Line]) -> bool:
    """A list or table at the end: long, named as one, numbered, or with a heading of its own."""
    headed = len(tail) > 2 and tail[1].gap and not tail[2].gap
    return (
        len(tail) > TAIL_LINES
        or bool(ANNEX.match(tail[0].text))
        or bool(_LIST_NAME.search(tail[0].text))
        or headed
        or _is_table(tail)
    )
