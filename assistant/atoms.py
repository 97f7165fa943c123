"""A text as a row of comparable signs: amounts, dates and marks by value, small words by what they do, the rest as printed.

十八项 and 18项, 2018年9月2日 and 2018-09-02, 不少于六年 and 至少6年, 应当 and 应 come out equal; 统一, 十分 and 一般 hold no number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from vectorstore.normalise import normalise
from vectorstore.numerals import number
from vectorstore.words import importance, whole_words

Kind = Literal["sign", "word", "amount", "date", "mark", "not", "ban", "modal", "scope", "join", "bound"]


class Atom(NamedTuple):  # hundreds are made for every statement, and a tuple is made in a third of the time
    """One sign of a text, normalised[start:end]. Two atoms of the same kind and value say the same."""

    kind: Kind
    value: str
    start: int
    end: int
    clause: int  # counted from 0, cut at commas, semicolons, colons and full stops
    bound: str = ""  # of an amount: ≥ > ≤ < ~, "" for none

    @property
    def key(self) -> tuple[str, str]:
        return self[:2]


class Word(NamedTuple):
    """A word of a text: atoms[first:last], and the words of the same meaning as one."""

    text: str
    first: int
    last: int


@dataclass(frozen=True)
class Reading:
    """A normalised text, its atoms and its words, both in order; amounts, dates and marks belong to no word."""

    text: str
    atoms: tuple[Atom, ...]
    words: tuple[Word, ...]

    @cached_property
    def keys(self) -> Sequence[tuple[str, str]]:
        return [atom.key for atom in self.atoms]

    @cached_property
    def starts(self) -> frozenset[int]:
        """The positions at which a clause begins."""
        return frozenset(i for i, atom in enumerate(self.atoms) if not i or self.atoms[i - 1].clause != atom.clause)

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Sequence[int]]:
        """The positions of every sign, rising."""
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for position, key in enumerate(self.keys):
            found[key].append(position)
        return dict(found)

    @cached_property
    def sentences(self) -> Sequence[int]:
        """For every atom the number of its part of the text, cut at semicolons and full stops."""
        found, part, position = [], 0, 0
        for atom in self.atoms:
            part += bool(_FULL_STOP.search(self.text, position, atom.start))
            position = atom.end
            found.append(part)
        return found


_DIGIT = "[0-9〇零一二三四五六七八九十百千万亿两]"
_UNIT = (
    "个工作日|工作日|个自然日|个月|小时|分钟|周岁|平方米|平方公里|立方米|公里|公斤|千克|公顷|美元|季度|星期|年|月|日|天|周|岁|元|人|名|位|家|个|项|条"
    "|款|种|类|次|倍|份|件|部|所|届|级|吨|米|克|亩|期|辆|台|套|张|成|户|页|册|批|部门"
)
_LATER_UNIT = "|分|度|号|点|时"  # after digits only: 十分, 一度, 一时 are no amounts
_SAME_UNIT = {"天": "日", "名": "人", "位": "人", "工作日": "个工作日", "岁": "周岁"}
_BOUNDS = {
    "≥": "不得少于 不得低于 不少于 不低于 不小于 至少 起码 最少 已满 年满 满 及以上 以上",
    "≤": "不得超过 不得多于 不得高于 不超过 未超过 不多于 不高于 不大于 至多 最多 及以下 以下 以内 之内 内",
    ">": "超过 多于 高于 大于 余 多",
    "<": "不足 未满 不满 少于 低于 小于",
    "~": "大约 约 将近 近 左右",
}
_BOUND = {word: sign for sign, words in _BOUNDS.items() for word in words.split()}
_AFTER = ("及以上", "以上", "及以下", "以下", "以内", "之内", "内", "左右")
_BEFORE = "|".join(sorted((word for word in _BOUND if word not in (*_AFTER, "余", "多")), key=len, reverse=True))
_NUMERAL = rf"\d+(?:,\d{{3}})+|\d+(?:\.\d+)?[万亿千百]*|{_DIGIT}+(?:点[〇零一二三四五六七八九]+)?[万亿]*"
_READ = re.compile(
    rf"""(?P<iso>(?<![\d.-])\d{{4}}[-/.]\d{{1,2}}(?:[-/.]\d{{1,2}})?(?![\d.-]))
    |(?P<date>(?:(?:\d{{4}}|[〇零一二三四五六七八九]{{4}})年)?(?:(?:\d{{1,2}}|十[一二]?|[一二三四五六七八九])月(?!份额)(?:份|(?:\d{{1,2}}|{_DIGIT}{{1,3}})[日号])?)
        |(?:\d{{4}}|[〇零一二三四五六七八九]{{4}})年)
    |第(?P<ordinal>{_DIGIT}+)(?P<of>编|章|节|条|款|项|届|次|号|季度|批|期)?(?P<sub>之{_DIGIT}+)?
    |\((?P<item>{_DIGIT}{{1,4}})\)
    |(?P<pre>{_BEFORE})?(?:(?P<below>{_DIGIT}+)分之(?P<above>{_DIGIT}+(?:点[〇零一二三四五六七八九]+)?)|(?P<ratio>\d+/\d+|\d+(?:\.\d+)?%)
        |(?P<number>{_NUMERAL})(?P<more>[余多])?(?P<unit>(?:万|亿)?(?:{_UNIT}{_LATER_UNIT}))?)(?P<more2>余|多)?(?P<post>{"|".join(_AFTER)})?
    |(?P<cut>[,;:。!?\n]+)|(?P<and>、)""",
    re.VERBOSE,
)
_FULL_STOP = re.compile(r"[;。!?\n]")
_OPEN, _CLOSE = "《“(「‘", "》”)」’"
_UNLISTED = 0.64  # what importance gives a word that the dictionary lacks
_NOT = frozenset("不未无非没勿莫")

# Words of one meaning in texts of this kind; the first stands for all. General language, no term of any document.
_SAME = {
    word: group.split()[0]
    for group in """
    按照 依照 根据 依据 按 遵照 依
    开展 举办 举行 召开 展开
    提高 提升
    推进 推动 促进
    加强 增强 强化
    建立 设立 成立
    制定 制订 拟订
    具有 拥有 具备
    作出 做出
    给予 予以 加以
    有关 相关
    为了 为
    告知 通知
    协助 帮助
    颁发 发放
    缴纳 交纳
    收到 接到
    公布 发布 颁布
    施行 实施
    包括 包含
    审查 审核
    参加 参与
    聘任 聘请
    取得 获得
    保存 留存
    如果 若 如
    但是 但
    因为 因 由于
    届满 期满
    之前 以前 前
    之后 以后 后
    是指 即 指
    通过 经由
    始 开始
    于 在
    对于 对
    维护 保护
    各种 各类
    帮助 协助
    组成 构成
    """.strip().splitlines()
    for word in group.split()
}
_MODALS = {
    word: sign
    for sign, words in {
        "应当": "应当 应该 应 必须 须 务必 要 需 需要",
        "可以": "可以 可",
        "有权": "有权",
        "一般": "一般 通常 原则上",
    }.items()
    for word in words.split()
}
_BANS = frozenset("不得 禁止 严禁 不可 不能 不准".split())
_SCOPES = {
    word: sign
    for sign, words in {
        "全部": "全部 所有 一切 全体 任何 任何人 凡 凡是 各 均 一律",
        "每": "每 每个 每一 每一个",
        "部分": "部分 一些 某些 有的 有些 个别 少数 若干",
        "多数": "多数 大多数 大部分 绝大多数",
        "只": "仅 只 只有 仅仅 只能 仅限 唯一",
        "最": "最 首个 首次 最大 最高 最低 最小 最好 最先 最早 最长 最短 最多 最少",
    }.items()
    for word in words.split()
}
_JOINS = dict.fromkeys("和 与 及 以及 并 并且 且 而且 同时 又".split(), "和") | dict.fromkeys(
    "或 或者 或是".split(), "或"
)
_DUTY = re.compile(r"应对[^,;。]{1,40}?(?:负责|进行|予以|加以|作出|提出|承担)")  # not 应对气候变化
_REWRITTEN = (
    (re.compile(r"的?目的(?:是|在于)"), "旨在"),
    (re.compile(r"(?:从|自)([^,;。:]{2,16}?)开始"), r"始于\1"),
    (re.compile(r"没有"), "无"),
    (re.compile(r"后[方才](?=[可能])"), "后"),  # the segmenter sees 后方, the rear
)


@lru_cache(maxsize=256)
def read(text: str) -> Reading:
    """The reading of any text; an empty one has no atoms."""
    said = normalise(text)
    for pattern, other in _REWRITTEN:
        said = pattern.sub(other, said)
    bounds = _boundaries(said)
    atoms: list[Atom] = []
    found: list[Word] = []
    clause = position = depth = counted = 0
    for match in _READ.finditer(said):
        if match.start() < position:
            continue
        made = _special(match, said, bounds, clause)
        if made is None:
            continue
        _plain(said, position, match.start(), clause, bounds, atoms, found)
        position = match.end()
        if match["cut"]:
            depth = max(0, depth + _depth(said, counted, match.start())) if "\n" not in match[0] else 0
            counted = match.start()
            clause += not depth
        else:
            atoms += made
    _plain(said, position, len(said), clause, bounds, atoms, found)
    return Reading(said, tuple(_completed(atoms, said)), tuple(found))


def _depth(said: str, start: int, end: int) -> int:
    """How many quotation marks, brackets and titles open here that do not close."""
    return sum(said.count(sign, start, end) for sign in _OPEN) - sum(said.count(sign, start, end) for sign in _CLOSE)


def _boundaries(said: str) -> dict[int, str]:
    """The words of a text by where they begin."""
    found, position = {}, 0
    for word in whole_words(said):
        position = said.index(word, position)
        for part in _parts(word) if word != "应对" or not _DUTY.match(said, position) else word:
            found[position] = part
            position += len(part)
    return found


def _parts(word: str) -> Sequence[str]:
    """A word that the segmenter guessed, in as few listed words as can be: 应向省 -> 应, 向, 省; a listed one as it is."""
    if word.isascii() or len(word) > 8 or len(word) == 1:
        return (word,)
    if len(word) == 4 and word[:2] in _SAME:
        return word[:2], word[2:]
    if len(word) == 2 and word[0] in "应须可" and word[1] in "向由按在从于以经为将":
        return tuple(word)
    if importance(word) != _UNLISTED:
        return (word,)
    best: list[tuple[str, ...]] = [()]
    for end in range(1, len(word) + 1):
        parts = [
            (*best[start], word[start:end])
            for start in range(end)
            if end - start == 1 or (end - start < len(word) and importance(word[start:end]) != _UNLISTED)
        ]
        best.append(min(parts, key=len))
    return best[-1]


def _special(match: re.Match[str], said: str, bounds: dict[int, str], clause: int) -> list[Atom] | None:
    """The atoms of an amount, a date or a mark; None where the signs are no number after all."""
    start, end = match.span()
    if match["cut"]:
        return []
    if match["and"]:
        return [Atom("join", "和", start, end, clause)]
    if match["iso"] or match["date"]:
        parts = _date(match[0])
        return [Atom("date", part, start, end, clause) for part in parts] if parts else None
    if match["ordinal"]:
        return [
            Atom("mark", f"第{_value(match['ordinal'])}{match['of'] or ''}{match['sub'] or ''}", start, end, clause)
        ]
    if match["item"]:
        return [Atom("mark", f"({_value(match['item'])})", start, end, clause)]
    if match["number"] and not _is_number(match, said, bounds):
        return None
    before, after = _BOUND.get(match["pre"] or "", ""), _BOUND.get(match["post"] or "", "")
    more = ">" if match["more"] or match["more2"] else ""
    return [Atom("amount", _amount(match), start, end, clause, before or after or more)]


def _is_number(match: re.Match[str], said: str, bounds: dict[int, str]) -> bool:
    """一 in 统一, 一般, 万一 is no number; in 一年 and 每一项 it is. A figure always is."""
    numeral, unit = match["number"], match["unit"] or ""
    if numeral[0].isdigit():
        return True
    start = match.start("number")
    word = bounds.get(start, "")
    if len(numeral) > 1 and unit:
        return True
    if unit and unit in _LATER_UNIT:
        return False
    if re.match(rf"[至到~—-]{_DIGIT}", said[match.end("number") :]):
        return True
    rest = word[len(numeral) :]
    whole = word.startswith(numeral) and (not rest or unit.startswith(rest) or rest.startswith(unit) and bool(unit))
    if len(numeral) > 1:
        return whole and numeral not in ("万一", "千万", "万千")
    inside = not word and said[start - 1 : start] not in (
        "满",
        "每",
        "至",
        "到",
        "近",
        "约",
        "足",
        "过",
        "于",
        "处",
        "为",
    )
    return bool(unit) and (whole or not (word or inside))


def _date(said: str) -> list[str]:
    if said[0].isdigit() and "年" not in said and "月" not in said:
        year, month, *day = re.split(r"[-/.]", said)
        if not 1 <= int(month) <= 12:
            return []
        return [f"{year}年", f"{int(month)}月", *(f"{int(d)}日" for d in day)]
    parts = re.findall(rf"({_DIGIT}+)(年|月|日|号)", said)
    return [f"{_value(value)}{'日' if unit == '号' else unit}" for value, unit in parts]


def _amount(match: re.Match[str]) -> str:
    if match["below"]:
        above, below = _value(match["above"]), _value(match["below"])
        return f"{above}%" if below == "100" else f"{above}/{below}"
    if match["ratio"]:
        return match["ratio"]
    unit = match["unit"] or ""
    times = 1
    if unit[:1] in "万亿" and unit[1:]:
        times, unit = (10_000 if unit[0] == "万" else 100_000_000), unit[1:]
    return f"{_times(_value(match['number']), times)}{_SAME_UNIT.get(unit, unit)}"


def _value(numeral: str) -> str:
    """A numeral as figures: 一点五 -> 1.5, 四亿 -> 400000000, 1,600 -> 1600, 三万 -> 30000."""
    numeral = numeral.replace(",", "")
    if "点" in numeral:
        whole, _, part = numeral.partition("点")
        return f"{_value(whole)}.{''.join(_value(c) for c in part)}"
    above, hundred_million, below = numeral.partition("亿")
    if hundred_million and above and below:
        whole, rest = _times(_value(above), 100_000_000), _value(below)
        return str(int(whole) + int(rest)) if whole.isdecimal() and rest.isdecimal() else numeral
    for sign, times in (("亿", 100_000_000), ("万", 10_000)):
        if numeral.endswith(sign) and len(numeral) > 1:
            return _times(_value(numeral[:-1]), times)
    value = number(numeral)
    return numeral if value is None else str(value)


def _times(value: str, times: int) -> str:
    try:
        return f"{float(value) * times:.10g}" if "." in value else str(int(value) * times)
    except ValueError:
        return value if times == 1 else f"{value}×{times}"


def _plain(
    said: str, start: int, end: int, clause: int, bounds: dict[int, str], atoms: list[Atom], found: list[Word]
) -> None:
    """The words between two numbers; a word that reaches into a number is cut there."""
    position = start
    while position < end:
        word = bounds.get(position, "")[: end - position]
        if not word:
            word = said[position]
        first = len(atoms)
        if any(c.isalnum() for c in word):
            atoms += _word_atoms(word, position, clause)
            found.append(Word(word, first, len(atoms)))
        position += len(word)


def _word_atoms(word: str, start: int, clause: int) -> list[Atom]:
    end = start + len(word)
    for kind, signs in _SIGNS:
        if word in signs:
            return [Atom(kind, signs[word], start, end, clause)]
    if word.isascii():
        return [Atom("word", word, start, end, clause)]
    return [
        Atom("not" if c in _NOT else "sign", "不" if c in _NOT else c, start + i, start + i + 1, clause)
        for i, c in enumerate(word)
    ]


_SIGNS: tuple[tuple[Kind, dict[str, str]], ...] = (
    ("bound", {"至少": "≥", "最少": "≥", "起码": "≥", "至多": "≤", "最多": "≤"}),
    ("ban", dict.fromkeys(_BANS, "不得")),
    ("modal", _MODALS),
    ("scope", _SCOPES),
    ("join", _JOINS),
    ("word", _SAME),
)


def _completed(atoms: list[Atom], said: str) -> Iterator[Atom]:
    """五至十人 -> 5人, 10人: the first of two takes the unit of the second; 至少保存六年 -> 6年≥."""
    amounts = [i for i, atom in enumerate(atoms) if atom.kind == "amount"]
    units: dict[int, str] = {}
    for a, b in zip(amounts, amounts[1:], strict=False):
        bare = re.fullmatch(r"[\d.]+", atoms[a].value)
        unit = re.fullmatch(r"[\d.]+(\D+)", atoms[b].value)
        if bare and unit and said[atoms[a].end : atoms[b].start] in ("至", "到", "-", "~", "—"):
            units[a] = atoms[a].value + unit[1]
    for i, atom in enumerate(atoms):
        if atom.kind == "amount" and not atom.bound:  # 至少保存六年
            near = (
                a.value for a in reversed(atoms[max(0, i - 5) : i]) if a.kind == "bound" and a.clause == atom.clause
            )
            atom = atom._replace(value=units.get(i, atom.value), bound=next(near, ""))
        yield atom
