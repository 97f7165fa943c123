"""One lexical leg: BM25 over the tokens of every passage, from memory-mapped files. The only importer of bm25s.

BM25 as Lucene computes it (k1 1.5, b 0.75); Kamphuis et al. 2020, "Which BM25 do you mean?".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vectorstore.tokens import Tokens

if TYPE_CHECKING:
    import bm25s

K1, B = 1.5, 0.75


class LexicalIndex:
    """Scores of all passages for a list of tokens."""

    def __init__(self, index: bm25s.BM25 | None, passages: int) -> None:
        self._index = index  # None: no passage has any token
        self.passages = passages

    @classmethod
    def build(cls, tokens: Sequence[Sequence[str]]) -> LexicalIndex:
        """tokens: one list a passage."""
        return cls.of(Tokens.of(tokens))

    @classmethod
    def of(cls, tokens: Tokens) -> LexicalIndex:
        """The same numbers as bm25s computes, over arrays instead of lists: ten times faster at 43,000 passages."""
        if not tokens.vocabulary:
            return cls(None, len(tokens))
        import bm25s  # with it comes scipy: half a second that an ingest with nothing to do need not pay

        index = bm25s.BM25(method="lucene", k1=K1, b=B)
        index.scores, index.nonoccurrence_array = _scores(tokens), None
        index.vocab_dict = {token: number for number, token in enumerate(tokens.vocabulary)}
        index.unique_token_ids_set = set(range(len(tokens.vocabulary)))
        return cls(index, len(tokens))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self._index is not None:
            self._index.save(str(folder), show_progress=False)

    @classmethod
    def open(cls, folder: Path, passages: int) -> LexicalIndex:
        if not (folder / "params.index.json").exists():
            return cls(None, passages)
        import bm25s

        index = bm25s.BM25.load(str(folder), mmap=True, show_progress=False)
        # The same mapped memory as plain arrays: a slice of numpy's memmap costs ten times one of an array.
        arrays = {name: np.asarray(part) for name, part in index.scores.items() if isinstance(part, np.ndarray)}
        index.scores = {**index.scores, **arrays}
        return cls(index, passages)

    def scores(self, tokens: Mapping[str, float]) -> NDArray[np.float32]:
        """BM25 of every passage, shape (passages,), each token times what it counts; all zero when no token is known."""
        known = [(self.numbers[token], weight) for token, weight in tokens.items() if token in self.numbers]
        if self._index is None or not known:
            return np.zeros(self.passages, dtype=np.float32)
        kept = self._index.scores
        columns = [slice(kept["indptr"][number], kept["indptr"][number + 1]) for number, _ in known]
        rows = np.concatenate([kept["indices"][column] for column in columns])
        counts = np.concatenate([kept["data"][c] * np.float32(w) for c, (_, w) in zip(columns, known, strict=True)])
        return np.bincount(rows, counts, self.passages).astype(np.float32)  # half the time of adding column by column

    @property
    def numbers(self) -> Mapping[str, int]:
        """Of the tokens, as in the generation's tokens."""
        return {} if self._index is None else self._index.vocab_dict

    def rarity(self, token: str) -> float:
        """How rare a token is: BM25's idf, ln(1 + (N - n + 0.5) / (n + 0.5)), for n of N passages; the greatest when unknown."""
        n = self._holding(token)
        return math.log(1 + (self.passages - n + 0.5) / (n + 0.5))

    def share(self, token: str) -> float:
        """Of the passages, how many hold a token: 0 to 1."""
        return self._holding(token) / self.passages if self.passages else 0.0

    def _holding(self, token: str) -> int:
        if self._index is None or token not in self._index.vocab_dict:
            return 0
        pointers, number = self._index.scores["indptr"], self._index.vocab_dict[token]
        return int(pointers[number + 1] - pointers[number])

    def known(self, token: str) -> bool:
        return self._index is not None and token in self._index.vocab_dict


def _scores(tokens: Tokens) -> dict[str, object]:
    """A column a token, as bm25s keeps them: of every passage that has it, idf x tf / (tf + k1 (1 - b + b length / mean))."""
    n, lengths = len(tokens), np.diff(tokens.starts)
    pairs = tokens.ids.astype(np.int64) * n + np.repeat(np.arange(n), lengths)  # token and passage in one number
    pairs.sort()
    firsts = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]]))
    counts = np.diff(np.concatenate([firsts, [len(pairs)]])).astype(np.float32)
    token, passage = np.divmod(pairs[firsts], n)
    holding = np.bincount(token, minlength=len(tokens.vocabulary))
    rarity = np.log(1 + (n - holding + 0.5) / (holding + 0.5)).astype(np.float32)
    damping = (K1 * ((1 - B) + B * lengths / lengths.mean())).astype(np.float32)
    return {
        "data": rarity[token] * (counts / (damping[passage] + counts)),
        "indices": passage.astype(np.int32),
        "indptr": np.concatenate([[0], np.cumsum(holding)]).astype(np.int64),
        "num_docs": n,
    }
