"""Questions with the window of text that answers them, and windows that do not."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vectorstore.encoder import Encoder
from vectorstore.sentences import sentences

HELD_BACK = 10  # one title in ten, as the encoder's training has it: neither saw these questions
WINDOW = 500  # characters, as passages are split
OPENING = 60  # characters that tell two texts apart
RIVALS = 8  # windows kept that are like the question and do not answer it


class MissingData(Exception):
    """A file of the data directory is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is missing: --data must be a directory with reader.jsonl.xz and passages.jsonl.xz."


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of whole sentences of a text, with the title of the text."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """windows[window].text[start:end] answers the question; rivals: windows that are near it and do not, nearest first."""

    question: str
    window: int
    start: int
    end: int
    rivals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Windows, and the examples on them: to train on and held back."""

    windows: tuple[Window, ...]
    trained: tuple[Example, ...]
    kept: tuple[Example, ...]


def held_back(source: str, key: str) -> bool:
    """Whether lines with this key (a title, or a text without one) are kept from all training."""
    return int(hashlib.sha1(f"{source}\n{key}".encode()).hexdigest(), 16) % HELD_BACK == 0


def read_corpus(folder: Path, encoder: Encoder) -> Corpus:
    """Raises MissingData."""
    titles: dict[str, str] = {}
    for _, title, text in read_rows(folder / "passages.jsonl.xz"):
        titles.setdefault(str(text)[:OPENING], str(title))
    windows: list[Window] = []
    places: dict[str, list[tuple[int, int]]] = {}  # of a text: its windows and where they begin
    found: list[tuple[bool, Example]] = []
    for source, question, text, answer, start in read_rows(folder / "reader.jsonl.xz"):
        question, text, answer, start = str(question), str(text), str(answer), int(start)
        title = titles.get(text[:OPENING], "")
        if text not in places:
            places[text] = []
            for a, b in cut(text):
                places[text].append((len(windows), a))
                windows.append(Window(title, text[a:b]))
        end = start + len(answer)
        if text[start:end] != answer:
            continue
        for number, a in places[text]:
            if a <= start and end <= a + len(windows[number].text):
                example = Example(question, number, start - a, end - a, ())
                found.append((held_back(str(source), title or text), example))
                break
    examples = with_rivals([example for _, example in found], windows, encoder)
    sides: dict[bool, list[Example]] = defaultdict(list)
    for (kept, _), example in zip(found, examples, strict=True):
        sides[kept].append(example)
    return Corpus(tuple(windows), tuple(sides[False]), tuple(sides[True]))


def cut(text: str) -> list[tuple[int, int]]:
    """Stretches of whole sentences of at most WINDOW characters; a longer sentence stands alone."""
    found: list[tuple[int, int]] = []
    for start, end in sentences(text):
        if found and end - found[-1][0] <= WINDOW:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def with_rivals(examples: Sequence[Example], windows: Sequence[Window], encoder: Encoder) -> list[Example]:
    """The windows nearest to each question that do not hold the words of its answer."""
    vectors = encoder.encode([window.title + "\n" + window.text for window in windows])
    asked = encoder.encode([example.question for example in examples])
    done: list[Example] = []
    for example, question in zip(examples, asked, strict=True):
        answer = windows[example.window].text[example.start : example.end]
        nearest = np.argsort(-(vectors @ question), kind="stable")[: 4 * RIVALS].tolist()
        rivals = [n for n in nearest if n != example.window and answer not in windows[n].text][:RIVALS]
        done.append(Example(example.question, example.window, example.start, example.end, tuple(rivals)))
    return done


def read_rows(path: Path) -> Iterator[list[str | int]]:
    try:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    except FileNotFoundError as problem:
        raise MissingData(path) from problem
