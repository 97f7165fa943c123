"""Figures a question takes for granted: 质量月为什么定在每年3月, 倡议书是2019年发布的吗.

A figure that the question asserts may be wrong, and then the documents' own figure is the answer. One that only tells
which of several is meant (2019年质量月的主题) is no claim: another year's theme would be no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vectorstore.normalise import normalise
from vectorstore.numerals import NUMERAL, number
from vectorstore.words import proper, whole_words

_UNIT = "年|月|日|号|天|岁|块|届|家|个|项|条|章|节|款|人|名|位|次|种|类|点|元|万元|亿元|%"
_FIGURE = re.compile(rf"({NUMERAL}+)(?:多|余|来)?({_UNIT})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")
# What makes the figure after it the thing that is said, rather than a mark of what it is said about.
_ASSERTS = re.compile(r"(?:是|为|在|于|到|有|共|达|收|交|缴|付|每年|每月|每|约|近|始于|一共|总共)(?:了|从)?$")
_STATES = re.compile(
    r"(?:是|为|在|于|到|有|共|达|等|自|从|约|近|每年的?|每月的?|一共|总共|[年月])$|(?:^|[,，。;；:：、)）\s])$"
)
DATES = "年月日"
A_YEAR = 1000  # from which on a number of years is the name of one
_SPAN = re.compile(r"(?:以|之)?[前后内]|来|间")  # 十年以后: how long, not when
_ASKS = {"年": "哪年", "月": "几月", "日": "几日"}
_COUNTED = re.compile(rf"(?:多少|几)({_UNIT})")
_DATED = (
    (re.compile(r"哪个?一?年|何年|年份"), "年"),
    (re.compile(r"哪个?月|何月|月份"), "月"),
    (re.compile(r"哪一?天|何日|日期"), "日"),
    (re.compile(r"什么时候|何时|什么时间|几时"), "年月日"),
)
# What is counted tells the measure where the question leaves it out: 多少企业 is 多少家企业.
_MEASURES = (
    (re.compile(r"多少(?:企业|公司|单位|机构|工厂|商家|厂家|店铺?)"), "家"),
    (re.compile(r"多少(?:部门|国家|地区|城市|项目|方面|地方|省|县|委员会)"), "个"),
)
_BODY = "部局委署厅院办"
_SAME = {"号": "日"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with the unit it counts: 3 月."""

    value: int
    unit: str
    said: str


def figures(text: str) -> set[tuple[int, str]]:
    """Values with their units in a normalised text; 2018-09-02 is 2018 年, 9 月, 2 日."""
    found = {(figure.value, figure.unit) for figure in _figures(text)}
    for match in _ISO.finditer(text):
        found |= {(int(part), unit) for part, unit in zip(match.groups(), "年月日", strict=True) if part}
    return found


def claims(text: str, polar: bool) -> list[Figure]:
    """The figures that a normalised question asserts. polar: it asks to be affirmed, so each of its figures is one."""
    return [
        figure
        for figure, start in _placed(text)
        if (polar or _ASSERTS.search(text[:start])) and not text[:start].endswith("第")
        if not (figure.unit in DATES and _SPAN.match(text, start + len(figure.said)))
    ]


def without(text: str, claimed: Sequence[Figure]) -> str:
    """The question without its claims: what it asks about."""
    for figure in claimed:
        text = text.replace(figure.said, " ", 1)
    return text


def opened(text: str, claimed: Sequence[Figure]) -> str:
    """The question as one that asks for its claims: 定在每年3月 -> 定在每年几月."""
    for figure in claimed:
        lasts = figure.unit == "年" and figure.value < A_YEAR  # 干了一年 says how long
        text = text.replace(figure.said, "几年" if lasts else _ASKS.get(figure.unit, "多少" + figure.unit), 1)
    return text


def opened_body(text: str, known: Callable[[str], bool]) -> str:
    """归农业部管吗 -> 归哪个部门管吗: a body that no document names cannot be looked for; which it is, can."""
    for word in whole_words(text):
        if proper(word) and word[-1] in _BODY and not known(word):
            text = text.replace(word, "哪个部门", 1)
    return text


def units_asked(text: str) -> set[str]:
    """The units of the figure that a normalised question asks for: 哪年 -> 年, 多少家 -> 家, 什么时候 -> 年, 月, 日."""
    counted = {_SAME.get(unit, unit) for unit in _COUNTED.findall(text)}
    counted |= {unit for asked, unit in _MEASURES if asked.search(text)}
    return counted | {unit for asked, units in _DATED for unit in units if asked.search(text)}


def stated(text: str) -> set[tuple[int, str]]:
    """The figures that a normalised text states, those in names left out: 始于1978年, but not 2018年全国质量月."""
    said = {(figure.value, figure.unit) for figure, start in _placed(text) if _STATES.search(text[:start])}
    return said | {pair for match in _ISO.finditer(text) for pair in figures(match[0])}


def _figures(text: str) -> list[Figure]:
    return [figure for figure, _ in _placed(normalise(text))]


def _placed(text: str) -> list[tuple[Figure, int]]:
    found = []
    for match in _FIGURE.finditer(text):
        value = number(match[1])
        if value is not None and not (match[1] == "一" and match[2] in "个点种次"):  # 一个, 一点 count nothing
            found.append((Figure(value, _SAME.get(match[2], match[2]), match[0]), match.start()))
    return found
