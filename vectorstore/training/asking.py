"""How questions are put: the pairs of characters that stand in them whatever they ask about, for vectorstore/asking.py."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from vectorstore.asking import NAME
from vectorstore.normalise import normalise
from vectorstore.training.data import Corpus
from vectorstore.words import grams

ASKED = ("cmrc_train", "medqa")  # questions that many people put; ours would count their writers' manner
FEWEST = 3  # questions of each kind that hold a pair; what fewer do is left to chance


def write_shares(corpus: Corpus, folder: Path) -> int:
    """Writes pairs.json; how many pairs it holds. Headings ask nothing: only what people asked is read."""
    kinds = [[pair.query for pair in corpus.pairs if pair.source == source] for source in ASKED]
    found = shares(kinds)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text(json.dumps(found, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    return len(found)


def shares(kinds: Sequence[Sequence[str]]) -> dict[str, float]:
    """Of the questions, how many hold a pair, the commonest first: the geometric mean of the kinds, since what one kind
    alone is about (血压 of patients' questions) asks nothing. Each wording counts once.
    """
    different = [{normalise(question) for question in questions} for questions in kinds]
    held = [Counter(pair for question in asked for pair in set(grams(question))) for asked in different]
    common = [pair for pair in held[0] if all(counts[pair] >= FEWEST for counts in held)]
    mean = {
        pair: math.prod(counts[pair] / len(asked) for counts, asked in zip(held, different, strict=True))
        ** (1 / len(kinds))
        for pair in common
    }
    return {pair: round(mean[pair], 5) for pair in sorted(common, key=lambda pair: (-mean[pair], pair))}
