"""Which words official texts use at all: 会费 and 手续, but not 撒手不管. That a text lacks a word tells something only where it
would say it.

Counted in laws and regulations by vectorstore/training/formal.py; the model card says how.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "models" / "formal-words-zh"
NAME = "words.txt"


def formal(word: str) -> bool:
    return word in _words()


@cache
def _words() -> frozenset[str]:
    return frozenset((FOLDER / NAME).read_text(encoding="utf-8").split())
