"""How far a pair of characters tells what is asked about, or only how one asks: 如何 and 是否 stand in questions about anything.

In formal text such pairs are rare, so that BM25 takes them for telling. How common each is in questions was counted in
training text, by vectorstore/training/asking.py.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "models" / "question-pairs-zh"
NAME = "pairs.json"
LEAST = 1 / 20_000  # share of questions below which a pair counts as never asking; about one of those counted


def telling(pair: str) -> float:
    """0…1: 1 for a pair that hardly any question holds, 0.3 for 什么, in every third."""
    return math.sqrt(math.log(_shares().get(pair, 0) + LEAST) / math.log(LEAST))


@cache
def _shares() -> Mapping[str, float]:
    """Of questions of different kinds, how many hold each pair."""
    shares: dict[str, float] = json.loads((FOLDER / NAME).read_text(encoding="utf-8"))
    return shares
