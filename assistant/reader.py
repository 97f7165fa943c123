"""The small extractive reader: where in a passage the words stand that answer a question. numpy alone.

Its weights come from `python -m assistant.training`; the words and their vectors are those of the built-in encoder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vectorstore.encoder import BUILTIN, BUILTIN_FOLDER, Encoder, StaticEncoder, load_encoder, unit_rows

FOLDER = BUILTIN_FOLDER.parent / "reader-zh-small"
SIGNS = (
    "，。、；：？！“”《》（）()·—-…,.;:?!\"'「」『』[]〔〕%/~\n"  # each has a vector of its own; all others share one
)
QUESTION_TOKENS = 64  # read of a question
PASSAGE_TOKENS = 600  # read of a passage; 500 characters are never more
ANSWER_TOKENS = 30  # of the longest answer looked for
DILATIONS = (
    1,
    2,
    1,
    2,
    4,
    8,
)  # of the convolutions: the first two read question and passage alike, the rest read the passage
ALONE = 2

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as the reader sees it: n tokens with their offsets; ids from the encoder's words, signs after them."""

    ids: Ints  # n
    starts: Ints
    ends: Ints
    sentence: Ints  # number of the sentence each stands in


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader thinks of one passage: chances, over its tokens, that the answer starts and ends there.

    They add up to 1 with `none`, the chance that the passage does not answer.
    """

    tokens: Tokens
    starting: Floats
    ending: Floats
    none: float
    vectors: Floats  # of the tokens, n rows; signs have none
    asked: Floats  # the question's

    def cosine(self, start: int, end: int) -> float:
        """Of the words in text[start:end], by their mean, with the question; 0 where either has none."""
        inside = (self.tokens.starts >= start) & (self.tokens.ends <= end)
        said = self.vectors[inside].sum(axis=0)
        length = float(np.linalg.norm(said))
        return float(said @ self.asked) / length if length else 0.0

    def within(self, start: int, end: int) -> float:
        """Chance that the answer stands in text[start:end], 0…1."""
        inside = (self.tokens.starts >= start) & (self.tokens.ends <= end)
        return float(self.starting[inside].sum() + self.ending[inside].sum()) / 2

    def best(self, start: int, end: int) -> tuple[int, int, float]:
        """The likeliest answer in text[start:end], as offsets with its chance; chance 0 where there is no token."""
        inside = np.flatnonzero((self.tokens.starts >= start) & (self.tokens.ends <= end))
        if not len(inside):
            return start, start, 0.0
        low, high = inside[0], inside[-1] + 1
        both = self.starting[low:high, None] * self.ending[None, low:high]
        both = np.tril(np.triu(both), ANSWER_TOKENS - 1)
        first, last = np.unravel_index(int(both.argmax()), both.shape)
        return int(self.tokens.starts[low + first]), int(self.tokens.ends[low + last]), float(both[first, last])


class Lexicon:
    """The encoder's words as the reader needs them."""

    def __init__(self, encoder: StaticEncoder) -> None:
        self._encoder = encoder
        self.fingerprint = encoder.fingerprint
        self.words = encoder.words
        vectors = encoder.rows.astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1)
        self.units = np.zeros((len(vectors) + len(SIGNS) + 1, vectors.shape[1]), np.float32)
        self.units[: len(vectors)] = unit_rows(vectors)
        self.weights = np.zeros(len(self.units), np.float32)
        self.weights[: len(vectors)] = lengths / lengths.max()  # training made rare words long
        self.has_digit = np.zeros(len(self.units), np.float32)
        self.has_digit[: len(vectors)] = [any(c.isdigit() for c in word) for word in self.words]
        self.tokens = lru_cache(maxsize=2048)(self._tokens)  # most questions find the same few passages
        self.stops = self.among([len(vectors) + SIGNS.find(c) + 1 for c in "。？！?!\n"])

    def vectors(self, ids: Ints) -> Floats:
        """The encoder's, but for one factor; zero for signs."""
        found: Floats = self.units[ids] * self.weights[ids, None]
        return found

    def among(self, ids: Ints | Sequence[int]) -> NDArray[np.bool_]:
        """Of every id, whether it is one of these: looking that up is twenty times faster than np.isin on so few."""
        found = np.zeros(len(self.units), np.bool_)
        found[ids] = True
        return found

    def _tokens(self, text: str, limit: int) -> Tokens:
        """Words of the encoder, and between them every sign that is no space."""
        found: list[tuple[int, int, int]] = []
        position = 0
        for id, start, end in [*self._encoder.tokens(text), (-1, len(text), len(text))]:
            if position < start:
                found += [
                    (len(self.words) + (SIGNS.find(c) + 1), position + i, position + i + 1)
                    for i, c in enumerate(text[position:start])
                    if not c.isspace() or c == "\n"
                ]
            if id >= 0 and end > start:
                found.append((id, start, end))
            position = max(position, end)
        found = found[:limit]
        ids, starts, ends = (
            np.array(column, dtype=np.int64) for column in (zip(*found, strict=True) if found else ([], [], []))
        )
        stops = self.stops[ids]
        return Tokens(ids, starts, ends, np.cumsum(stops) - stops)


@dataclass(frozen=True, slots=True)
class Inputs:
    """One question with one passage: ids and flags of both, and the cosines between their words."""

    asked: Ints  # q
    asked_flags: Floats  # q, 4
    said: Ints  # p
    said_flags: Floats  # p, 7
    cosines: Floats  # p, q


def inputs(lexicon: Lexicon, question: Tokens, passage: Tokens, heading: Tokens) -> Inputs:
    """heading: what stands above the passage, title included; words of the question in it are known to be the subject."""
    asked, said = question.ids, passage.ids
    known = len(lexicon.words)
    cosines = lexicon.units[said] @ lexicon.units[asked].T
    same = (said[:, None] == asked[None, :]) & (asked < known)[None, :]
    soft = np.maximum(cosines, same).astype(np.float32)
    exact = same.any(axis=1)
    nearest, above = soft.max(axis=1, initial=0), lexicon.among(heading.ids)
    said_flags = np.stack(
        [
            exact,
            nearest,
            nearest * lexicon.weights[said],
            above[said] & (said < known),
            lexicon.has_digit[said],
            1 / (1 + passage.sentence),
            lexicon.weights[said],
        ],
        axis=1,
    ).astype(np.float32)
    asked_flags = np.stack(
        [same.any(axis=0), above[asked], soft.max(axis=0, initial=0), lexicon.weights[asked]], axis=1
    ).astype(np.float32)
    return Inputs(asked, asked_flags, said, said_flags, soft)


class Reader:
    """The network, ready to read."""

    def __init__(self, weights: dict[str, Floats], lexicon: Lexicon, classes: NDArray[np.int64]) -> None:
        """classes: of every id, its first and last character, 2 columns."""
        self.lexicon = lexicon
        self._w = weights
        # All that a token is by itself, made once: its vector, its first and its last character.
        self._table = (
            lexicon.units @ weights["vectors"] + weights["first"][classes[:, 0]] + weights["last"][classes[:, 1]]
        )

    @classmethod
    def open(cls, folder: Path = FOLDER, encoder: Encoder | None = None) -> Reader:
        """encoder: used when it is the built-in one; otherwise that is opened beside it."""
        with np.load(folder / "weights.npz", allow_pickle=False) as file:
            weights = {name: file[name].astype(np.float32) for name in file.files}
        about = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
        if not isinstance(encoder, StaticEncoder) or encoder.fingerprint != about["encoder"]:
            builtin = load_encoder(BUILTIN)
            assert isinstance(builtin, StaticEncoder)
            encoder = builtin
        if encoder.fingerprint != about["encoder"]:
            raise ValueError(f"{folder.name} was trained on the words of another encoder")
        lexicon = Lexicon(encoder)
        return cls(weights, lexicon, classes(lexicon, about["characters"]))

    def read(self, question: str, passages: Sequence[str], headings: Sequence[str]) -> list[Reading]:
        """A reading of each passage; headings: what stands above each."""
        asked = self.lexicon.tokens(question, QUESTION_TOKENS)
        tokens = [self.lexicon.tokens(passage, PASSAGE_TOKENS) for passage in passages]
        above = [self.lexicon.tokens(heading, PASSAGE_TOKENS) for heading in headings]
        given = [inputs(self.lexicon, asked, said, heading) for said, heading in zip(tokens, above, strict=True)]
        worth = [n for n, one in enumerate(given) if len(one.said) and len(one.asked)]
        chances = dict(zip(worth, self.chances([given[n] for n in worth]), strict=True)) if worth else {}
        sought = self.lexicon.vectors(asked.ids).sum(axis=0)
        sought /= np.linalg.norm(sought) or 1
        return [_reading(said, chances.get(n), self.lexicon.vectors(said.ids), sought) for n, said in enumerate(tokens)]

    def chances(self, given: Sequence[Inputs]) -> list[tuple[Floats, Floats]]:
        """Of a start and of an end at each token of each passage; in front of them, of none at all.

        All passages go through each layer together, in one product: three cost half of three by themselves.
        """
        w = self._w
        of_asked, of_said = _parts([len(one.asked) for one in given]), _parts([len(one.said) for one in given])
        asked_flags = np.concatenate([one.asked_flags for one in given])
        asked = self._table[np.concatenate([one.asked for one in given])]
        asked = _normed(_relu(asked + asked_flags @ w["asked_flags"] + w["asked_bias"]))
        said = self._table[np.concatenate([one.said for one in given])]
        said_flags = np.concatenate([one.said_flags for one in given])
        said = _normed(_relu(said + said_flags @ w["said_flags"] + w["said_bias"]))
        for layer in range(ALONE):
            asked, said = self._block(layer, asked, of_asked), self._block(layer, said, of_said)
        weighed: Floats = asked @ w["point"]
        weighed += asked_flags @ w["point_flags"]
        points = np.stack([_softmax(weighed[part]) @ asked[part] for part in of_asked])
        sought, aligned = said @ w["near"], np.empty_like(said)
        for one, q, p in zip(given, of_asked, of_said, strict=True):
            aligned[p] = _softmax(sought[p] @ asked[q].T + one.cosines * w["cosine"]) @ asked[q]
        lengths = [len(one.said) for one in given]
        joined: Floats = np.concatenate((said, aligned, said * aligned, said * points.repeat(lengths, axis=0)), axis=1)
        mixed: Floats = joined @ w["join"] + (points @ w["join_point"] + w["join_bias"]).repeat(lengths, axis=0)
        said = _normed(_relu(mixed))
        for layer in range(ALONE, len(DILATIONS)):
            said = self._block(layer, said, of_said)
        said = _normed(said)
        return [self._ends(said[part], point) for part, point in zip(of_said, points, strict=True)]

    def _ends(self, said: Floats, point: Floats) -> tuple[Floats, Floats]:
        w = self._w
        most = np.concatenate((said.max(axis=0), said.mean(axis=0), point))
        none = np.maximum(most @ w["none"] + w["none_bias"], 0) @ w["none_out"]
        start = said @ (w["start"] + point @ w["start_point"])
        end = said @ (w["end"] + point @ w["end_point"])
        return _softmax(np.concatenate((none[:1], start))), _softmax(np.concatenate((none[1:], end)))

    def _block(self, layer: int, x: Floats, parts: Sequence[slice]) -> Floats:
        """A convolution over three tokens, within each part."""
        gap, (tokens, width) = DILATIONS[layer], x.shape
        wide = np.zeros((tokens, 3 * width), np.float32)
        wide[:, width : 2 * width] = x
        for part in parts:
            wide[part, :width][gap:] = x[part][:-gap]
            wide[part, 2 * width :][:-gap] = x[part][gap:]
        y: Floats = wide @ self._w[f"block{layer}"]
        y += self._w[f"bias{layer}"]
        return x + np.maximum(y, 0, out=y)


def _reading(tokens: Tokens, chances: tuple[Floats, Floats] | None, vectors: Floats, asked: Floats) -> Reading:
    if chances is None:  # nothing is said, or nothing asked
        nothing = np.zeros(len(tokens.ids), np.float32)
        return Reading(tokens, nothing, nothing, 1.0, vectors, asked)
    starting, ending = chances
    return Reading(tokens, starting[1:], ending[1:], float(starting[0] + ending[0]) / 2, vectors, asked)


def _parts(lengths: Sequence[int]) -> list[slice]:
    """Where each of several texts stands when they are laid end to end."""
    ends = np.cumsum(lengths)
    return [slice(int(end) - length, int(end)) for end, length in zip(ends, lengths, strict=True)]


@lru_cache(maxsize=1)
def reader_beside(encoder: Encoder) -> Reader:
    """The project's own reader, opened once; it shares the words of the built-in encoder where that is the one in use."""
    return Reader.open(FOLDER, encoder)


def classes(lexicon: Lexicon, characters: str) -> Ints:
    """First and last character of every word, by their place in `characters`; 0 for any other. Signs have rows of their own."""
    place = {character: number + 1 for number, character in enumerate(characters)}
    words = [(place.get(word[:1], 0), place.get(word[-1:], 0)) for word in lexicon.words]
    signs = [(len(characters) + 1 + n,) * 2 for n in range(len(SIGNS) + 1)]
    return np.array(words + signs, dtype=np.int64)


def _relu(x: Floats) -> Floats:
    return np.maximum(x, 0)


def _normed(x: Floats) -> Floats:
    """To mean 0 and spread 1, row by row."""
    x = x - x.mean(axis=1, keepdims=True)
    normed: Floats = x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-5)
    return normed


def _softmax(x: Floats) -> Floats:
    x = np.exp(x - x.max(axis=-1, keepdims=True))
    shares: Floats = x / x.sum(axis=-1, keepdims=True)
    return shares
