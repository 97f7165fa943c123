"""The tokens of every passage as numbers, kept in a generation: segmenting is half of an ingest's time, and only new
passages need it. Numbers follow the first appearance of each token, so that equal passages give equal files, whatever was
kept and whatever was made anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Tokens of n passages: those of passage i are vocabulary[ids[starts[i]:starts[i + 1]]], in the order of its words."""

    vocabulary: tuple[str, ...]
    ids: NDArray[np.uint32]  # all passages' after one another
    starts: NDArray[np.int64]  # shape (n + 1,)
    learned: tuple[str, ...] = ()  # words the segmenter knew beside its dictionary

    @classmethod
    def of(cls, passages: Iterable[Sequence[str]], learned: tuple[str, ...] = ()) -> Tokens:
        numbers: dict[str, int] = {}
        found = [[numbers.setdefault(token, len(numbers)) for token in passage] for passage in passages]
        starts = np.concatenate([[0], np.cumsum([len(passage) for passage in found], dtype=np.int64)])
        ids = np.fromiter((number for passage in found for number in passage), dtype=np.uint32)
        return cls(tuple(numbers), ids, starts.astype(np.int64), learned)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def counts(self) -> dict[str, int]:
        """How often each token stands in all passages together."""
        found = np.bincount(self.ids, minlength=len(self.vocabulary))
        return {token: int(number) for token, number in zip(self.vocabulary, found, strict=True)}

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        words = {"vocabulary": self.vocabulary, "learned": self.learned}
        (folder / "vocabulary.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
        np.save(folder / "ids.npy", self.ids, allow_pickle=False)
        np.save(folder / "starts.npy", self.starts, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> Tokens:
        """Raises OSError or ValueError when the files are missing or are none of ours."""
        words = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        ids, starts = (np.load(folder / name, allow_pickle=False) for name in ("ids.npy", "starts.npy"))
        return cls(tuple(words["vocabulary"]), ids, starts, tuple(words["learned"]))


def taken_over(
    old: Tokens | None,
    rows: NDArray[np.int64],
    text: Callable[[int], str],
    cut: Callable[[str], Sequence[str]],
    learned: tuple[str, ...] = (),
) -> Tokens:
    """Tokens of passages of which passage i was row rows[i] of old; where that is -1, text(i) is cut, and also where it
    holds a word that the segmenter has learned since, or no longer knows.
    """
    if old is None:
        return Tokens.of((cut(text(i)) for i in range(len(rows))), learned)
    if changed := set(old.learned) ^ set(learned):
        rows = np.array([-1 if any(word in text(i) for word in changed) else row for i, row in enumerate(rows)])
    missing = np.flatnonzero(rows < 0)
    new = Tokens.of(cut(text(int(i))) for i in missing)
    numbers = {token: number for number, token in enumerate(old.vocabulary)}
    renumbered = np.array([numbers.setdefault(token, len(numbers)) for token in new.vocabulary], dtype=np.uint32)
    kept = np.flatnonzero(rows >= 0)
    lengths = np.empty(len(rows), dtype=np.int64)
    lengths[missing] = np.diff(new.starts)
    lengths[kept] = np.diff(old.starts)[rows[kept]]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = np.empty(starts[-1], dtype=np.uint32)
    _copy(old.ids, old.starts[:-1][rows[kept]], ids, starts[:-1][kept], lengths[kept])
    if len(missing):
        _copy(renumbered[new.ids], new.starts[:-1], ids, starts[:-1][missing], lengths[missing])
    return _by_appearance(Tokens(tuple(numbers), ids, starts, learned))


def _copy(
    source: NDArray[np.uint32],
    sources: NDArray[np.int64],
    target: NDArray[np.uint32],
    targets: NDArray[np.int64],
    lengths: NDArray[np.int64],
) -> None:
    """Copies runs of numbers; runs that follow one another on both sides are copied as one."""
    joined = (sources[1:] == sources[:-1] + lengths[:-1]) & (targets[1:] == targets[:-1] + lengths[:-1])
    firsts = np.flatnonzero(np.concatenate([np.ones(min(len(sources), 1), dtype=bool), ~joined]))
    ends = np.concatenate([firsts[1:], [len(sources)]])[: len(firsts)] - 1
    for first, last in zip(firsts, ends, strict=True):
        length = targets[last] + lengths[last] - targets[first]
        target[targets[first] : targets[first] + length] = source[sources[first] : sources[first] + length]


def _by_appearance(tokens: Tokens) -> Tokens:
    """Numbers anew, in the order in which the tokens appear; tokens of passages that are gone leave the vocabulary."""
    never = len(tokens.ids)
    first = np.full(len(tokens.vocabulary), never, dtype=np.int64)
    first[tokens.ids[::-1]] = np.arange(never - 1, -1, -1)  # of several writes to one place the last stays
    order = np.argsort(first, kind="stable")[: int(np.count_nonzero(first < never))]
    number = np.zeros(len(tokens.vocabulary), dtype=np.uint32)
    number[order] = np.arange(len(order), dtype=np.uint32)
    return Tokens(tuple(tokens.vocabulary[i] for i in order), number[tokens.ids], tokens.starts, tokens.learned)
