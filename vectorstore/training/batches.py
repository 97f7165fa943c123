"""Training batches: a query and the text that it should find, as bags of token ids (the encoder knows no word order)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from vectorstore.training.data import EVERYDAY, EVERYDAY_WORDS, Corpus, Pair, Passage

Ints = NDArray[np.int64]

TEXT_TOKENS = 256  # read of a pair's text; nearly all are shorter
NEIGHBOURS = 3  # sentences on each side that count as the surroundings of a sentence
DROPPED = np.array([0.0, 0.2, 0.5])  # of the words, so that no single word carries the match
KEEP_SENTENCE = 0.3  # of the cloze texts still hold the sentence itself: exact words must count, too
WITH_TITLE = 0.3  # of the texts begin with their document's title
GENERIC = 3  # a heading used this often (概述, 附则) says nothing without its title
ONE_SOURCE = 0.5  # of the batches come from one source alone: its texts are alike, so the negatives are hard
# What a batch is made of, by weight: pairs of cmrc_train are questions, of medqa patients' questions, those of our own
# everyday questions and words; all others are headings.
MIXTURE = {"cloze": 0.28, "heading": 0.15, "question": 0.09, "patient": 0.06, "everyday": 0.30, "word": 0.12}
KINDS = {"cmrc_train": "question", "medqa": "patient", EVERYDAY: "everyday", EVERYDAY_WORDS: "word"}
SENTENCE = re.compile(r"[^。！？；!?;]+[。！？；!?;]*")


@dataclass(frozen=True, slots=True)
class Bags:
    """Bag i is ids[bounds[i]:bounds[i + 1]]."""

    ids: NDArray[np.int32]
    bounds: Ints

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def slices(self, starts: Ints, ends: Ints) -> Bags:
        lengths = ends - starts
        bounds = np.concatenate(([0], np.cumsum(lengths)))
        positions = np.arange(bounds[-1]) + np.repeat(starts - bounds[:-1], lengths)
        return Bags(self.ids[positions], bounds)

    def take(self, rows: Ints) -> Bags:
        return self.slices(self.bounds[rows], self.bounds[rows + 1])

    def owners(self) -> Ints:
        """The bag of each id."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    def where(self, kept: NDArray[np.bool_]) -> Bags:
        lengths = np.bincount(self.owners()[kept], minlength=len(self))
        return Bags(self.ids[kept], np.concatenate(([0], np.cumsum(lengths))))

    def joined(self, other: Bags) -> Bags:
        order = np.argsort(np.concatenate((self.owners(), other.owners())), kind="stable")
        return Bags(np.concatenate((self.ids, other.ids))[order], self.bounds + other.bounds)


@dataclass(frozen=True, slots=True)
class Batch:
    queries: Bags
    texts: Bags
    groups: Ints  # equal numbers: the same text, never each other's negatives


@dataclass(frozen=True, slots=True)
class ClozeTexts:
    """Passages by sentence; passage i has the sentences first[i]:first[i + 1]."""

    sentences: Bags
    first: Ints
    titles: Bags

    def batch(self, rows: Ints, random: np.random.Generator) -> Batch:
        """A sentence with words dropped against the sentences around it."""
        low, high = self.first[rows], self.first[rows + 1]
        chosen = random.integers(low, high)
        start, end = np.maximum(low, chosen - NEIGHBOURS), np.minimum(high, chosen + NEIGHBOURS + 1)
        bounds = self.sentences.bounds
        keep = random.random(len(rows)) < KEEP_SENTENCE
        # Order is nothing to a bag, so the two halves around the sentence are joined; with it kept they just touch.
        before = self.sentences.slices(bounds[start], bounds[np.where(keep, chosen + 1, chosen)])
        after = self.sentences.slices(bounds[chosen + 1], bounds[end])
        around = before.joined(after).joined(some(self.titles.take(rows), WITH_TITLE, random))
        return Batch(thinned(self.sentences.take(chosen), random), around, rows)


@dataclass(frozen=True, slots=True)
class PairTexts:
    """Queries with their texts; a generic heading already has its document's title in front."""

    queries: Bags
    texts: Bags
    titles: Bags
    groups: Ints

    def batch(self, rows: Ints, random: np.random.Generator) -> Batch:
        queries = self.queries.take(rows).joined(some(self.titles.take(rows), WITH_TITLE, random))
        return Batch(thinned(queries, random), thinned(self.texts.take(rows), random), self.groups[rows])


def thinned(bags: Bags, random: np.random.Generator) -> Bags:
    """Each bag without 0, 20 or 50 % of its ids."""
    rates = np.repeat(random.choice(DROPPED, len(bags)), np.diff(bags.bounds))
    return bags.where(random.random(len(bags.ids)) >= rates)


def some(bags: Bags, share: float, random: np.random.Generator) -> Bags:
    """The bags with this share of them left full, the others emptied."""
    return bags.where(np.repeat(random.random(len(bags)) < share, np.diff(bags.bounds)))


@dataclass(frozen=True, slots=True)
class Pool:
    """The rows of one kind, by source."""

    batch: Callable[[Ints, np.random.Generator], Batch]
    rows: tuple[Ints, ...]


def draw(pools: dict[str, Pool], size: int, random: np.random.Generator) -> Iterator[Batch]:
    """Endless: a kind by weight, half of the time from one source alone."""
    weights = np.array([MIXTURE[kind] for kind in pools])
    kinds = list(pools.values())
    while True:
        pool = kinds[random.choice(len(kinds), p=weights / weights.sum())]
        rows = pool.rows[pick_source(pool, random)] if random.random() < ONE_SOURCE else np.concatenate(pool.rows)
        yield pool.batch(random.choice(rows, min(size, len(rows)), replace=False), random)


def pick_source(pool: Pool, random: np.random.Generator) -> int:
    """By the root of its size: small sources are heard, yet not repeated beyond measure."""
    weights = np.sqrt([len(rows) for rows in pool.rows])
    return int(random.choice(len(weights), p=weights / weights.sum()))


def build_pools(corpus: Corpus, tokenizer: Tokenizer) -> dict[str, Pool]:
    cloze = encode_passages(corpus.passages, tokenizer)
    several = np.flatnonzero(np.diff(cloze.first) > 1)  # a lone sentence has no surroundings
    pairs = encode_pairs(corpus.pairs, tokenizer)
    pools = {"cloze": Pool(cloze.batch, by_source([corpus.passages[row].source for row in several], several))}
    kinds = np.array([KINDS.get(pair.source, "heading") for pair in corpus.pairs])
    for kind in sorted(set(KINDS.values()) | {"heading"}):
        rows = np.flatnonzero(kinds == kind)
        pools[kind] = Pool(pairs.batch, by_source([corpus.pairs[row].source for row in rows], rows))
    return {kind: pool for kind, pool in pools.items() if pool.rows}


def by_source(sources: Sequence[str], rows: Ints) -> tuple[Ints, ...]:
    names = np.array(sources)
    return tuple(rows[names == name] for name in sorted(set(sources)))


def encode_passages(passages: Sequence[Passage], tokenizer: Tokenizer) -> ClozeTexts:
    sentences = [SENTENCE.findall(passage.text) for passage in passages]
    return ClozeTexts(
        sentences=encode((sentence for found in sentences for sentence in found), tokenizer),
        first=np.concatenate(([0], np.cumsum([len(found) for found in sentences]))).astype(np.int64),
        titles=encode((passage.title for passage in passages), tokenizer),
    )


def encode_pairs(pairs: Sequence[Pair], tokenizer: Tokenizer) -> PairTexts:
    uses = Counter((pair.source, pair.query) for pair in pairs)
    generic = {heading for heading, count in uses.items() if count >= GENERIC}
    numbers: dict[str, int] = {}
    return PairTexts(
        queries=encode((full_query(pair, generic) for pair in pairs), tokenizer),
        texts=encode((pair.text for pair in pairs), tokenizer, limit=TEXT_TOKENS),
        titles=encode((optional_title(pair, generic) for pair in pairs), tokenizer),
        groups=np.array([numbers.setdefault(pair.text, len(numbers)) for pair in pairs], dtype=np.int64),
    )


def full_query(pair: Pair, generic: set[tuple[str, str]]) -> str:
    return f"{pair.title} {pair.query}" if pair.title and (pair.source, pair.query) in generic else pair.query


def optional_title(pair: Pair, generic: set[tuple[str, str]]) -> str:
    """The title that may stand before a heading; a question stands alone, as its asker does not know the title."""
    if pair.source in KINDS or (pair.source, pair.query) in generic:
        return ""
    return pair.title or ""


def encode(texts: Iterator[str], tokenizer: Tokenizer, *, limit: int | None = None) -> Bags:
    parts: list[NDArray[np.int32]] = []
    lengths: list[int] = []
    for piece in pieces(texts, 20_000):
        found = [encoding.ids[:limit] for encoding in tokenizer.encode_batch_fast(piece, add_special_tokens=False)]
        lengths += map(len, found)
        parts.append(np.fromiter((number for ids in found for number in ids), dtype=np.int32))
    ids = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)
    return Bags(ids, np.concatenate(([0], np.cumsum(lengths))).astype(np.int64))


def pieces(texts: Iterator[str], size: int) -> Iterator[list[str]]:
    piece: list[str] = []
    for text in texts:
        piece.append(text)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece
