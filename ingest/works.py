"""Where the works of a document begin and end, and what stands at their heads: title, date, source.

Web captures run several works together with the page around them. Nothing here knows the words of one site: the
evidence is short lines against sentences, fields such as 时间: and 来源:, repeated titles, signatures, and navigation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.headings import ANNEX, Role, find_headings
from ingest.lines import (
    FIELD,
    HEADING_CHARS,
    TITLE_CHARS,
    Line,
    compact,
    ends_sentence,
    find_date,
    is_colon_line,
    is_date,
    is_markup,
    is_short,
)
from ingest.navigation import mark_crumbs
from ingest.titles import ORGANISATION, kind_of, shared_name

HEADER_LINES = 5  # between a title and its repetition: date, slogan, place

# Fields below a title.
_KEY = (
    r"(?:发布|更新|成文|印发|生效|发文|创建|添加|录入)?(?:时间|日期)|(?:信息|文章|稿件|资料)?来源|作者|(?:责任|本文)?编辑|责编|浏览(?:次数|量)?"
    r"|阅读(?:次数|量)?|点击(?:次数|数|量|率)?|访问量|发布(?:人|者|单位|机构)?|(?:发文|成文|制定)(?:单位|机关|机构)|供稿(?:单位)?|发文字号|文号|索引号"
)
_FIELD = re.compile(rf"(?:(?<=[\s|　】\])）])|^)[【\[（(]?(?P<key>{_KEY})\s*[:：]")
_BARE_TIME = {"时间", "日期"}  # a meeting has them too; only with a date and below a title are they the work's
_STAFF = {"编辑", "责任编辑", "本文编辑", "责编"}  # stand below a text, not above it
_DATE_THEN_FIELDS = re.compile(rf"(?:19|20)\d\d[-年/.][\d\-月日/.:：\s]{{2,20}}[|\s]*(?:{_KEY})\s*[:：]")
_FILE_NUMBER = re.compile(
    r"[\w\s]{1,20}[〔\[【（(](?:19|20)\d\d[〕\]】）)]\s*第?\s*\d+\s*号|(?:19|20)\d\d\s*年\s*第\s*\d+\s*号"
)
_SIGNER = re.compile(r"签发人?\s*[:：]")
_LETTERHEAD = re.compile(r"文\s*件$")
_BELOW_SIGNATURE = re.compile(r"[（(]此件.{0,12}公开|(?:抄送|抄报|分送|主题词|附件?)|.{2,40}印发$")
TITLE_LINES = 3  # of a title under a file number
_BRACKETED = re.compile(r"[（(【\[].*[)）】\]]")
_ADOPTED = re.compile(r"通过|修订|修正|公布|发布|批准|制定|印发")
_SUBTITLE = re.compile(r"[—─－-]{1,2}\s*\S")


@dataclass(frozen=True, slots=True)
class Part:
    """A work as its lines show it: lines[first:last] of the document."""

    first: int
    last: int
    title: str = ""  # as printed; "" when it has none
    date: str = ""
    source: str = ""
    file_number: str = ""  # 发文字号, as printed


@dataclass(frozen=True, slots=True)
class Layout:
    """What each line is, and the works they make up."""

    roles: tuple[Role, ...]
    headings: tuple[bool, ...]  # a plain heading: short, unnumbered, with something below
    parts: tuple[Part, ...]


def lay_out(
    lines: Sequence[Line],
    given_title: str,
    restore: Sequence[str] = (),
    begins: int = 0,
    heads: Collection[int] = (),
) -> Layout:
    """begins: offset of the first line that is text, below the front matter. heads: offsets of rows that name columns."""
    roles: list[Role] = [
        "markup" if markup or line.start < begins or line.start in heads else "text"
        for line, markup in zip(lines, _markup(lines), strict=True)
    ]
    parts = _titled_parts(lines, roles)
    mark_crumbs(lines, roles, {compact(line) for line in restore})
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
        elif (
            not line.row and _FILE_NUMBER.fullmatch(line.text) and (below := _title_below(lines, roles, i)) is not None
        ):
            parts.append(_official_header(lines, roles, i, *below))
            text_seen = False
        elif _is_field_line(lines, i) and i + 1 < len(lines) and (title := _title_above(lines, roles, i)) is not None:
            first = _first_title_line(lines, roles, title)
            parts.append(_header(lines, roles, first, title))
            text_seen = False
        elif _is_repeated_title(lines, i):
            parts.append(_header(lines, roles, i, i))
            text_seen = False
        else:
            text_seen = True
    return parts


def _title_below(lines: Sequence[Line], roles: Sequence[Role], number: int) -> tuple[int, int] | None:
    """First and last line of the title under a file number, past the name of who signs it. It names its kind."""
    first = number + 1
    if first < len(lines) and _SIGNER.match(lines[first].text):
        first += 1
    for last in range(first, min(first + TITLE_LINES, len(lines))):
        if roles[last] != "text" or not _may_be_title(lines[last]) or (last > first and lines[last].gap):
            return None
        if kind_of("".join(line.words for line in lines[first : last + 1])):
            return first, last
    return None


def _official_header(lines: Sequence[Line], roles: list[Role], number: int, first: int, last: int) -> Part:
    """Letterhead, file number and title, in the order of GB/T 9704-2012."""
    part = _header(lines, roles, first, last)
    above = number - 1
    headed = above >= 0 and roles[above] == "text" and (lines[above].gap or above == 0) and is_short(lines[above])
    headed = headed and bool(_LETTERHEAD.search(lines[above].words) or ORGANISATION.match(lines[above].words))
    begins = above if headed else number
    for i in range(begins, first):
        roles[i] = "meta" if i >= number else "title"
    named = ORGANISATION.match(lines[above].words) if headed else None
    issuer = named[0] if named else _LETTERHEAD.sub("", lines[above].words).strip() if headed else ""
    return replace(part, first=begins, source=part.source or issuer, file_number=compact(lines[number].text))


def _is_repeated_title(lines: Sequence[Line], i: int) -> bool:
    """A title that names its kind, stands apart, and stands once more a few short lines below."""
    line = lines[i]
    if not (line.gap and _may_be_title(line) and kind_of(line.words)):
        return False
    for below in lines[i + 1 : i + 1 + HEADER_LINES]:
        if not (_may_be_title(below) or _is_header_note(below)):
            return False
        if compact(below.words) == compact(line.words):
            return True
    return False


def _is_field_line(lines: Sequence[Line], i: int) -> bool:
    text = lines[i].text
    if len(text) > 2 * TITLE_CHARS or lines[i].row:
        return False
    if _DATE_THEN_FIELDS.match(text):
        return True
    first = _FIELD.match(text)
    if not first:
        return False
    if first["key"] not in _BARE_TIME or len(_fields(text)) > 1:
        return not set(_fields(text)) <= _STAFF
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
        not line.row
        and 1 < len(words) <= TITLE_CHARS
        and (line.mark is None or line.level == 1)
        and not ends_sentence(words)
        and words[-1] not in "，,、：:"
        and "。" not in words
        and not is_date(words)
        and not _FIELD.match(words)
        and (not FIELD.match(words) or bool(kind_of(words)))
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
    if len(text) > TITLE_CHARS or line.mark or line.row:
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
    numbered = next(
        (compact(lines[i].text) for i in range(title + 1, end) if _FILE_NUMBER.fullmatch(lines[i].text)), ""
    )
    return Part(first, len(lines), words, date or noted, source, numbered)


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
    last_title = _title_end(lines, roles, part, first)
    if last_title is None and not _opens_work(lines, headings, part, first):
        return part
    return replace(_header(lines, roles, first, first if last_title is None else last_title), last=part.last)


def _title_end(lines: Sequence[Line], roles: Sequence[Role], part: Part, first: int) -> int | None:
    """The last line of a title that names its kind and stands over the whole: 云岭茶叶学会章程, or 云岭茶叶学会 / 章程."""
    for last in (first, first + 1):
        below = last + 1
        if (
            below >= part.last
            or roles[last] != "text"
            or not _may_be_title(lines[last])
            or (last > first and lines[last].gap)
        ):
            return None
        words = "".join(line.words for line in lines[first:below])
        set_apart = lines[below].gap or _is_header_note(lines[below])
        over_text = (
            len(words) > HEADING_CHARS
            or _is_header_note(lines[below])
            or lines[below].mark
            or last > first
            or is_colon_line(lines[below])
        )
        if kind_of(words) and set_apart and over_text:
            return last
    return None


def _opens_work(lines: Sequence[Line], headings: Sequence[bool], part: Part, first: int) -> bool:
    line = lines[first]
    if not headings[first]:
        return False
    others = [lines[i].words for i in range(first + 1, part.last) if headings[i]]
    if any(shared_name(line.words, other) for other in others):
        return False
    return bool(kind_of(line.words)) or not others or headings[first + 1] or len(compact(line.words)) > 6


def _with_dates(lines: Sequence[Line], roles: Sequence[Role], part: Part) -> Part:
    """Without a field of its own a work is dated by the lines of its adoption, else by its signature, which also says who
    published it.
    """
    texts = [lines[i] for i in range(part.first, part.last) if roles[i] == "text"]
    signed, signer = _signature(texts)
    part = replace(part, source=part.source or signer)
    if part.date:
        return part
    adopted = ""
    for line in texts:
        date = find_date(line.text[:24])
        if not date or line.mark or not (line.text[0].isdigit() or line.text[0] in "（("):
            break
        adopted = date if _ADOPTED.search(line.text) or not adopted else adopted
    return replace(part, date=adopted or signed)


def _signature(texts: Sequence[Line]) -> tuple[str, str]:
    """Date and organisation at the end, above annexes and the list of who gets a copy."""
    for n in range(len(texts) - 1, 0, -1):
        above, last = texts[n - 1], n + 1 == len(texts)
        if is_date(texts[n].text) and (last or (is_short(above) and _BELOW_SIGNATURE.match(texts[n + 1].text))):
            signed_by = is_short(above) and ORGANISATION.match(above.words)
            return find_date(texts[n].text), above.words if signed_by else ""
    return "", ""
