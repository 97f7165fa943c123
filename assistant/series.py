"""Series inside a sentence, “专业化,技术化,社会化” or 甲转变、乙转变、丙转变, for questions that ask for them or for how many they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.answer import Draft, Quote, Statement
from assistant.extract import Candidate
from vectorstore.normalise import normalise
from vectorstore.numerals import NUMERAL, number
from vectorstore.passage import Hit, Passage

GIVING = 3.0  # log-odds by which a sentence may fall short of the best and still be quoted for what it lists
MEMBERS = 2  # at least, of a series
NAME_CHARS = 8  # of the words after a series that say what it is: …”的工作原则

_SO_MANY = re.compile(
    rf"哪({NUMERAL}+)(?!年|月|日|天)|({NUMERAL}+)(?:个|大|项|条|句|种|点|类|方面|词|字)+.{{0,8}}(?:是|指|有|包括|分别).{{0,4}}(?:哪些|什么|啥)"
)
_COUNTED = re.compile(
    rf"(?:{NUMERAL}|几|多少)(?:个|大|项|条|句|种|点|类)[“\"‘「]?(?P<what>[\u3400-\u9fff]{{1,6}}?)[”\"’」]?(?:$|[,?!。的\s]|是|指|有|分别|包括)"
)
_ASKS = re.compile(rf"(?:多少|几)(?:个|大|项|条|句|种|点|类)|哪(?:些|几|{NUMERAL})|分别")
_QUOTED = re.compile(r"[“\"]([^“”\"]+)[”\"]")
_MEMBER = r"(?:[^,，、;；:：。“”\"（）()]|[（(][^（）()]{1,8}[）)])+"
_RUN = re.compile(rf"{_MEMBER}(?:、{_MEMBER})+")
_KINDS = re.compile(
    r"(?:哪些|哪几[个家项种]|什么)(?P<what>[\u3400-\u9fff]{2,6}?)(?:$|[,?!。\s]|是|有|参加|参与|响应|一起|联合|组织|呢)"
)
_AND_SO_ON = re.compile(r"等(?:\d+)?[余多]?[个家种类项]?(?P<kind>[\u3400-\u9fff]{2,8})")
_JOINED = re.compile("以及|[和及与]")
_BETWEEN = re.compile("[、,，;；]")
_PAUSE = '，,；;：:。！？!?“”"、'
_CALLED = re.compile(rf"的?([\u3400-\u9fff]{{2,{NAME_CHARS}}}?)(?=[,，;；。:：]|$)")


@dataclass(frozen=True, slots=True)
class Series:
    """Members as they are printed, with their offsets in the text; name: what the text calls them, "" when it does not say."""

    members: tuple[tuple[int, int], ...]
    start: int  # of the clause that holds them
    end: int
    name: str
    kind: str = ""  # what they are examples of: 甲、乙等活动


def how_many_listed(question: str) -> int | None:
    """三个转变是哪三个 -> 3; None when no number of things is asked for."""
    asked = _SO_MANY.search(question)
    return number(asked[1] or asked[2]) if asked else None


def series(text: str) -> Iterator[Series]:
    """The series of a text of at least two members."""
    for pattern, group in ((_QUOTED, 1), (_RUN, 0)):
        for found in pattern.finditer(text):
            members = _members(text, *found.span(group))
            if len(members) >= MEMBERS:
                yield _placed(text, found, members)


def listed(question: str, ranked: Sequence[Candidate], hits: Sequence[Hit]) -> Draft | None:
    """The members of the one series that a question asks for or counts; None when it asks for none, or none is sure to be meant.

    Meant is a series of which every member holds the word that is counted (几个“服务”), or that is called by a name the
    question has (工作原则), or whose members are examples of what is asked for (哪些活动: 甲、乙等活动). One of as many members
    as the question says may stand in any hit. question: normalised.
    """
    if not _ASKS.search(question):
        return None
    wanted, counted, kinds = how_many_listed(question), _COUNTED.search(question), _KINDS.search(question)
    what = counted["what"] if counted else ""
    for passage, start, end, near in _read(ranked, hits):
        text = passage.text[start - passage.start : end - passage.start]
        for found in series(text):
            quote = Quote(passage, start + found.start, start + found.end)
            if near and kinds and found.kind.endswith(kinds["what"]):
                return Draft((Statement(quote.text, (quote,)),))
            if wanted not in (None, len(found.members)):
                continue
            alike = bool(what) and _of_kind(what, [normalise(text[a:b]) for a, b in found.members])
            if (alike and (near or wanted)) or (near and found.name and found.name in question):
                statements = tuple(Statement(text[a:b], (quote,)) for a, b in found.members)
                return Draft(statements, "count", found.name or f"“{what}”")
    return None


def _of_kind(what: str, members: Sequence[str]) -> bool:
    """Do all begin, or all end, with the word counted: 服务会员, 服务企业; 专业化, 技术化?"""
    return all(member.startswith(what) for member in members) or all(member.endswith(what) for member in members)


def _read(ranked: Sequence[Candidate], hits: Sequence[Hit]) -> Iterator[tuple[Passage, int, int, bool]]:
    """Sentences from the best on, then whatever else the hits hold; whether each is about as likely as the best."""
    for candidate in ranked:
        near = candidate.score >= ranked[0].score - GIVING
        yield candidate.hit.passage, candidate.start, candidate.end, near
    seen = {candidate.hit.passage.id for candidate in ranked}
    for hit in hits:
        if hit.passage.id not in seen:
            yield hit.passage, hit.passage.start, hit.passage.end, False


def _members(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    found, left = [], start
    for cut in [*(start + match.start() for match in _BETWEEN.finditer(text[start:end])), end]:
        if text[left:cut].strip():
            found.append((left, cut))
        left = cut + 1
    return (*found[:-1], *_two_in_one(text, found)) if len(found) > 1 else tuple(found)


def _two_in_one(text: str, found: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """先进性、有效性和适用性: the last two are joined, where each ends as the one before does."""
    start, end = found[-1]
    ending = text[found[-2][1] - 1]
    joint = next(
        (m for m in _JOINED.finditer(text, start, end) if text[m.start() - 1] == ending == text[end - 1]), None
    )
    return [(start, joint.start()), (joint.end(), end)] if joint else [(start, end)]


def _placed(text: str, found: re.Match[str], members: tuple[tuple[int, int], ...]) -> Series:
    """With the words before it in its clause and, of one in quotation marks, what stands after them."""
    start = max((text.rfind(mark, 0, found.start()) for mark in _PAUSE), default=-1) + 1
    called = _CALLED.match(text, found.end())
    end = called.end() if called else found.end()
    example = next((match for match in _AND_SO_ON.finditer(text, members[0][0], found.end())), None)
    kind = example["kind"] if example and example.start() > members[0][1] else ""
    return Series(members, start, example.end() if example and kind else end, called[1] if called else "", kind)
