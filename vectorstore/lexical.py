"""One lexical leg: BM25 over the tokens of every passage, from memory-mapped files. The only importer of bm25s.

BM25 as Lucene computes it (k1 1.5, b 0.75); Kamphuis et al. 2020, "Which BM25 do you mean?".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray


class LexicalIndex:
    """Scores of all passages for a list of tokens."""

    def __init__(self, index: bm25s.BM25 | None, passages: int) -> None:
        self._index = index  # None: no passage has any token
        self.passages = passages

    @classmethod
    def build(cls, tokens: Sequence[Sequence[str]]) -> LexicalIndex:
        """tokens: one list a passage. The numbering of tokens follows their first appearance, so equal input gives equal files."""
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(token, len(vocabulary)) for token in passage] for passage in tokens]
        if not vocabulary:
            return cls(None, len(ids))
        index = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
        index.index((ids, vocabulary), create_empty_token=False, show_progress=False)
        return cls(index, len(ids))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self._index is not None:
            self._index.save(str(folder), show_progress=False)

    @classmethod
    def open(cls, folder: Path, passages: int) -> LexicalIndex:
        if not (folder / "params.index.json").exists():
            return cls(None, passages)
        return cls(bm25s.BM25.load(str(folder), mmap=True, show_progress=False), passages)

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every passage, shape (passages,); all zero when no token is known."""
        known = [] if self._index is None else self._index.get_tokens_ids(list(tokens))
        if not known or self._index is None:
            return np.zeros(self.passages, dtype=np.float32)
        return np.asarray(self._index.get_scores_from_ids(known), dtype=np.float32)

    def rarity(self, token: str) -> float:
        """How rare a token is: BM25's idf, ln(1 + (N - n + 0.5) / (n + 0.5)), for n of N passages; the greatest when unknown."""
        n = 0
        if self._index is not None and token in self._index.vocab_dict:
            pointers = self._index.scores["indptr"]
            number = self._index.vocab_dict[token]
            n = int(pointers[number + 1] - pointers[number])
        return float(np.log(1 + (self.passages - n + 0.5) / (n + 0.5)))

    def known(self, token: str) -> bool:
        return self._index is not None and token in self._index.vocab_dict
