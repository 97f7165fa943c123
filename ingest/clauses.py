"""Two states of one document, clause by clause: what was added, removed, changed and renumbered, word by word."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import chain, groupby
from typing import Literal

from vectorstore.normalise import normalise
from vectorstore.passage import Document, Passage
from vectorstore.words import grams, whole_words

ALIKE = 0.5  # of two clauses' character pairs (Dice): the same clause, changed
SAME_PLACE = 0.25  # enough when the label is the same too
_LONG_RUN = re.compile(r"(.)\1{99}", re.DOTALL)  # jieba is quadratic in a run of one character


@dataclass(frozen=True)
class Clause:
    """An article or item with all that belongs to it, or another passage."""

    label: str
    text: str
    words: str  # normalised, without its own mark: what stays when an article is renumbered

    @cached_property
    def pairs(self) -> tuple[tuple[str, int], ...]:
        """Its pairs of characters, each with how often it came before: what two clauses share of these, they share as often."""
        before: Counter[str] = Counter()
        found = []
        for gram in grams(self.words):
            found.append((gram, before[gram]))
            before[gram] += 1
        return tuple(found)


@dataclass(frozen=True, slots=True)
class WordDiff:
    """A run of words that is the same in both states, or only in one."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """What became of one clause. renumbered: the words are the same, the label is another."""

    kind: Literal["added", "changed", "removed", "renumbered"]
    label: str  # now; of a removed clause, before
    old_label: str  # before; of an added clause, ""
    text: str  # now; of a removed clause, before
    words: tuple[WordDiff, ...] = ()  # of a changed clause


def clauses_of(document: Document) -> tuple[Clause, ...]:
    """The document's passages, those of one article or item joined."""
    joint = {section.number for section in document.sections if section.kind in ("article", "item")}
    marks = {section.number: section.mark for section in document.sections}

    def key(passage: Passage) -> object:
        return (passage.section, passage.label) if passage.section in joint else passage.start

    found = []
    for _, group in groupby(document.passages, key):
        passages = list(group)
        text = document.text[passages[0].start : passages[-1].end]
        section = passages[0].section
        found.append(Clause(passages[0].label, text, _bare(text, marks[section] if section is not None else "")))
    return tuple(found)


def _bare(text: str, mark: str) -> str:
    words = normalise(text).lstrip("#* ")
    mark = normalise(mark)
    return words[len(mark) :].lstrip() if mark and words.startswith(mark) else words


def compare(old: Sequence[Clause], new: Sequence[Clause]) -> tuple[ClauseChange, ...]:
    """Changes in the order of the new state; removed clauses stand where they stood."""
    pairs = _matched(old, new)
    counterpart = {j: i for i, j in pairs.items()}
    changes: list[tuple[tuple[int, int], ClauseChange]] = []
    for j, clause in enumerate(new):
        if j not in counterpart:
            changes.append(((j, 1), ClauseChange("added", clause.label, "", clause.text)))
            continue
        before = old[counterpart[j]]
        if before.words != clause.words:
            words = word_diff(before.text, clause.text)
            changes.append(((j, 1), ClauseChange("changed", clause.label, before.label, clause.text, words)))
        elif before.label != clause.label:
            changes.append(((j, 1), ClauseChange("renumbered", clause.label, before.label, clause.text)))
    place = 0
    for i, clause in enumerate(old):
        if i in pairs:
            place = pairs[i] + 1
        else:
            changes.append(((place, 0), ClauseChange("removed", clause.label, clause.label, clause.text)))
    return tuple(change for _, change in sorted(changes, key=lambda entry: entry[0]))


def alike_share(one: Sequence[Clause], other: Sequence[Clause]) -> float:
    """Of the state with fewer clauses, the share that the other holds too, changed or not."""
    return len(_matched(one, other)) / max(1, min(len(one), len(other)))


def _matched(old: Sequence[Clause], new: Sequence[Clause]) -> dict[int, int]:
    """Which old clause is which new one: by label and words, then by words, then by likeness, then by label."""
    pairs: dict[int, int] = {}
    for key in (lambda clause: (clause.label, clause.words), lambda clause: clause.words):
        waiting = defaultdict(list)
        taken = set(pairs.values())
        for j, clause in enumerate(new):
            if j not in taken:
                waiting[key(clause)].append(j)
        for i, clause in enumerate(old):
            if i not in pairs and waiting[key(clause)]:
                pairs[i] = waiting[key(clause)].pop(0)
    for i, j in _similar(old, new, pairs):
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def _similar(old: Sequence[Clause], new: Sequence[Clause], pairs: dict[int, int]) -> list[tuple[int, int]]:
    """Pairs of the clauses left over, most alike first. Shared pairs of characters are counted through a list of who has
    which, so that two long statutes of few words in common cost little.
    """
    taken = set(pairs.values())
    sizes: dict[int, int] = {}
    holders: dict[tuple[str, int], list[int]] = defaultdict(list)
    for j, clause in enumerate(new):
        if j not in taken:
            sizes[j] = len(clause.pairs)
            for gram in clause.pairs:
                holders[gram].append(j)
    ranked = []
    for i, clause in enumerate(old):
        if i in pairs:
            continue
        least = SAME_PLACE * len(clause.pairs) / 2  # with fewer in common no clause, however short, is alike enough
        shared = Counter(chain.from_iterable(holders.get(gram, ()) for gram in clause.pairs))
        for j, number in shared.items():
            if number < least:
                continue
            dice = 2 * number / (len(clause.pairs) + sizes[j])
            same_label = bool(clause.label) and clause.label == new[j].label
            if dice >= (SAME_PLACE if same_label else ALIKE):
                ranked.append((-(dice + SAME_PLACE * same_label), i, j))
    return [(i, j) for _, i, j in sorted(ranked)]


def word_diff(old: str, new: str) -> tuple[WordDiff, ...]:
    """The words of both states in order; all "same" and "added" ones joined are the new text, without "added" the old."""
    before, after = _tokens(old), _tokens(new)
    found: list[WordDiff] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(WordDiff("same", "".join(after[c:d])))
            continue
        if b > a:
            found.append(WordDiff("removed", "".join(before[a:b])))
        if d > c:
            found.append(WordDiff("added", "".join(after[c:d])))
    return tuple(found)


def _tokens(text: str) -> list[str]:
    return list(text) if _LONG_RUN.search(text) else list(_cut(text))


def _cut(text: str) -> Iterator[str]:
    """Words and, one by one, the characters between them: nothing of the text is lost."""
    position = 0
    for word in whole_words(text):
        start = text.find(word, position)
        if start < 0:
            continue
        yield from text[position:start]
        yield word
        position = start + len(word)
    yield from text[position:]
