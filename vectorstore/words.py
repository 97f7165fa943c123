"""Search words of a Chinese text. The only importer of jieba."""

from __future__ import annotations

import contextlib
import logging
import marshal
import math
import os
import re
from collections.abc import Callable, Iterable
from functools import cache, cached_property, lru_cache
from pathlib import Path

import jieba

# Words that say how something is asked or joined, not what it is about.
FUNCTION_WORDS = frozenset(
    """
    的 了 着 过 是 在 有 和 与 及 或 以及 并 并且 而 而且 也 都 就 才 又 还 再 更 很 太 最 不 没 没有 吗 呢 吧 啊 呀 啦 嘛 么 哦 之 其 所 于 以 为 为了 因 因为 由
    由于 从 到 向 对 对于 关于 按 按照 被 把 将 让 给 跟 同 这 那 这个 那个 这些 那些 这里 那里 此 该 它 他 她 它们 他们 她们 我 你 您 我们 你们 咱们 自己 什么 啥 哪 哪个
    哪些 哪里 哪儿 哪几 谁 怎么 怎样 怎么样 如何 为什么 为何 多少 几 几个 几项 多久 多长 多大 请问 请 问 想 知道 告诉 一下 能 能够 可以 可 会 要 应 应该 得 个 一个 一些 些 种
    等 等等 里 里面 中 上 下 内 外 时 时候 方面 说 讲 叫 做 干 搞 如果 若 则 但 但是 那么 来 去 又是 都是 就是 不是 是不是 有没有 能不能 可不可以 其中 之间 之后 之前 主要
    分别 具体 一共 总共 到底 究竟 属于 称为 叫做 what when where which who whom whose why how is are was were be been do
    does did the a an of to in on for and or by with about from as at it this that there their its i you we
    they can could would should will tell me please
    """.split()
)

_COUNTER = re.compile(r"第?[〇零一二三四五六七八九十百千两]+[\u3400-\u9fff]?|[哪几多].{0,2}")  # 第七项, 三根, 哪一年
_WORD = re.compile(r"\w", re.UNICODE)
_RUN = re.compile(r"[a-z0-9]+(?:\.[0-9]+)*|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


@cache
def _segmenter() -> jieba.Tokenizer:
    """jieba with its dictionary loaded. Its cache file lives in a folder of this user, not in the shared temporary one."""
    jieba.setLogLevel(logging.ERROR)
    segmenter = jieba.Tokenizer()
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "association-qa"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.access(folder, os.W_OK | os.X_OK):
        segmenter.tmp_dir = str(folder)
        _load(segmenter, folder / "jieba.cache")
    else:  # no home to write to: about a second each time. In the shared folder anybody may have put another cache
        segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
        segmenter.initialized = True
    return segmenter


def _load(segmenter: jieba.Tokenizer, cached: Path) -> None:
    """From the cache in one piece: jieba reads it entry by entry, which takes half a second more, and makes it when there is
    none to be read."""
    try:
        segmenter.FREQ, segmenter.total = marshal.loads(cached.read_bytes())  # noqa: S302 - in a folder of this user alone
        segmenter.initialized = True
    except (OSError, EOFError, ValueError, TypeError):
        segmenter.initialize()


class Segmenter(jieba.Tokenizer):  # type: ignore[misc]
    """jieba that also knows a lexicon's words: names and terms of the documents.

    The dictionary (some 50 MB) is shared with every other segmenter and never written to: learned words stand beside it,
    so that two open indexes do not disturb each other. Overrides the two steps of jieba that look a word up, its graph
    of possible words and the weighing of paths through it.
    """

    def __init__(self, learned: Iterable[str]) -> None:
        super().__init__()
        shared = _segmenter()
        self.FREQ, self.total, self.initialized = shared.FREQ, shared.total, True
        self._learned = {word: _weight(word, shared) for word in learned if not shared.FREQ.get(word)}
        self._lengths: dict[str, tuple[int, ...]] = {}  # of the learned words, by their first two characters
        # One question is searched and weighed by the same words, and what is official for those of every day returns.
        self.words: Callable[[str], tuple[str, ...]] = lru_cache(maxsize=8192)(self._words)
        for word in self._learned:
            self._lengths[word[:2]] = tuple(sorted({*self._lengths.get(word[:2], ()), len(word)}))

    @cached_property
    def learned(self) -> tuple[str, ...]:
        return tuple(sorted(self._learned))

    def get_DAG(self, sentence: str) -> dict[int, list[int]]:  # noqa: N802 - jieba's name
        graph: dict[int, list[int]] = super().get_DAG(sentence)
        for start in range(len(sentence) - 1):
            for length in self._lengths.get(sentence[start : start + 2], ()):
                if start + length <= len(sentence) and sentence[start : start + length] in self._learned:
                    graph[start] = [*graph[start], start + length - 1]
        return graph

    def calc(self, sentence: str, DAG: dict[int, list[int]], route: dict[int, tuple[float, int]]) -> None:  # noqa: N803
        known, learned, all_words, log = self.FREQ.get, self._learned.get, math.log(self.total), math.log
        route[len(sentence)] = (0.0, 0)
        for start in range(len(sentence) - 1, -1, -1):
            ends = DAG[start]
            if len(ends) == 1:  # no word but the character begins here: half of all
                word = sentence[start : ends[0] + 1]
                route[start] = (log(known(word) or learned(word) or 1) - all_words + route[ends[0] + 1][0], ends[0])
                continue
            route[start] = max(
                [
                    (
                        log(known(word := sentence[start : last + 1]) or learned(word) or 1)
                        - all_words
                        + route[last + 1][0],
                        last,
                    )
                    for last in ends
                ]
            )

    def _words(self, text: str) -> tuple[str, ...]:
        """Search words of a normalised text; of a learned word also those that jieba finds in it by itself."""
        found: list[str] = []
        for word in self.cut(text):
            if word in self._learned:
                found += [part for part in words(word) if part != word]
                found.append(word)
            elif _WORD.search(word):
                found += [part for length in (2, 3) if len(word) > length for part in self._inside(word, length)]
                found.append(word)
        return tuple(found)

    def _inside(self, word: str, length: int) -> list[str]:
        parts = (word[i : i + length] for i in range(len(word) - length + 1))
        return [part for part in parts if self.FREQ.get(part)]


def _weight(word: str, shared: jieba.Tokenizer) -> float:
    """A frequency that lets a learned word just win over the words it is made of (jieba's suggest_freq)."""
    logs = (math.log((shared.FREQ.get(part) or 1) / shared.total) for part in shared.cut(word, HMM=False))
    return float(shared.total * math.exp(sum(logs)) + 1)


def words(text: str) -> tuple[str, ...]:
    """Search words of a normalised text, long words with the short ones inside them: 质量检验协会 -> 质量, 检验, 协会, …"""
    return tuple(word for word in _segmenter().cut_for_search(text) if _WORD.search(word))


@lru_cache(maxsize=1024)  # one question is cut up by every step of its answer
def whole_words(text: str) -> tuple[str, ...]:
    """Words of a normalised text, none inside another."""
    return tuple(word for word in _segmenter().cut(text) if _WORD.search(word))


def grams(text: str) -> list[str]:
    """Character pairs of every Han run, single characters of a run of one, and whole numbers and Latin words."""
    found: list[str] = []
    for run in _RUN.findall(text):
        if len(run) == 1 or run[0].isascii():
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


def frequency(word: str) -> float:
    """Share of a word in Chinese at large, by jieba's dictionary; 0 for a word it lacks."""
    segmenter = _segmenter()
    return float(segmenter.FREQ.get(word, 0) / segmenter.total)


def importance(word: str) -> float:
    """How much a word narrows down what is meant, 0.04…1, by its rarity in Chinese at large: 工作 .04, 会长 .32, 会费 .95.

    A word that jieba's dictionary lacks (a name, a term put together) counts .64, a year 1, a single character half.
    """
    if word.isdigit():
        return 1.0
    segmenter = _segmenter()
    frequency = segmenter.FREQ.get(word, 0)
    value = min(1.0, max(0.2, (math.log(segmenter.total / frequency) - 6) / 8)) ** 2 if frequency else 0.64
    return value / 2 if len(word) == 1 else value


@cache
def _tagged() -> tuple[frozenset[str], frozenset[str]]:
    """Of jieba's dictionary the words that are no nouns (vn, a verb that serves as one, is), and the proper names."""
    with _segmenter().get_dict_file() as file:
        tags = [(word, tag) for word, _, tag in (line.decode("utf-8").split() for line in file)]
    others = frozenset(word for word, tag in tags if tag[0] != "n" and tag not in ("vn", "j", "eng"))
    return others, frozenset(word for word, tag in tags if tag in ("ns", "nt", "nz", "nrt"))


def proper(word: str) -> bool:
    """Does the dictionary have a word as the name of a person, place, body or thing? 香港"""
    return len(word) > 1 and word in _tagged()[1]


def nominal(word: str) -> bool:
    """Can a word be what is spoken of? A noun or a name can, and what the dictionary lacks; numbers and function words cannot."""
    return word not in _tagged()[0] and word not in FUNCTION_WORDS and not _COUNTER.fullmatch(word)


def content_words(text: str, segmenter: Segmenter | None = None) -> list[str]:
    """The words of a normalised text that carry its meaning, in order, each once; a segmenter keeps learned ones whole."""
    guesses = (
        whole_words(text) if segmenter is None else tuple(word for word in segmenter.cut(text) if _WORD.search(word))
    )
    learned = () if segmenter is None else segmenter.learned
    found = (word for guess in guesses for word in ([guess] if guess in learned else _parted(guess)))
    return list(dict.fromkeys(word for word in found if word not in FUNCTION_WORDS and not _COUNTER.fullmatch(word)))


_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石"
    "金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷"
    "詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤习阳"
)
_GIVEN = re.compile(r"[\u3400-\u9fff]{2,3}")


@cache
def _names_of_people() -> frozenset[str]:
    """The words that jieba's dictionary tags as names of people."""
    with jieba.get_dict_file() as file:
        return frozenset(line.split()[0].decode() for line in file if line.rstrip().endswith(b" nr"))


def surnamed(text: str) -> bool:
    """Does a normalised text name a person? A word that begins with a surname and is known as a name, or not known at all."""
    segmenter = _segmenter()
    return any(
        _GIVEN.fullmatch(word)
        and word[0] in _SURNAMES
        and (word in _names_of_people() or not segmenter.FREQ.get(word, 0))
        for word in segmenter.cut(text)
    )


def may_name(text: str) -> bool:
    """Can all of a normalised text be the name of a person? It begins with a surname and is no word of the dictionary."""
    return bool(_GIVEN.fullmatch(text)) and text[0] in _SURNAMES and not frequency(text)


def _parted(word: str) -> list[str]:
    """Words that jieba guessed beyond its dictionary, taken apart where a function word hides in them: 建些 -> 建, 些."""
    segmenter = _segmenter()
    if word.isascii() or segmenter.FREQ.get(word, 0):
        return [word]
    parts = list(segmenter.cut(word, HMM=False))
    return parts if any(part in FUNCTION_WORDS for part in parts) else [word]
