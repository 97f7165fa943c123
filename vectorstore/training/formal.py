"""The words that official texts use, for vectorstore/formal.py."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from vectorstore.formal import NAME
from vectorstore.normalise import normalise
from vectorstore.training.data import Corpus
from vectorstore.words import frequency, whole_words

OFFICIAL = "law"  # the source of laws and regulations
FEWEST = 4  # passages that say a word; what fewer do is a slip or a name
_WORD = re.compile(r"[\u3400-\u9fff]{2,}")


def write_words(corpus: Corpus, folder: Path) -> int:
    """Writes words.txt, one a line; how many there are."""
    found = said(passage.text for passage in corpus.passages if passage.source == OFFICIAL)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text("\n".join(found) + "\n", encoding="utf-8")
    return len(found)


def said(texts: Iterable[str]) -> list[str]:
    """Words of the dictionary that FEWEST texts hold, in order; words that the segmenter guesses are mostly names."""
    counts = Counter(word for text in texts for word in set(whole_words(normalise(text))) if _WORD.fullmatch(word))
    return sorted(word for word, count in counts.items() if count >= FEWEST and frequency(word))
