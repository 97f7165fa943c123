"""The terms of a question and how much of them a stretch of text holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.question import Question
from vectorstore.generation import Generation
from vectorstore.normalise import normalise
from vectorstore.words import FUNCTION_WORDS, content_words, grams

HISTORY = 0.35  # what a term of the turn before counts beside one of the question itself
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Terms:
    """Words and character pairs of a question, each with its weight: rare in the documents is heavy."""

    words: dict[str, float]
    grams: dict[str, float]
    numbers: frozenset[str]  # digits in the question itself: 2019

    def coverage(self, text: str) -> float:
        """Share of the terms' weight that a normalised text holds, 0…1; words and pairs count half each.

        A word whose pairs stand in the text, though not side by side, counts through them.
        """
        return (_share(self.words, text) + _share(self.grams, text)) / 2

    def missing(self, text: str) -> list[str]:
        """The words that a normalised text lacks, heaviest first."""
        return sorted((word for word in self.words if word not in text), key=lambda word: -self.words[word])


def terms_of(question: Question, generation: Generation) -> Terms:
    words = {word: HISTORY * generation.words.rarity(word) for word in content_words(question.before)}
    words |= {word: generation.words.rarity(word) for word in content_words(question.text)}
    pairs = {pair: HISTORY * generation.grams.rarity(pair) for pair in _pairs(question.before)}
    pairs |= {pair: generation.grams.rarity(pair) for pair in _pairs(question.text)}
    return Terms(words, pairs, frozenset(_NUMBER.findall(question.text)))


def _pairs(text: str) -> list[str]:
    """Character pairs of the content words: pairs across words and of function words say nothing."""
    return [pair for word in content_words(text) for pair in grams(word) if pair not in FUNCTION_WORDS]


def _share(weights: dict[str, float], text: str) -> float:
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in text) / total if total else 0.0


def joined(parts: Sequence[str]) -> str:
    return normalise("\n".join(part for part in parts if part))
