"""What an index calls things, found in running text, and how much a word narrows down what is meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from assistant.terms import NAMED
from vectorstore.archive import Archive
from vectorstore.generation import Generation
from vectorstore.words import importance, whole_words, words

FEW = 50  # passages at which an index is half trusted to tell a common word from a rare one
UNKNOWN = 0.5  # what a word counts that no passage has: it may be a new subject, or chatter
GUESSED = 0.4  # what a word counts where there is no index
PHRASE = 0.1  # weight of a run of nouns from which on it can be a subject: 质量月, not 时间

Weight = Callable[[str], float]

_BRACKETED = re.compile(r"\(([^()\d]+)\)")
_QUOTED = re.compile(r"[“\"]([^”\"]+)[”\"]")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of things, to be found in running text by their first two characters."""

    lengths: Mapping[str, tuple[int, ...]]  # first two characters → lengths of the names that begin so, longest first
    known: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        """Of one character names nothing."""
        known = frozenset(name for name in names if len(name) >= 2)
        lengths: dict[str, set[int]] = {}
        for name in known:
            lengths.setdefault(name[:2], set()).add(len(name))
        return cls({head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}, known)

    def found(self, text: str) -> list[str]:
        """The names in a text, in order; of overlapping ones the first and longest."""
        found, at = [], 0
        while at < len(text) - 1:
            fits = (
                text[at : at + n] for n in self.lengths.get(text[at : at + 2], ()) if text[at : at + n] in self.known
            )
            name = next(fits, "")
            if name:
                found.append(name)
            at += len(name) or 1
        return found


def guessed(word: str) -> float:
    """How much a word narrows down what is meant where no index tells how rare it is."""
    return GUESSED * importance(word)


def names_of(archive: Archive) -> Names:
    """The titles of an index's works and what people call them; kinds, headings and last words that one alone has."""
    titles = {name for work in archive.work_titles for name in _called(work.words)}
    few = archive.work_titles if len(archive.work_titles) <= NAMED else ()
    alone = (
        Counter(work.work.kind for work in archive.work_titles),
        Counter(heading.name for heading in archive.headings),
        Counter(word for work in few for word in whole_words(work.words)[-1:] if importance(word) >= PHRASE),  # 协会
    )
    return Names.of(titles | {name for names in alone for name, n in names.items() if n == 1})


def _called(title: str) -> set[str]:
    """水立方(国家游泳中心) -> itself, 水立方, 国家游泳中心; 中国“质量月”活动 -> itself, 质量月"""
    inside = {name for name in _BRACKETED.findall(title) if len(name) >= 4}  # shorter: (试行), (二)
    return {title, _BRACKETED.sub("", title), title.removeprefix("中华人民共和国"), *inside, *_QUOTED.findall(title)}


def narrowing(generation: Generation) -> Weight:
    """How much a word narrows down what an index is asked: important in Chinese at large and rare here. A few passages
    say little about what is rare. A compound is worth no more than its parts: 门票价格 may be rare where every text
    speaks of 门票."""
    greatest = generation.words.rarity("\0")  # of a word that no passage has
    trust = generation.manifest.passages / (generation.manifest.passages + FEW)

    def worth(word: str) -> float:
        known = 1.0 if generation.words.known(word) else UNKNOWN
        return known * importance(word) * (1 - trust * (1 - generation.words.rarity(word) / greatest))

    def weight(word: str) -> float:
        parts = _parts(word)
        return min(worth(word), sum(map(worth, parts))) if parts else worth(word)

    return weight


def _parts(word: str) -> list[str]:
    """Words inside a word, side by side: 门票价格 -> 门票, 价格"""
    inside, at, found = [part for part in words(word) if part != word], 0, []
    while at < len(word):
        fits = [part for part in inside if word.startswith(part, at)]
        if fits:
            found.append(max(fits, key=len))
        at += len(found[-1]) if fits else 1
    return found
