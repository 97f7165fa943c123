"""A question to the passages nearest to it: two lexical legs and a dense one, fused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.generation import Generation
from vectorstore.normalise import normalise
from vectorstore.passage import Hit
from vectorstore.words import content_words, grams

# The built-in encoder ranks worse than BM25 alone and better with it: its weight was found on questions that share few
# words with the text. A strong encoder deserves about 0.5. Of the lexical rest, pairs carry a little more than words:
# they survive a wrong segmentation. WORDS was chosen on statute_stard, gov_faq, cmrc and drcd together: the gain that those
# sets show is not a held-out figure.
DENSE = 0.35
WORDS = 0.43  # of what is not dense
# What the name of the body counts whose documents these are: it says who is meant, not what is asked, and its parts (质量,
# 检验) stand in passages about anything.
OWN = 0.3
OWN_SHARE = 0.05  # of the passages name it, at least
_ASKED_ITSELF = "(?:是|属于|算)(?!怎|如何|由|从|在|谁|哪[年天里些]|什么时)"  # right after the name
POOL = 100  # rows each leg puts forward
_FLOOR = -1e9  # score of a passage outside the scope

Scores = NDArray[np.float32]


def search(
    generation: Generation, question: str, *, limit: int = 10, scope: Sequence[str] | None = None, dense: float = DENSE
) -> list[Hit]:
    """The passages nearest to a question, best first; scope keeps the search to these documents.

    Each leg is scaled to 0…1 over the candidates of this question (CombSUM with min-max scaling, Fox & Shaw 1994),
    then 0.28 words + 0.37 grams + 0.35 dense. A question of unknown words has no dense leg.
    """
    by_words, by_grams, vector = _asked(generation, normalise(question))
    allowed = None if scope is None else np.array(generation.archive.rows_of(scope), dtype=np.int64)
    rows = _candidates(generation, by_words, by_grams, vector, allowed)
    if not len(rows):
        return []
    legs = {
        "words": _scaled(by_words[rows]),
        "grams": _scaled(by_grams[rows]),
        "dense": np.zeros(len(rows), np.float32),
    }
    lexical = WORDS * legs["words"] + (1 - WORDS) * legs["grams"]
    if np.any(vector):
        legs["dense"] = _scaled(generation.dense.similarity(vector, rows))
        fused = (1 - dense) * lexical + dense * legs["dense"]
    else:
        fused = lexical
    order = np.lexsort((rows, -fused))[:limit]  # equal scores in document order
    passages = generation.archive.passages([int(rows[i]) for i in order])
    return [
        Hit(passage, *(round(float(leg[i]), 4) for leg in (fused, *legs.values())))
        for passage, i in zip(passages, order, strict=True)
    ]


def leg_hits(generation: Generation, question: str, *, limit: int = 10) -> dict[str, list[Hit]]:
    """What each leg finds by itself, for people who want to know why: words, grams and dense."""
    by_words, by_grams, vector = _asked(generation, normalise(question))
    found: dict[str, list[Hit]] = {}
    for leg, scores in (("words", by_words), ("grams", by_grams)):
        rows = _best(scores, limit)
        found[leg] = _hits(generation, rows, scores[rows])
    rows = generation.dense.nearest(vector, limit)
    found["dense"] = _hits(generation, rows, generation.dense.similarity(vector, rows))
    return found


def _asked(generation: Generation, searched: str) -> tuple[Scores, Scores, Scores]:
    """BM25 of every passage by words and by grams, and the vector, of a normalised question."""
    rest, own = without_own_name(generation, searched)
    parts = [(rest, 1.0), (own, OWN)] if own else [(searched, 1.0)]
    by_words, by_grams = np.zeros((2, generation.manifest.passages), np.float32)
    vector = np.zeros(generation.encoder.dimension, np.float32)
    for text, weight in parts:
        by_words += weight * generation.words.scores(generation.lexicon.segmenter.words(text))
        by_grams += weight * generation.grams.scores(grams(text))
        vector += weight * generation.encoder.encode([text])[0]
    length = float(np.linalg.norm(vector))
    return by_words, by_grams, vector / length if length else vector


def without_own_name(generation: Generation, searched: str) -> tuple[str, str]:
    """What a normalised question asks of the body whose documents these are, and its name apart: 出版哪些刊物. The question
    as it is, and "", when it names nobody or asks about the body itself.
    """
    own = [name for name in _own_names(generation) if name in searched]
    own = [name for name in own if not re.search(re.escape(name) + _ASKED_ITSELF, searched)]
    rest = reduce(lambda text, name: text.replace(name, " "), own, searched)
    return (rest, " ".join(own)) if own and content_words(rest) else (searched, "")


def _own_names(generation: Generation) -> list[str]:
    return [name for name in sorted(generation.lexicon.meant_by_kind) if generation.words.share(name) >= OWN_SHARE]


def _hits(generation: Generation, rows: NDArray[np.int64], scores: NDArray[Any]) -> list[Hit]:
    passages = generation.archive.passages([int(row) for row in rows])
    return [Hit(passage, round(float(score), 4)) for passage, score in zip(passages, scores, strict=True)]


def _candidates(
    generation: Generation, by_words: Scores, by_grams: Scores, vector: Scores, allowed: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    if allowed is not None:
        # A scope is a few documents: every passage of theirs is a candidate if it is among the best of any leg.
        if len(allowed) <= 3 * POOL:
            return allowed
        inside = np.full(generation.manifest.passages, _FLOOR, dtype=np.float32)
        inside[allowed] = 0
        similar = generation.dense.similarity(vector, allowed)
        nearest = allowed[np.argsort(-similar, kind="stable")[:POOL]]
        return np.unique(np.concatenate([_best(by_words + inside, POOL), _best(by_grams + inside, POOL), nearest]))
    return np.unique(
        np.concatenate([_best(by_words, POOL), _best(by_grams, POOL), generation.dense.nearest(vector, POOL)])
    )


def _best(scores: Scores, limit: int) -> NDArray[np.int64]:
    """Rows of the greatest positive scores, best first."""
    positive = np.flatnonzero(scores > 0)
    if len(positive) > limit:
        positive = positive[np.argpartition(-scores[positive], limit - 1)[:limit]]
    return positive[np.lexsort((positive, -scores[positive]))]


def _scaled(scores: Scores) -> Scores:
    """To 0…1 over the candidates; all zero when they are all alike."""
    low, high = float(scores.min()), float(scores.max())
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)
