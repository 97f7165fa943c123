"""The terms of a question and how much of them a stretch of text holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.question import Question
from assistant.wording import MANNERS, joins, plain, tells
from vectorstore.generation import Generation
from vectorstore.normalise import normalise
from vectorstore.passage import Passage
from vectorstore.search import officially, without_own_name
from vectorstore.words import FUNCTION_WORDS, content_words, grams, importance

# How people point at a text rather than at what it says.
ABOUT_THE_PAGE = frozenset(
    "页面 网页 网站 网上 文件 文档 文章 文中 文里 原文 全文 正文 资料 材料 条文 这段 这篇 这份 那份 那篇 那段 提到 写到 写明 标注 最后 开头 结尾 末尾 里边 意思".split()
)


OFFICIAL = 0.8  # what a word counts for which the text says the official one
PAIRS = 0.5  # what a word counts whose character pairs all stand in the text, though not as the word
NAME = 0.3  # what a word counts that only names the work or its publisher
NAMED = (
    50  # works up to which a name of one may be taken to be meant; in a whole collection of laws it tells them apart
)
_ASKS = re.compile(
    r"(?:[一不]?多[长久大少高远].{0,2}|哪[个些年月日里儿位家种样].{0,3}|什么.{0,2}|怎么?样?.{0,2}|何[时处地年人]|为[啥何]|几[个家项次回].?|不了|得了)"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Terms:
    """Words and character pairs of a question with their weights: what is rare, here and in Chinese at large, is heavy."""

    words: dict[str, float]
    pairs: dict[str, float]  # of the whole question, only those that the documents hold
    spelling: dict[str, float]  # character pairs of the content words, known to the documents or not
    official: dict[
        str, tuple[str, ...]
    ]  # what official texts say for a word, or for what a pair is part of: 房东 -> 出租人
    unknown: frozenset[str]  # words that no passage of the index holds, nor what is official for them
    names: frozenset[str]  # words that name a work or its publisher
    numbers: frozenset[str]  # digits in the question itself: 2019

    def coverage(self, text: str) -> float:
        """Share of the words' weight that a normalised text holds, 0…1."""
        total = sum(self.words.values())
        held = sum(weight * (word in text or self._nearly(word, text)) for word, weight in self.words.items())
        return held / total if total else 0.0

    def overlap(self, text: str) -> float:
        """Share of the pairs' weight that a normalised text holds, 0…1: what survives a wrong segmentation."""
        return self._share(self.pairs, text)

    def spelt(self, text: str) -> float:
        """Share of the content words' pairs that a normalised text holds, 0…1: low when the question's subject is foreign to it."""
        return self._share(self.spelling, text)

    def _share(self, pairs: Mapping[str, float], text: str) -> float:
        """Of the weight of pairs. One of an everyday word counts, less, where the text says the official one."""
        total = sum(pairs.values())
        held = sum(
            weight * (pair in text or (pair in self.official and OFFICIAL * self._officially(pair, text)))
            for pair, weight in pairs.items()
        )
        return held / total if total else 0.0

    def _officially(self, word: str, text: str) -> bool:
        return any(other in text for other in self.official.get(word, ()))

    def missing(self, text: str) -> list[str]:
        """The words that a normalised text lacks, heaviest first."""
        lacking = (word for word in self.words if word not in text and self._nearly(word, text) < OFFICIAL)
        return sorted(lacking, key=lambda word: -self.words[word])

    def _nearly(self, word: str, text: str) -> float:
        """What a word counts that a text does not hold as such."""
        if self._officially(word, text):
            return OFFICIAL
        pairs = _pairs_in(word)
        return PAIRS * sum(pair in text for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0


@lru_cache(maxsize=1024)  # each word of a question is looked for in every sentence found
def _pairs_in(word: str) -> tuple[str, ...]:
    return tuple(grams(word))


def terms_of(question: Question, generation: Generation) -> Terms:
    names = [work.words for work in generation.archive.work_titles] if generation.manifest.works <= NAMED else []
    asked = plain(without_own_name(generation, question.text)[0])
    found = {
        word: known for word, others in officially(generation, asked).items() if (known := _known(others, generation))
    }
    instead = {pair: others for word, others in found.items() for pair in grams(word)}
    weights, pairs = _weights(asked, generation, names), _pairs(asked, generation, names)
    spelling = {
        pair: weight * generation.grams.rarity(pair) for word, weight in weights.items() for pair in grams(word)
    }
    instead |= {word: tuple(o for said, others in found.items() if word in said for o in others) for word in weights}
    unknown = frozenset(
        word for word in weights if not (instead[word] or generation.words.known(word) or only_asks(word))
    )
    named = frozenset(word for word in weights if any(word in name for name in names))
    return Terms(weights, pairs, spelling, instead, unknown, named, frozenset(_NUMBER.findall(question.text)))


def _known(words: Sequence[str], generation: Generation) -> tuple[str, ...]:
    """Those whose parts the documents hold."""
    cut = generation.lexicon.segmenter.words
    return tuple(word for word in words if all(map(generation.words.known, cut(word))))


def _weights(text: str, generation: Generation, names: Sequence[str]) -> dict[str, float]:
    greatest = generation.words.rarity("\0")  # of a word that no passage has
    return {
        word: (tells(word) if generation.words.known(word) else importance(word))
        * (0.3 + 0.7 * generation.words.rarity(word) / greatest)
        * (NAME if any(word in name for name in names) else 1)
        for word in content_words(text, generation.lexicon.segmenter)
        if word not in ABOUT_THE_PAGE and not _short_for_any(word, names) and not joins(word) and word not in MANNERS
    }


def only_asks(word: str) -> bool:
    """多长时间, 哪年哪月: how one asks, whatever the segmenter takes it for."""
    return bool(_ASKS.fullmatch(word))


def _pairs(text: str, generation: Generation, names: Sequence[str]) -> dict[str, float]:
    return {
        pair: generation.grams.rarity(pair)
        for pair in grams(text)
        if generation.grams.known(pair) and not _short_for_any(pair, names) and not _asking(pair)
    }


def _asking(pair: str) -> bool:
    """有的, 是从: every question has such pairs, and what holds them does not answer it."""
    return all(character in FUNCTION_WORDS for character in pair)


def _short_for_any(word: str, names: Sequence[str]) -> bool:
    """质检 is short for 中国质量检验协会, which need not be said again where it is meant: it is not looked for."""
    return any(short_for(word, name) for name in names)


def short_for(word: str, name: str) -> bool:
    """质检 is short for 中国质量检验协会: its characters in order, but not side by side."""
    return word not in name and in_order(word, name)


def in_order(word: str, name: str) -> bool:
    """Do all characters of a word, at least two, stand in a name, one after the other?"""
    rest = iter(name)
    return len(word) >= 2 and all(character in rest for character in word)


@lru_cache(maxsize=1024)  # most questions find the same few
def context(passage: Passage) -> str:
    """A passage with title, date and headings, normalised."""
    parts = (passage.title, passage.date, *passage.headings, passage.text)
    return normalise("\n".join(part for part in parts if part))
