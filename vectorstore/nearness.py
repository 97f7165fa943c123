"""How near a passage comes to a question, word by word: each word of the question beside the passage's word most like it.

Late interaction (Khattab and Zaharia 2020, "ColBERT") over the vectors of single words. The dense leg compares means, in
which one word that fits drowns among all those that do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vectorstore.encoder import Encoder, Vectors

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


class WordNearness:
    """The words of every passage, as numbers of a vocabulary, and the vectors of those that were needed so far.

    Nobody writes an open generation's words, so a vector that was made stays right; two threads that make the same one
    write the same numbers.
    """

    def __init__(self, ids: NDArray[np.uint32], starts: Rows, numbers: Mapping[str, int], encoder: Encoder) -> None:
        self._ids, self._starts, self._numbers, self._encoder = ids, starts, numbers, encoder
        self._words = sorted(numbers, key=numbers.__getitem__)
        self._vectors = np.zeros((len(self._words), encoder.dimension), dtype=np.float32)
        self._made = np.zeros(len(self._words), dtype=np.bool_)

    @classmethod
    def open(cls, folder: Path, numbers: Mapping[str, int], encoder: Encoder) -> WordNearness:
        """folder: the tokens of a generation's words; numbers: of their vocabulary."""
        ids, starts = (np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in ("ids.npy", "starts.npy"))
        return cls(np.asarray(ids), np.asarray(starts), numbers, encoder)  # mapped all the same; slices cost less

    def of(self, rows: Rows, words: Sequence[str], weights: Sequence[float]) -> Floats:
        """Of each row the weighted mean, over these words, of the greatest cosine with a word of it: 0…1, shape (len(rows),)."""
        near = np.zeros(len(rows), dtype=np.float32)
        held = [self._ids[self._starts[row] : self._starts[row + 1]] for row in rows]
        full = [i for i, ids in enumerate(held) if len(ids)]
        if not words or not full:
            return near
        said = np.concatenate([held[i] for i in full])
        stands = np.zeros(
            len(self._words), dtype=np.bool_
        )  # np.unique would sort them, for longer than all the rest takes
        stands[said] = True
        found = np.flatnonzero(stands)
        places = np.empty(len(self._words), dtype=np.int32)
        places[found] = np.arange(len(found))
        cosines = np.maximum(self._of_question(words) @ self._of_words(found).T, 0)
        for i, word in enumerate(words):  # also a word of which the encoder knows nothing is like itself
            if word in self._numbers and stands[self._numbers[word]]:
                cosines[i, places[self._numbers[word]]] = 1
        starts = np.cumsum([0, *(len(held[i]) for i in full[:-1])])
        best = np.maximum.reduceat(cosines[:, places[said]], starts, axis=1)
        near[full] = np.asarray(weights, dtype=np.float32) @ best / sum(weights)
        return near

    def warm(self) -> None:
        """Make the vectors of all words, which the first questions would else wait for."""
        self._of_words(np.arange(len(self._words)))

    def _of_question(self, words: Sequence[str]) -> Vectors:
        """The documents' own words from what is kept; to encode them again took longer than all else here."""
        vectors = np.zeros((len(words), self._encoder.dimension), dtype=np.float32)
        known = [i for i, word in enumerate(words) if word in self._numbers]
        others = [i for i, word in enumerate(words) if word not in self._numbers]
        vectors[known] = self._of_words(np.array([self._numbers[words[i]] for i in known], dtype=np.intp))
        vectors[others] = self._encoder.encode([words[i] for i in others])
        return vectors

    def _of_words(self, numbers: NDArray[np.intp]) -> Vectors:
        missing = numbers[~self._made[numbers]]
        if len(missing):
            self._vectors[missing] = self._encoder.encode([self._words[number] for number in missing])
            self._made[missing] = True
        return self._vectors[numbers]
