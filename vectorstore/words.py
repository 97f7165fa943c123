"""Search words of a Chinese text. The only importer of jieba."""

from __future__ import annotations

import logging
import math
import os
import re
from functools import cache
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
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        segmenter.tmp_dir = str(folder)
    except OSError:
        segmenter.tmp_dir = None  # no home to write to: jieba reads its dictionary afresh (about a second)
    segmenter.initialize()
    return segmenter


def words(text: str) -> list[str]:
    """Search words of a normalised text, long words with the short ones inside them: 质量检验协会 -> 质量, 检验, 协会, …"""
    return [word for word in _segmenter().cut_for_search(text) if _WORD.search(word)]


def whole_words(text: str) -> list[str]:
    """Words of a normalised text, none inside another."""
    return [word for word in _segmenter().cut(text) if _WORD.search(word)]


def grams(text: str) -> list[str]:
    """Character pairs of every Han run, single characters of a run of one, and whole numbers and Latin words."""
    found: list[str] = []
    for run in _RUN.findall(text):
        if len(run) == 1 or run[0].isascii():
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


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


def content_words(text: str) -> list[str]:
    """The words of a normalised text that carry its meaning, in order, each once."""
    found = (word for guess in whole_words(text) for word in _parted(guess))
    return list(dict.fromkeys(word for word in found if word not in FUNCTION_WORDS and not _COUNTER.fullmatch(word)))


def _parted(word: str) -> list[str]:
    """Words that jieba guessed beyond its dictionary, taken apart where a function word hides in them: 建些 -> 建, 些."""
    segmenter = _segmenter()
    if word.isascii() or segmenter.FREQ.get(word, 0):
        return [word]
    parts = list(segmenter.cut(word, HMM=False))
    return parts if any(part in FUNCTION_WORDS for part in parts) else [word]
