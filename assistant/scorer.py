"""How well each sentence of the hits answers, by weights that were fitted, not chosen: scorer.json says on what and how."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.question import Question
from assistant.reader import Reading
from assistant.terms import Terms, context
from vectorstore.passage import Hit

WEIGHTS = Path(__file__).with_name("scorer.json")
FAINT = 0.003  # added to the reader's chances before their logarithm: below it they say nothing
FEATURES = ("words", "pairs", "context", "passage", "rare", "hit", "early", "lacking", "reader", "unanswered")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of a hit: document.text[start:end]. nth: of its passage, from 0; reading: of the passage, if it was read."""

    hit: Hit
    start: int
    end: int
    nth: int
    words: str  # normalised
    reading: Reading | None

    def chance(self, start: int, end: int) -> float:
        """The reader's, that the answer stands in document.text[start:end]; 0 where it did not read."""
        if self.reading is None:
            return 0.0
        return self.reading.within(start - self.hit.passage.start, end - self.hit.passage.start)

    @property
    def cosine(self) -> float:
        """Of its words with the question; 0 where the reader did not read."""
        if self.reading is None:
            return 0.0
        return self.reading.cosine(self.start - self.hit.passage.start, self.end - self.hit.passage.start)


def scores(question: Question, terms: Terms, places: Sequence[Place]) -> Floats:
    """One per place; softmax makes them the chances that each is a sentence that answers."""
    return features(question, terms, places) @ _weights()


def features(question: Question, terms: Terms, places: Sequence[Place]) -> Floats:
    """A row per place, a column for each of FEATURES; each about 0…1, `reader` and `unanswered` logarithms of chances."""
    around = {place.hit.passage.id: context(place.hit.passage) for place in places}
    covered = {id: terms.coverage(text) for id, text in around.items()}
    matched = {id: (covered[id] + terms.overlap(text)) / 2 for id, text in around.items()}
    rarity = _rarity(terms, [place.words for place in places])
    rows = []
    for place in places:
        id, said = place.hit.passage.id, place.words
        words, pairs = terms.coverage(said), terms.overlap(said)
        none = place.reading.none if place.reading else 1.0
        rows.append(
            (
                words,
                pairs,
                max(0.0, matched[id] - (words + pairs) / 2),
                covered[id],
                sum(weight for word, weight in rarity.items() if word in said),
                place.hit.fused,
                1 / (1 + place.nth),
                float(not question.polar and any(number not in around[id] for number in terms.numbers)),
                math.log(place.chance(place.start, place.end) + FAINT),
                math.log(1 - none + FAINT),
            )
        )
    return np.array(rows)


def _rarity(terms: Terms, said: Sequence[str]) -> dict[str, float]:
    """The words' shares of weight where what stands in every sentence, as the subject does, weighs next to nothing."""
    weights = {
        word: weight * math.log((len(said) + 1) / (sum(word in text for text in said) + 0.5))
        for word, weight in terms.words.items()
    }
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()} if total > 0 else {}


@cache
def _weights() -> Floats:
    weights = json.loads(WEIGHTS.read_text(encoding="utf-8"))["weights"]
    return np.array([weights[name] for name in FEATURES])
