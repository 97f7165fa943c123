"""Short forms in a question, given their full forms for searching; what is shown stays as it was asked."""

from __future__ import annotations

import re
from itertools import accumulate

from vectorstore.findings import BODIES
from vectorstore.lexicon import Lexicon
from vectorstore.words import FUNCTION_WORDS, frequency, nominal, proper, whole_words

SHORT_CHARS = 12  # of a short form of a name
# What may stand right before a name in a question and is no part of it: 北京质检协会 is another body, 加入质检协会 is not.
_BEFORE = frozenset(
    "我们 你们 咱们 贵 本 介绍 查 查询 找 联系 加入 参加 申请 入 了解 说说 谈谈 成为 就是 属于 委托 根据 依据 按照 比如 例如 原 前 现 现在".split()
)
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LAST_RUN = re.compile(r"[\u3400-\u9fff]*$")
_SOCIETY = re.compile("协会|学会|商会|研究会|促进会|基金会|联合会")
_HONOURED = re.compile(r"贵(?=协会|学会|商会|研究会|促进会|基金会|联合会)")
_YOU = re.compile(
    r"(?:你们|咱们|您们|贵)(?:这个|这家)?(?:协会|学会|会|单位|组织|公司|机构)?(?!好|这|那|里|网|页|系统|机器|助手)"
)
_SHORT_SOCIETY = re.compile(r"(?<![\u3400-\u9fff])[\u3400-\u9fff]{1,2}协(?![会助调同作议商定办力查理])")
_KIND = re.compile("|".join(BODIES))


def expanded(text: str, lexicon: Lexicon) -> str:
    """质检协会的宗旨 -> 中国质量检验协会 质检协会的宗旨: both ways, short to full and full to short. In front, since what is asked
    stands at the end.
    """
    added = dict.fromkeys(other for _, other in aliases(text, lexicon) if other not in text)
    return " ".join([*added, text])


def spelt_out(text: str, lexicon: Lexicon) -> str:
    """质检协会的宗旨 -> 中国质量检验协会的宗旨: the names of organisations, as the documents' headings have them; 你们 where one
    body alone can be meant; 国标 -> 国家标准, where the documents have one such word and not its contraction.
    """
    if len(lexicon.meant_by_kind) == 1:
        [own] = lexicon.meant_by_kind
        text = text if own in text else _YOU.sub(own, text, count=1)
    for word in dict.fromkeys(whole_words(text)):
        if full := lexicon.contracted(word):
            text = text.replace(word, full)
    for short, full in aliases(text, lexicon):
        if full in lexicon.names and short in text and full not in text:
            text = text.replace(short, full, 1)
    return text


def unknown_societies(text: str, lexicon: Lexicon) -> list[str]:
    """Societies named in a normalised question that the lexicon knows neither by name nor as a short form of one.

    北京质检协会 is another body all the same, and so is 月球质检协会, where the documents do not have what stands in front.
    """
    found = []
    text = _HONOURED.sub(" ", text)
    for match in _SOCIETY.finditer(text):
        before = list(whole_words(_LAST_RUN.findall(text[: match.start()])[0]))
        taken: list[str] = []
        while before and _HAN.fullmatch(before[-1]) and before[-1] not in FUNCTION_WORDS and before[-1] not in _BEFORE:
            taken.insert(0, before.pop())
        name = "".join(taken) + match[0]
        ways = ["".join(taken[n:]) + match[0] for n in range(len(taken) + 1)]
        known = next((n for n, way in enumerate(ways[:-1]) if way in lexicon.names or lexicon.stands_for(way)), None)
        if known is not None and not any(_sets_apart(word, lexicon) for word in taken[:known]):
            continue
        if taken and all(proper(word) or (nominal(word) and _is_a_name(word)) for word in taken):
            found.append(name)
    return [*found, *(short for short in _SHORT_SOCIETY.findall(text) if not lexicon.stands_for(short))]


def _is_a_name(word: str) -> bool:
    """能算 of 也能算协会的会员 is a guess of the segmenter's: a name holds no function word."""
    return frequency(word) > 0 or not any(character in FUNCTION_WORDS for character in word)


def _sets_apart(word: str, lexicon: Lexicon) -> bool:
    return proper(word) or (len(word) > 1 and nominal(word) and word not in lexicon.vocabulary)


def aliases(text: str, lexicon: Lexicon) -> list[tuple[str, str]]:
    """What a normalised question calls things, and what else they are called in the documents."""
    found: dict[str, str] = {}
    for run in _HAN.finditer(text):
        found |= dict(_in_run(run[0], lexicon))
    for short, full in lexicon.full_forms.items():
        if full in text and short not in text:
            found.setdefault(full, short)
    return list(found.items())


def _in_run(run: str, lexicon: Lexicon) -> list[tuple[str, str]]:
    """Short forms known by definition anywhere in a run, those by rule where a kind word ends them."""
    found = [
        (short, full)
        for short, full in lexicon.full_forms.items()
        if short in run and full not in run and not _KIND.search(short)
    ]
    for kind in _KIND.finditer(run):
        for start in range(max(0, kind.end() - SHORT_CHARS), kind.start() + 1):
            short = run[start : kind.end()]
            full = lexicon.stands_for(short)
            if full and full not in run and _begins(run, start) and _ends(run, kind.end()):
                found.append((short, full))
                break
    longest = [pair for pair in found if not any(pair[0] != other and pair[0] in other for other, _ in found)]
    return list(dict.fromkeys(longest))


def _begins(run: str, start: int) -> bool:
    """May a name begin here? Not inside a longer one."""
    before = whole_words(run[:start])
    return not before or before[-1] in FUNCTION_WORDS or before[-1] in _BEFORE


def _ends(run: str, end: int) -> bool:
    """Does a word end here? 协会 in 协会员 does not."""
    return end in accumulate(map(len, whole_words(run)))
