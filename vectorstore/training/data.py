"""Training text, and the part of it that no training may see."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from vectorstore.everyday import FOLDER, read_table

HELD_BACK = 10  # one key in ten: enough pairs to fit fusion weights on, little lost for training
EVERYDAY, EVERYDAY_WORDS = "everyday", "everyday words"  # the sources that are the project's own
OPENING = 60  # characters that tell two texts apart; some files hold the same text cut at different lengths


class Passage(NamedTuple):
    """A piece of a document; neighbours in the file mostly come from the same document."""

    source: str
    title: str
    text: str

    @property
    def key(self) -> str:
        return self.title


class Pair(NamedTuple):
    """A question or heading and the text that belongs to it; the title is None where no passage has that text."""

    source: str
    query: str
    text: str
    title: str | None

    @property
    def key(self) -> str:
        return self.text if self.title is None else self.title


class MissingData(Exception):
    """A file of the data directory is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is missing: --data must be a directory with pairs.jsonl.xz and passages.jsonl.xz."


@dataclass(frozen=True, slots=True)
class Corpus:
    """What may be trained on: every held-back line is already out."""

    pairs: tuple[Pair, ...]
    passages: tuple[Passage, ...]


def held_back(source: str, key: str) -> bool:
    """Whether lines with this key are kept from all training.

    The key of a passage is its title; of a pair, the title of the passage with its text, or the text if there is none.
    So all lines of a titled document fall on the same side.
    """
    digest = hashlib.sha1(f"{source}\n{key}".encode()).hexdigest()
    return int(digest, 16) % HELD_BACK == 0


def read_corpus(folder: Path) -> Corpus:
    passages = read_passages(folder)
    pairs = read_pairs(folder, passages)
    lines: Iterable[Pair | Passage] = chain(pairs, passages)
    kept_out = {opening(line) for line in lines if held_back(line.source, line.key)}
    # Wider than the rule: a text that is held back under one title or length is left out under every other, too.
    return Corpus(
        pairs=tuple(pair for pair in pairs if opening(pair) not in kept_out),
        passages=tuple(passage for passage in passages if opening(passage) not in kept_out),
    )


def everyday_pairs(folder: Path = FOLDER) -> tuple[Pair, ...]:
    """The project's own: questions of every day with the official sentence that settles them, less what is held back; and
    the words of every day with the official ones.
    """
    with (folder / "pairs.jsonl").open(encoding="utf-8") as lines:
        asked = [Pair(EVERYDAY, query, text, None) for query, text in map(json.loads, lines)]
    words = [Pair(EVERYDAY_WORDS, word, other, None) for word, others in read_table(folder) for other in others]
    return (*(pair for pair in asked if not held_back(pair.source, pair.key)), *words)


def held_back_pairs(folder: Path) -> list[Pair]:
    """The pairs that no training saw, to fit or to measure on."""
    return [pair for pair in read_pairs(folder, read_passages(folder)) if held_back(pair.source, pair.key)]


def opening(line: Pair | Passage) -> tuple[str, str]:
    return line.source, line.text[:OPENING]


def read_passages(folder: Path) -> list[Passage]:
    return [Passage(*row) for row in read_rows(folder / "passages.jsonl.xz")]


def read_pairs(folder: Path, passages: Iterable[Passage]) -> list[Pair]:
    titles: dict[tuple[str, str], str] = {}
    for passage in passages:
        titles.setdefault((passage.source, passage.text), passage.title)
    rows = read_rows(folder / "pairs.jsonl.xz")
    return [Pair(source, query, text, titles.get((source, text))) for source, query, text in rows]


def read_rows(path: Path) -> Iterator[list[str]]:
    try:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    except FileNotFoundError as problem:
        raise MissingData(path) from problem
