"""A question to the passages nearest to it: two lexical legs and a dense one, fused; the best of them compared word by word."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.asking import telling
from vectorstore.everyday import official
from vectorstore.generation import Generation
from vectorstore.normalise import normalise
from vectorstore.passage import Hit
from vectorstore.words import FUNCTION_WORDS, content_words, grams

# The built-in encoder ranks worse than BM25 alone and better with it: its weight was found on questions that share few
# words with the text. A strong encoder deserves about 0.5. Of the lexical rest, pairs carry a little more than words:
# they survive a wrong segmentation. WORDS was chosen on statute_stard, gov_faq, cmrc and drcd together: the gain that those
# sets show is not a held-out figure.
DENSE = 0.35
WORDS = 0.43  # of what is not dense
# A question whose words the passages hold is a matter for words, one in other words than all of them for the encoder: from
# LIKE down to UNLIKE, as the nearest passage comes word by word, its weight grows to MOST. Together with CONTEXT in
# vectorstore/dense.py chosen, as coarse steps, so that no question set loses more than half a point.
MOST, LIKE, UNLIKE = 0.7, 0.7, 0.4
# What the words one by one add to the fusion, of the best rows. Like what a pair counts, it was chosen so that neither the
# held-back training questions nor any question set loses.
NEAR = 0.15
READ = 40  # rows compared word by word
# Added to a pair's rarity, as of a larger collection: in a few dozen passages rarity alone says too much. Of 4, 6 and 8 the one
# with the best R@1, R@5 and R@1000chars added up over covid_faq, gov_faq, followup_travel and the three sets of statutes.
COMMON = 6.0
# What the name of the body counts whose documents these are: it says who is meant, not what is asked, and its parts (质量,
# 检验) stand in passages about anything.
OWN = 0.3
OWN_SHARE = 0.05  # of the passages name it, at least
# What the official words for an everyday one count beside it, shared among several by the root of their number; less where
# the everyday one only asks (怎么办). Of 0.2 to 0.8 the middle, looked for on held-back everyday questions.
OFFICIAL = 0.4
USED = 0.01  # of the passages hold an everyday word, at least: then these documents use it themselves
_ASKED_ITSELF = "(?:是|属于|算)(?!怎|如何|由|从|在|谁|哪[年天里些]|什么时)"  # right after the name
# What a token counts at the beginning of a question of LONG characters or more, and evenly more up to 2 - EARLY at its end: what is
# asked stands at the end, before it only where and when. A SHORT one is all about what is asked. Chosen with EVENED in
# vectorstore/dense.py, as coarse steps, so that no question set loses more than half a point.
EARLY, SHORT, LONG = 0.55, 12, 20
POOL = 100  # rows each leg puts forward
_FLOOR = -1e9  # score of a passage outside the scope

Scores = NDArray[np.float32]


def search(
    generation: Generation, question: str, *, limit: int = 10, scope: Sequence[str] | None = None, dense: float = DENSE
) -> list[Hit]:
    """The passages nearest to a question, best first; scope keeps the search to these documents.

    Each leg is scaled to 0…1 over the candidates of this question (CombSUM with min-max scaling, Fox & Shaw 1994),
    then 0.28 words + 0.37 grams + 0.35 dense, less of words and more of dense where no passage comes near the question word
    by word, and 0.15 on top for how near the best of them come; a score is the mean of these by weight. A question of
    unknown words has no dense leg.
    """
    asked = _asked(generation, normalise(question))
    allowed = None if scope is None else np.array(generation.archive.rows_of(scope), dtype=np.int64)
    rows = _candidates(generation, asked, allowed)
    if not len(rows):
        return []
    legs = {
        "words": _scaled(asked.by_words[rows]),
        "grams": _scaled(asked.by_grams[rows]),
        "dense": np.zeros(len(rows), np.float32),
        "near": np.zeros(len(rows), np.float32),
    }
    fused = lexical = WORDS * legs["words"] + (1 - WORDS) * legs["grams"]
    if has_vector := bool(np.any(asked.vector)):
        legs["dense"] = _scaled(generation.dense.similarity(asked.vector, rows))
        fused = (1 - dense) * lexical + dense * legs["dense"]
    score = fused
    if dense and asked.words and generation.nearness:
        best = np.lexsort((rows, -fused))[:READ]
        rarities = [generation.words.rarity(word) for word in asked.words]
        near = generation.nearness.of(rows[best], asked.words, rarities)
        if has_vector:
            dense = float(np.interp(near.max(), (UNLIKE, LIKE), (max(dense, MOST), dense)))
            fused = (1 - dense) * lexical + dense * legs["dense"]
        legs["near"][best] = _scaled(near)
        score = (fused + NEAR * legs["near"]) / (1 + NEAR)
    order = np.lexsort((rows, -score))[:limit]  # equal scores in document order
    passages = generation.archive.passages([int(rows[i]) for i in order])
    return [
        Hit(passage, *(round(float(leg[i]), 4) for leg in (score, *legs.values(), fused)))
        for passage, i in zip(passages, order, strict=True)
    ]


def leg_hits(generation: Generation, question: str, *, limit: int = 10) -> dict[str, list[Hit]]:
    """What each leg finds by itself, for people who want to know why: words, grams and dense."""
    asked = _asked(generation, normalise(question))
    found: dict[str, list[Hit]] = {}
    for leg, scores in (("words", asked.by_words), ("grams", asked.by_grams)):
        rows = _best(scores, limit)
        found[leg] = _hits(generation, rows, scores[rows])
    rows = generation.dense.nearest(asked.vector, limit)
    found["dense"] = _hits(generation, rows, generation.dense.similarity(asked.vector, rows))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What a question is searched with."""

    words: tuple[str, ...]  # that tell what it is about, each once
    by_words: Scores  # BM25 of every passage
    by_grams: Scores
    vector: Scores  # of length one, or zero


def _asked(generation: Generation, searched: str) -> _Asked:
    """searched: a normalised question."""
    rest, own = without_own_name(generation, searched)
    parts = [(rest, 1.0), (own, OWN)] if own else [(searched, 1.0)]
    by_words, by_grams = np.zeros((2, generation.manifest.passages), np.float32)
    vector = np.zeros(generation.encoder.dimension, np.float32)
    for text, weight in parts:
        others = officially(generation, text)
        counts = _counts(text, others, generation.lexicon.segmenter.words)
        by_words += weight * generation.words.scores(counts)
        counts = {pair: n * _counting(generation, pair) for pair, n in _counts(text, others, grams).items()}
        by_grams += weight * generation.grams.scores(counts)
        vector += weight * generation.encoder.encode([text])[0]
    length = float(np.linalg.norm(vector))
    words = dict.fromkeys(generation.lexicon.segmenter.words(rest))
    telling_words = tuple(word for word in words if word not in FUNCTION_WORDS)
    return _Asked(telling_words, by_words, by_grams, generation.evened(vector / length if length else vector))


def officially(generation: Generation, text: str) -> dict[str, tuple[str, ...]]:
    """What official texts say for the words of a normalised text, less what these documents say as people do."""
    return {word: others for word, others in official(text).items() if generation.words.share(word) < USED}


def _counts(text: str, others: Mapping[str, Sequence[str]], cut: Callable[[str], Sequence[str]]) -> dict[str, float]:
    """What each token of a question counts: each time that it is said, by its place, and what is official for it a part of that."""
    counts: defaultdict[str, float] = defaultdict(float)
    after: dict[str, int] = {}  # token -> where to look for it next
    for token in cut(text):
        start = max(text.find(token, after.get(token, 0)), 0)
        after[token] = start + len(token)
        counts[token] += _by_place(text, start, token)
    for word, alike in others.items():
        share = OFFICIAL * fmean(map(telling, grams(word))) / math.sqrt(len(alike))
        for token in (token for other in alike for token in cut(other)):
            counts[token] += share * _by_place(text, max(text.find(word), 0), word)
    return counts


def _by_place(text: str, start: int, token: str) -> float:
    """What a token counts for where it stands, 1 on the average."""
    length = len(text)
    more = (1 - EARLY) * min(max((length - SHORT) / (LONG - SHORT), 0), 1)
    return 1 + more * ((2 * start + len(token)) / length - 1)


def _counting(generation: Generation, pair: str) -> float:
    """What a pair of characters counts beside BM25: more when rare in the documents, less when it stands in any question."""
    return (COMMON + generation.grams.rarity(pair)) * telling(pair)


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


def _candidates(generation: Generation, asked: _Asked, allowed: NDArray[np.int64] | None) -> NDArray[np.int64]:
    if allowed is not None:
        # A scope is a few documents: every passage of theirs is a candidate if it is among the best of any leg.
        if len(allowed) <= 3 * POOL:
            return allowed
        inside = np.full(generation.manifest.passages, _FLOOR, dtype=np.float32)
        inside[allowed] = 0
        similar = generation.dense.similarity(asked.vector, allowed)
        nearest = allowed[np.argsort(-similar, kind="stable")[:POOL]]
        lexical = (_best(scores + inside, POOL) for scores in (asked.by_words, asked.by_grams))
        return np.unique(np.concatenate([*lexical, nearest]))
    lexical = (_best(scores, POOL) for scores in (asked.by_words, asked.by_grams))
    return np.unique(np.concatenate([*lexical, generation.dense.nearest(asked.vector, POOL)]))


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
