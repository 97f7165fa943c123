"""Where the works of a document begin and end, and what stands on them: title, date, source; and what is navigation, not text.

Web captures run several works together with the page around them. Nothing here knows the words of one site: the
evidence is short lines against sentences, blank lines, fields such as 时间: and 来源:, and repeated titles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ingest.lines import (
    HEADING_CHARS,
    TITLE_CHARS,
    Line,
    compact,
    ends_sentence,
    find_date,
    is_colon_line,
    is_date,
    is_markup,
    is_prose,
    is_short,
)

Role = Literal["text", "title", "meta", "markup", "crumb"]

HEADINGS_IN_A_ROW = 3  # title, part, point; more short lines in a row are a list
HEADER_LINES = 5  # between a title and its repetition: date, slogan, place
CONTENT_SHARE = 0.3  # short lines that make up more of a document than this are what it is about
SPACED_SHARE = 0.6  # of paragraphs set apart by blank lines; below it a missing blank line says nothing
SUBJECT_CHARS = 30

# Suffix of a title -> kind of work. The longest suffix wins.
KINDS = {
    **{
        kind: kind
        for kind in [
            "章程",
            "倡议书",
            "通知",
            "通知书",
            "公告",
            "通告",
            "办法",
            "规定",
            "条例",
            "细则",
            "意见",
            "决定",
            "决议",
            "提案",
            "议案",
            "简介",
            "简况",
            "规则",
            "规程",
            "规范",
            "制度",
            "通报",
            "函",
            "公报",
            "纪要",
            "报告",
            "方案",
            "计划",
            "规划",
            "纲要",
            "准则",
            "守则",
            "公约",
            "声明",
            "宣言",
            "倡议",
            "批复",
            "请示",
            "命令",
            "解释",
            "标准",
            "须知",
            "指南",
            "手册",
            "总结",
            "说明",
            "承诺书",
            "意见书",
            "建议书",
            "邀请函",
            "修正案",
            "议事规则",
            "名单",
        ]
    },
    "法": "法律",
    "宪法": "法律",
    "法典": "法律",
}
_KIND = re.compile("(" + "|".join(sorted(KINDS, key=len, reverse=True)) + ")$")
_AFTER_KIND = re.compile(r"(?:[（(【\[][^（）()【】\[\]]{1,30}[)）】\]])+$")

_KEY = (
    r"(?:发布|更新|成文|印发|生效|发文|创建|添加|录入)?(?:时间|日期)|(?:信息|文章|稿件|资料)?来源|作者|(?:责任|本文)?编辑|责编|浏览(?:次数|量)?"
    r"|阅读(?:次数|量)?|点击(?:次数|数|量|率)?|访问量|发布(?:人|者|单位|机构)?|(?:发文|成文|制定)(?:单位|机关|机构)|供稿(?:单位)?|发文字号|文号|索引号"
)
_FIELD = re.compile(rf"(?:(?<=[\s|　】\])）])|^)[【\[（(]?(?P<key>{_KEY})\s*[:：]")
_BARE_TIME = {"时间", "日期"}  # a meeting has them too; only with a date and below a title are they the work's
_DATE_THEN_FIELDS = re.compile(rf"(?:19|20)\d\d[-年/.][\d\-月日/.:：\s]{{2,20}}[|\s]*(?:{_KEY})\s*[:：]")
_FILE_NUMBER = re.compile(r"[\w\s]{1,20}[〔\[【（(](?:19|20)\d\d[〕\]】）)]\s*第?\s*\d+\s*号")
_BRACKETED = re.compile(r"[（(【\[].*[)）】\]]")
_ADOPTED = re.compile(r"通过|修订|修正|公布|发布|批准|制定|印发")
_SUBTITLE = re.compile(r"[—─－-]{1,2}\s*\S")
ANNEX = re.compile(r"附\s*(?:件|录|表|则|图)?\s*[\d一二三四五六七八九十]*\s*(?:[：:]|$|\s)")

# What pages have around a text, on any site. The first kind is navigation also when it stands alone.
_FURNITURE = re.compile(
    r"(?:上一[篇条页]|下一[篇条页]|当前位置|您(?:现在)?(?:的|所在的?)位置|版权所有|copyright|©).{0,60}|.{0,20}ICP备.{0,40}",
    re.IGNORECASE,
)
_MENU = re.compile(
    r"(?:网站)?首页|返回.{0,4}|相关(?:链接|文章|新闻|阅读)|友情链接|网站地图|设为首页|加入收藏|联系我们|关于我们|新闻中心|通知公告|【?打印(?:本页)?】?"
    r"|【?关闭(?:窗口)?】?|分享到?.{0,4}"
)

# A name ends here: what a work about an organisation is about.
ORGANISATION = re.compile(
    r"^[^\s，。,、:：]{2,30}?(?:协会|学会|商会|联合会|研究会|促进会|基金会|委员会|联盟|公司|集团|中心|研究院|研究所)"
)
_COPULA = re.compile(
    r"(?<![但于凡可还只就正也不都或若要])是(?!否)|(?:始|成立|创立|创建|创办|创刊|起源)于|旨在|系(?=[由指经一全依])|(?<!意)指|成立"
)
_WEAK_COPULA = re.compile(r"(?<![认作成因])为(?!了)|由|于")
_ASIDE = re.compile(r"[（(〔\[][^（）()〔〕\[\]]*[)）〕\]]")
_CLAUSE_END = re.compile(r"[，,。；;：:！!？?]")
_NAME_END = " \t\u3000\xa0,，、:：;；-—的"


@dataclass(frozen=True, slots=True)
class Part:
    """A work as its lines show it: lines[first:last] of the document."""

    first: int
    last: int
    title: str = ""  # as printed; "" when it has none
    date: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """What each line is, and the works they make up."""

    roles: tuple[Role, ...]
    headings: tuple[bool, ...]  # a plain heading: short, unnumbered, with something below
    parts: tuple[Part, ...]


def lay_out(lines: Sequence[Line], given_title: str, restore: Sequence[str] = ()) -> Layout:
    roles: list[Role] = ["markup" if markup else "text" for markup in _markup(lines)]
    parts = _titled_parts(lines, roles)
    _mark_crumbs(lines, roles, {compact(line) for line in restore})
    headings = find_headings(lines, roles)
    _mark_signed_works(lines, roles, headings, parts)
    parts = _cut(lines, roles, parts)
    parts = [
        _with_first_title(lines, roles, headings, part, given_title if n == 0 else "") for n, part in enumerate(parts)
    ]
    parts = [_with_dates(lines, roles, part) for part in parts]
    return Layout(
        tuple(roles), tuple(flag and role == "text" for flag, role in zip(headings, roles, strict=True)), tuple(parts)
    )


def kind_of(title: str) -> str:
    """…协会章程（试行） -> 章程; "" when the title names no kind."""
    bare = title.strip().strip("〔〕《》")
    while shorter := _AFTER_KIND.sub("", bare):
        if shorter == bare:
            break
        bare = shorter
    found = _KIND.search(bare)
    return KINDS[found[1]] if found and len(bare) > len(found[1]) else ""


def subject(sentence: str) -> str:
    """中国“质量月”活动始于1978年,是… -> 中国“质量月”活动; the first clause when no predicate is found."""
    sentence = _ASIDE.sub("", sentence)
    clause = _CLAUSE_END.split(sentence, maxsplit=1)[0]
    head = clause[: SUBJECT_CHARS + 2]
    for predicate in (_COPULA, _WEAK_COPULA):
        found = next((m for m in predicate.finditer(head) if len(head[: m.start()].strip(_NAME_END)) >= 2), None)
        if found:
            return head[: found.start()].strip(_NAME_END)
    return clause[:SUBJECT_CHARS].strip(_NAME_END)


def find_headings(lines: Sequence[Line], roles: Sequence[Role]) -> list[bool]:
    """Plain headings: a short line that follows the end of something and has sentences, items or another heading below."""
    spaced = _is_spaced(lines, roles)
    depth = [0] * (len(lines) + 1)
    for i in range(len(lines) - 1, -1, -1):
        if not _may_be_heading(lines, roles, i):
            continue
        below = _next_text(roles, i)
        if below is None:
            continue
        if _has_words_of_its_own(lines[below], spaced=spaced):
            depth[i] = 1
        elif depth[below] and lines[below].gap:
            depth[i] = depth[below] + 1
    return [0 < depth[i] <= HEADINGS_IN_A_ROW for i in range(len(lines))]


def _may_be_heading(lines: Sequence[Line], roles: Sequence[Role], i: int) -> bool:
    line = lines[i]
    if roles[i] != "text" or line.mark or line.level or not is_short(line):
        return False
    return line.gap or i == 0 or roles[i - 1] != "text" or ends_sentence(lines[i - 1].text)


def _has_words_of_its_own(line: Line, *, spaced: bool) -> bool:
    if line.mark or line.level or is_colon_line(line):
        return True
    return is_prose(line) if spaced else len(line.text) > HEADING_CHARS


def _next_text(roles: Sequence[Role], i: int) -> int | None:
    """The next line that is text, unless a work or navigation stands between."""
    for j in range(i + 1, len(roles)):
        if roles[j] == "text":
            return j
        if roles[j] != "markup":
            return None
    return None


def _markup(lines: Sequence[Line]) -> Iterator[bool]:
    """Comments (also over several lines) and rules are no text."""
    closes = _comment_ends(lines)
    until = -1
    for i, line in enumerate(lines):
        if i > until and line.text.startswith("<!--") and "-->" not in line.text:
            until = closes[i]
        yield i <= until or is_markup(line)


def _comment_ends(lines: Sequence[Line]) -> list[int]:
    """For each line the next one that ends with -->; -1 for none, so that an open comment hides nothing."""
    ends = [-1] * len(lines)
    last = -1
    for i in range(len(lines) - 1, -1, -1):
        if lines[i].text.endswith("-->"):
            last = i
        ends[i] = last
    return ends


# Titles with fields below them, and Markdown titles


def _titled_parts(lines: Sequence[Line], roles: list[Role]) -> list[Part]:
    """Works that show where they begin. Their header lines get their roles."""
    parts: list[Part] = []
    text_seen = False
    for i, line in enumerate(lines):
        if roles[i] != "text":
            continue
        if line.level == 1 and not line.mark and not ANNEX.match(line.words) and (text_seen or not parts):
            parts.append(_header(lines, roles, i, i))
            text_seen = False
        elif _is_field_line(lines, i) and (title := _title_above(lines, roles, i)) is not None:
            first = _first_title_line(lines, roles, title)
            parts.append(_header(lines, roles, first, title))
            text_seen = False
        else:
            text_seen = True
    return parts


def _is_field_line(lines: Sequence[Line], i: int) -> bool:
    text = lines[i].text
    if len(text) > 2 * TITLE_CHARS:
        return False
    if _DATE_THEN_FIELDS.match(text):
        return True
    first = _FIELD.match(text)
    if not first:
        return False
    if first["key"] not in _BARE_TIME or len(_fields(text)) > 1:
        return True
    neighbour = lines[i + 1].text if i + 1 < len(lines) and not lines[i + 1].gap else ""
    return len(find_date(text)) == len("2018-09-02") and ":" not in neighbour[:8] and "：" not in neighbour[:8]


def _fields(text: str) -> dict[str, str]:
    found = list(_FIELD.finditer(text))
    ends = [m.start() for m in found[1:]] + [len(text)]
    return {
        m["key"]: text[m.end() : end].strip(" \t\u3000\xa0|【】[]()（）") for m, end in zip(found, ends, strict=True)
    }


def _title_above(lines: Sequence[Line], roles: Sequence[Role], i: int) -> int | None:
    """The nearest line above a line of fields, past a bracketed number, if it can be a title."""
    above = i - 1
    while above >= 0 and i - above <= 2 and (roles[above] == "markup" or _is_header_note(lines[above])):
        above -= 1
    if above < 0 or roles[above] != "text" or not _may_be_title(lines[above]):
        return None
    return above


def _may_be_title(line: Line) -> bool:
    words = line.words
    return (
        1 < len(words) <= TITLE_CHARS
        and (line.mark is None or line.level == 1)
        and not ends_sentence(words)
        and words[-1] not in "，,、：:"
        and "。" not in words
        and not is_date(words)
        and not _FIELD.match(words)
    )


def _first_title_line(lines: Sequence[Line], roles: Sequence[Role], title: int) -> int:
    """A title set in two lines: the second names the kind, the first is no sentence and no menu."""
    above = title - 1
    joined = (
        above >= 0
        and not lines[title].gap
        and roles[above] == "text"
        and (lines[above].gap or above == 0)
        and len(lines[above].text) >= 8
        and is_short(lines[above])
        and kind_of(lines[title].words)
        and not kind_of(lines[above].words)
        and not re.search(r"[>|»\s]", lines[above].text)
    )
    return above if joined else title


def _is_header_note(line: Line) -> bool:
    """(2018年9月·北京), 中质协〔2024〕12号, ——在…上的讲话"""
    text = line.words
    if len(text) > TITLE_CHARS or line.mark:
        return False
    return bool(_BRACKETED.fullmatch(text) or _FILE_NUMBER.fullmatch(text) or _SUBTITLE.match(text) or is_date(text))


def _header(lines: Sequence[Line], roles: list[Role], first: int, title: int) -> Part:
    """Marks the lines of a header: title, fields, and all up to a repetition of the title or a bracketed note."""
    words = "".join(line.words for line in lines[first : title + 1])
    for i in range(first, title + 1):
        roles[i] = "title"
    end = _header_end(lines, roles, title, compact(words))
    fields: dict[str, str] = {}
    date = ""
    for i in range(title + 1, end):
        if roles[i] == "markup":
            continue
        is_field = bool(_FIELD.match(lines[i].text) or _DATE_THEN_FIELDS.match(lines[i].text))
        roles[i] = "meta" if is_field or is_date(lines[i].text) or _FILE_NUMBER.fullmatch(lines[i].text) else "title"
        fields = {**_fields(lines[i].text), **fields} if is_field else fields
        date = date if date or not is_field else find_date(lines[i].text)
    noted = next((find_date(lines[i].text) for i in range(title + 1, end) if find_date(lines[i].text)), "")
    source = next((value for key, value in fields.items() if key.endswith("来源") and value), "")
    return Part(first, len(lines), words, date or noted, source)


def _header_end(lines: Sequence[Line], roles: Sequence[Role], title: int, words: str) -> int:
    end = i = title + 1
    while i < len(lines) and i - end < HEADER_LINES:
        line = lines[i]
        if roles[i] == "markup":
            i += 1
            continue
        if _ends_header(line):
            break
        if (
            _is_field_line(lines, i)
            or compact(line.words) == words
            or (_is_header_note(line) and not _tells_adoption(line))
        ):
            end = i + 1
        i += 1
    return end


def _ends_header(line: Line) -> bool:
    if _FIELD.match(line.text) or _is_header_note(line):
        return False
    return line.level > 1 or line.mark is not None or not _may_be_title(line)


def _tells_adoption(line: Line) -> bool:
    """（2015年3月1日第三届会员代表大会通过）is worth finding; (2018年9月·北京) is not."""
    return bool(_ADOPTED.search(line.text)) and len(line.text) >= 12


# Navigation


def _mark_crumbs(lines: Sequence[Line], roles: list[Role], restore: set[str]) -> None:
    if not _is_spaced(lines, roles) or not any(is_prose(line) for line in lines):
        return
    for first, last in [*_short_runs(lines, roles), *_tail(lines, roles)]:
        run = range(first, last)
        if not any(compact(lines[i].text) in restore for i in run):
            for i in run:
                roles[i] = "crumb"
    for i, line in enumerate(lines):
        if roles[i] == "text" and _FURNITURE.fullmatch(line.text) and compact(line.text) not in restore:
            roles[i] = "crumb"


def _is_spaced(lines: Sequence[Line], roles: Sequence[Role]) -> bool:
    """Whether paragraphs are set apart by blank lines; items of a list may stand close."""
    prose = [
        line for line, role in zip(lines, roles, strict=True) if role == "text" and is_prose(line) and not line.mark
    ]
    return sum(line.gap for line in prose) >= SPACED_SHARE * len(prose)


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
    above = lines[first - 1]
    if ends_sentence(above.text) and not ORGANISATION.fullmatch(lines[first].text):
        yield first, len(lines)


# Works without fields


def _mark_signed_works(lines: Sequence[Line], roles: list[Role], headings: Sequence[bool], parts: list[Part]) -> None:
    """After organisation and date have signed a notice, the next heading is the title of another."""
    starts = {part.first for part in parts}
    for i in range(1, len(lines) - 1):
        signed = roles[i] == "text" and is_date(lines[i].text) and roles[i - 1] == "text" and is_short(lines[i - 1])
        if (
            signed
            and headings[i + 1]
            and lines[i + 1].gap
            and i + 1 not in starts
            and not ANNEX.match(lines[i + 1].text)
        ):
            parts.append(_header(lines, roles, i + 1, i + 1))


def _cut(lines: Sequence[Line], roles: Sequence[Role], parts: Sequence[Part]) -> list[Part]:
    """Ends each work where the next begins or navigation stands; what follows navigation is a work of its own."""
    titled = {part.first: part for part in parts}
    found: list[Part] = []
    open_since: Part | None = None
    for i in range(len(lines)):
        if i in titled:
            found += _closed(open_since, i)
            open_since = titled[i]
        elif roles[i] == "crumb":
            found += _closed(open_since, i)
            open_since = None
        elif open_since is None:
            open_since = Part(i, len(lines))
    found += _closed(open_since, len(lines))
    return [part for part in found if any(roles[i] != "markup" for i in range(part.first, part.last))]


def _closed(part: Part | None, last: int) -> list[Part]:
    return [] if part is None else [replace(part, last=last)]


def _with_first_title(
    lines: Sequence[Line], roles: list[Role], headings: Sequence[bool], part: Part, given: str
) -> Part:
    """A work's first line is its title when it stands like a heading over the whole, not over one of several sections."""
    if part.title:
        return part
    first = next((i for i in range(part.first, part.last) if roles[i] == "text"), None)
    if first is None:
        return replace(part, title=given)
    line = lines[first]
    if given:
        if compact(line.words) == compact(given):
            roles[first] = "title"
        return replace(part, title=given)
    if not _opens_work(lines, headings, part, first):
        return replace(part, title="")
    header = _header(lines, roles, first, first)
    return replace(header, last=part.last)


def _opens_work(lines: Sequence[Line], headings: Sequence[bool], part: Part, first: int) -> bool:
    line = lines[first]
    if not headings[first]:
        return _is_long_title(lines, part, first)
    others = [lines[i].words for i in range(first + 1, part.last) if headings[i]]
    if any(_shared(line.words, other) for other in others):
        return False
    return bool(kind_of(line.words)) or not others or headings[first + 1] or len(compact(line.words)) > 6


def _is_long_title(lines: Sequence[Line], part: Part, first: int) -> bool:
    line = lines[first]
    alone = line.gap and first + 1 < part.last and lines[first + 1].gap
    return (
        alone
        and line.mark is None
        and not line.level
        and len(line.text) > HEADING_CHARS
        and _may_be_title(line)
        and bool(kind_of(line.words))
    )


def _shared(one: str, other: str) -> str:
    """The name two headings begin with, if it is long enough to be one and leaves both something of their own."""
    length = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:length] if 4 <= length <= min(len(one), len(other)) - 2 else ""


def common_name(headings: Sequence[str]) -> str:
    """中国质量检验协会 from 中国质量检验协会宗旨, 中国质量检验协会职能简介, 备注; "" when no two share one."""
    shared = {_shared(a, b) for n, a in enumerate(headings) for b in headings[n + 1 :]} - {""}
    return max(shared, key=lambda name: (sum(h.startswith(name) for h in headings), len(name)), default="")


def _with_dates(lines: Sequence[Line], roles: Sequence[Role], part: Part) -> Part:
    """Without a field of its own a work is dated by the lines of its adoption, else by its signature."""
    if part.date:
        return part
    texts = [lines[i] for i in range(part.first, part.last) if roles[i] == "text"]
    adopted = ""
    for line in texts:
        date = find_date(line.text[:24])
        if not date or line.mark or not (line.text[0].isdigit() or line.text[0] in "（("):
            break
        adopted = date if _ADOPTED.search(line.text) or not adopted else adopted
    signed = find_date(texts[-1].text) if len(texts) > 1 and is_date(texts[-1].text) else ""
    return replace(part, date=adopted or signed)
