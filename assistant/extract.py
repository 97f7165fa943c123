"""The writer that needs no model: the documents' own sentences, cut down to the clauses that answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from assistant.answer import Draft, Quote, Statement
from assistant.claims import stated, units_asked
from assistant.columns import in_one_line, rows_in
from assistant.expected import wanted
from assistant.question import Question
from assistant.reader import Reading, reader_beside
from assistant.scorer import Place, scores
from assistant.terms import Terms
from vectorstore.encoder import Encoder
from vectorstore.normalise import normalise
from vectorstore.passage import Hit, Passage
from vectorstore.sentences import open_brackets, phrases, sentences

WEIGHED = 6  # hits whose sentences are weighed; below them the answer is almost never
READ = 3  # of these, by the reader, a millisecond each; where the second and the third come near alike, the third is it as often
SENTENCE_CHARS = 140  # a sentence up to this is shown whole, a longer one by its clauses
CLAUSES_CHARS = 140  # at most, of the clauses shown of a long sentence
PIECE_CHARS = 20  # at least, of a piece of a clause longer than that: all runs of pieces are tried
STATED = 2.0  # what a run gains that states the kind of figure asked for: without it nothing is answered
KEPT = 1024  # passages of which what was worked out is kept: most questions find the same few
_LISTED = re.compile(r"[^、）)》」”\s]*[、）)》」”\s]+|[^、）)》」”\s]+")
_TURNING = re.compile("[不未无非禁勿除没莫别]")
_ASKED = re.compile(r"(?:问|Q)\s*[：:]")  # of questions and answers, the question answers nothing
SECOND = 0.3  # a second sentence must be this likely beside the first


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit, and how well it answers."""

    hit: Hit
    start: int  # in the document
    end: int
    words: str  # normalised
    score: float
    cosine: float  # of the sentence with the question; 0 where the reader did not read
    chance: float  # that this sentence answers, if any of those weighed does; all of a question's add up to 1
    reading: Reading | None  # of its passage; None: not read

    @property
    def unanswered(self) -> float:
        """The reader's chance that the passage does not answer; 1 where it did not read."""
        return self.reading.none if self.reading else 1.0


def extract(question: Question, terms: Terms, ranked: Sequence[Candidate]) -> Draft:
    """One or two statements from the best sentences; ranked must not be empty."""
    chosen = [ranked[0]]
    units = units_asked(question.text)
    told, held = _states(ranked[0], units), wanted(question.text)
    needs = held if held is not None and held(ranked[0].words) else None
    for candidate in ranked[1:2]:
        likely = candidate.chance >= SECOND * ranked[0].chance and candidate.words != ranked[0].words
        # A figure or a name once told needs no sentence without one.
        if likely and (not told or _states(candidate, units)) and (needs is None or needs(candidate.words)):
            chosen.append(candidate)
    if len({candidate.hit.passage.document for candidate in chosen}) == 1:
        chosen.sort(key=lambda candidate: candidate.start)  # as the document has them
    said: list[Statement] = []
    for candidate in chosen:
        passage = candidate.hit.passage
        row = rows_in(passage.text).get(candidate.start - passage.start)
        names = Quote(passage, *(passage.start + at for at in row.names)) if row else None
        # 30000 of what, says the head of its column.
        if names and all(names not in statement.quotes for statement in said):
            said.append(Statement(in_one_line(names.text), (names,)))
        said.append(_statement(terms, candidate, units))
    return Draft(tuple(said))


def _states(candidate: Candidate, units: set[str]) -> bool:
    return bool(units & {unit for _, unit in stated(candidate.words)})


def rank(question: Question, terms: Terms, hits: Sequence[Hit], encoder: Encoder) -> list[Candidate]:
    """The sentences of the first hits, best first."""
    places = read(question, hits, encoder)
    if not places:
        return []
    weighed = scores(question, terms, places)
    chances = np.exp(weighed - weighed.max())
    chances /= chances.sum()
    return [
        Candidate(
            (place := places[n]).hit,
            place.start,
            place.end,
            place.words,
            float(weighed[n]),
            place.cosine,
            float(chances[n]),
            place.reading,
        )
        for n in np.argsort(-weighed, kind="stable")
    ]


def read(question: Question, hits: Sequence[Hit], encoder: Encoder) -> list[Place]:
    """The sentences of the first hits in the order of the hits, what the reader made of them at hand."""
    passages = [hit.passage for hit in hits[:READ]]
    above = ["\n".join((passage.title, *passage.headings)) for passage in passages]
    reader = reader_beside(encoder)  # type: ignore[arg-type]  # hashed by identity, as every object is
    readings: list[Reading | None] = [*reader.read(question.text, [passage.text for passage in passages], above)]
    readings += [None] * len(hits)
    return [place for hit, reading in zip(hits[:WEIGHED], readings, strict=False) for place in _places(hit, reading)]


def _places(hit: Hit, reading: Reading | None) -> list[Place]:
    return [
        Place(hit, start, end, nth, words, reading) for nth, (start, end, words) in enumerate(_sentences(hit.passage))
    ]


@lru_cache(maxsize=KEPT)
def _sentences(passage: Passage) -> tuple[tuple[int, int, str], ...]:
    """Start, end and normalised words of all sentences but a heading that opens the paragraph: it repeats the question and
    answers nothing.
    """
    found = [(passage.start + a, passage.start + b) for a, b in sentences(passage.text)]
    if len(found) > 1 and passage.label.endswith(_text(passage, *found[0]).rstrip("。！？")):
        found = found[1:]
    found = [(a, b) for a, b in found if not _ASKED.match(_text(passage, a, b))] or found
    rows = rows_in(passage.text)
    said = (
        (row.said if (row := rows.get(start - passage.start)) else _text(passage, start, end)) for start, end in found
    )
    return tuple((start, end, normalise(words)) for (start, end), words in zip(found, said, strict=True))


def _text(passage: Passage, start: int, end: int) -> str:
    return passage.text[start - passage.start : end - passage.start]


def _statement(terms: Terms, candidate: Candidate, units: set[str]) -> Statement:
    passage, start, end = candidate.hit.passage, candidate.start, candidate.end
    if end - start > SENTENCE_CHARS:
        start, end = _clauses(terms, candidate, units)
    words = _text(passage, start, end)
    end -= len(words) - len(words.rstrip("，,；;：:、 "))
    return Statement(in_one_line(_text(passage, start, end)), (Quote(passage, start, end),))


def _clauses(terms: Terms, candidate: Candidate, units: set[str]) -> tuple[int, int]:
    """The run of clauses of a long sentence that holds most of the question, and likeliest the answer, in the fewest characters.

    units: of the figure asked for, which the run had better state.
    """
    passage, reading = candidate.hit.passage, candidate.reading
    parts = [
        (a + passage.start, b + passage.start)
        for phrase in phrases(passage.text, candidate.start - passage.start, candidate.end - passage.start)
        for a, b in _listed(passage.text, *phrase)
    ]
    best, best_score = parts[0], -1.0
    for i, (left, _) in enumerate(parts):
        for _, right in parts[i:]:
            if right - left > CLAUSES_CHARS and right != parts[i][1]:
                break
            said = normalise(_text(passage, left, right))
            score = (terms.coverage(said) + terms.overlap(said)) / 2 - 0.0015 * (right - left)
            if reading is not None:
                score += reading.within(left - passage.start, right - passage.start)
            score += STATED * bool(units & {unit for _, unit in stated(said)})
            if score > best_score:
                best, best_score = (left, right), score
    return _widened(parts, best)


def _listed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """What a phrase longer than is shown lists or sets in brackets, piece by piece: the offsets of each. The phrase whole where
    a word in it turns the meaning of what follows: 不得甲、乙 says nothing of 乙 by itself.
    """
    if end - start <= CLAUSES_CHARS or _TURNING.search(text, start, end):
        return [(start, end)]
    ends = [found.start() + len(found[0].rstrip()) for found in _LISTED.finditer(text, start, end)]
    parts = [(start, ends[0])]
    for stop in ends[1:]:
        left, right = parts[-1]
        if right - left < PIECE_CHARS or open_brackets(text[left:right]):
            parts[-1] = (left, stop)
        else:
            parts.append((right + len(text[right:stop]) - len(text[right:stop].lstrip()), stop))
    return parts


def _widened(parts: Sequence[tuple[int, int]], run: tuple[int, int]) -> tuple[int, int]:
    """A run that matches the question often stops before the answer: take neighbours in while there is room."""
    left, right = run
    starts, ends = [a for a, _ in parts], [b for _, b in parts]
    first, last = starts.index(left), ends.index(right)
    while True:
        after = ends[last + 1] if last + 1 < len(parts) else None
        before = starts[first - 1] if first > 0 else None
        if after is not None and after - left <= SENTENCE_CHARS:
            right, last = after, last + 1
        elif before is not None and right - before <= SENTENCE_CHARS:
            left, first = before, first - 1
        else:
            return left, right
