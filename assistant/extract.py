"""The writer that needs no model: the documents' own sentences, cut down to the clauses that answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answer import Draft, Quote, Statement
from assistant.question import Question
from assistant.terms import Terms, joined
from vectorstore.encoder import Encoder
from vectorstore.normalise import normalise
from vectorstore.passage import Hit, Passage
from vectorstore.sentences import phrases, sentences

READ = 6  # hits whose sentences are weighed; below them the answer is almost never
SENTENCE_CHARS = 140  # a sentence up to this is shown whole, a longer one by its clauses
CLAUSES_CHARS = 140  # at most, of the clauses shown of a long sentence
SECOND = 0.92  # a second sentence must score this share of the first, and hold what the first lacks
LACKING = 0.3  # what a passage loses that lacks a number of the question: 2019 is not 2018
CONTEXT = 0.5  # what a term counts that stands only around a sentence, in its passage or headings

EXPECTED = 0.15  # what a sentence gains that holds the kind of thing asked for
_WHEN = re.compile(r"什么时候|何时|哪一?年|几月|哪一?天|日期|几时|哪个?月|时间|when")
_DATE = re.compile(r"\d+年|\d+月|\d+日|\d{4}|世纪|年代|[一二三四五六七八九十]+月")
_HOW_MANY = re.compile(r"(?:多少|几|how many)\s*([个家项条名次位种元年岁人万亿天倍部所]?)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit, and how well it answers."""

    hit: Hit
    start: int  # in the document
    end: int
    words: str  # normalised
    score: float
    cosine: float  # of the sentence with the question


def extract(question: Question, terms: Terms, ranked: Sequence[Candidate]) -> Draft:
    """One or two statements from the best sentences; ranked must not be empty."""
    chosen = [ranked[0]]
    for candidate in ranked[1:4]:
        if candidate.score >= SECOND * ranked[0].score and _adds(candidate, chosen, terms):
            chosen.append(candidate)
            break
    if len({candidate.hit.passage.document for candidate in chosen}) == 1:
        chosen.sort(key=lambda candidate: candidate.start)  # as the document has them
    return Draft(tuple(_statement(question, terms, candidate) for candidate in chosen))


def rank(question: Question, terms: Terms, hits: Sequence[Hit], encoder: Encoder) -> list[Candidate]:
    """The sentences of the first hits, best first."""
    places = [(hit, start, end) for hit in hits[:READ] for start, end in _sentences(hit.passage)]
    if not places:
        return []
    words = [normalise(_text(hit.passage, start, end)) for hit, start, end in places]
    asked = encoder.encode([question.searched])[0]
    cosines = encoder.encode(words) @ asked
    around = {
        hit.passage.id: joined((hit.passage.title, hit.passage.date, *hit.passage.headings, hit.passage.text))
        for hit in hits[:READ]
    }
    found = []
    for (hit, start, end), said, cosine in zip(places, words, cosines, strict=True):
        own = _match(terms, said)
        context = max(0.0, _match(terms, around[hit.passage.id]) - own)
        lacking = not question.polar and any(number not in around[hit.passage.id] for number in terms.numbers)
        score = own + CONTEXT * context + 0.3 * float(cosine) + 0.2 * hit.score + _expected(question.text, said)
        score -= LACKING * lacking
        found.append(Candidate(hit, start, end, said, score, float(cosine)))
    return sorted(found, key=lambda candidate: -candidate.score)


def _sentences(passage: Passage) -> list[tuple[int, int]]:
    """All sentences but a heading that opens the paragraph: it repeats the question and answers nothing."""
    found = [(passage.start + a, passage.start + b) for a, b in sentences(passage.text)]
    if len(found) > 1 and passage.label.endswith(_text(passage, *found[0]).rstrip("。！？")):
        return found[1:]
    return found


def _text(passage: Passage, start: int, end: int) -> str:
    return passage.text[start - passage.start : end - passage.start]


def _expected(question: str, said: str) -> float:
    """A little for a sentence that holds the kind of thing asked for: a date, a number of what is counted."""
    gained = EXPECTED * bool(_WHEN.search(question) and _DATE.search(said))
    if asked := _HOW_MANY.search(question):
        gained += EXPECTED * bool(re.search(rf"[\d一二三四五六七八九十百千万亿]+[余多]?{asked[1]}", said))
    return gained


def _adds(candidate: Candidate, chosen: Sequence[Candidate], terms: Terms) -> bool:
    """Does a sentence hold weight that the chosen ones lack?"""
    said = "\n".join(other.words for other in chosen)
    return _match(terms, said + "\n" + candidate.words) > _match(terms, said) + 0.05


def _match(terms: Terms, said: str) -> float:
    return (terms.coverage(said) + terms.relation(said)) / 2


def _statement(question: Question, terms: Terms, candidate: Candidate) -> Statement:
    passage, start, end = candidate.hit.passage, candidate.start, candidate.end
    if end - start > SENTENCE_CHARS:
        start, end = _clauses(question.text, terms, passage, start, end)
    words = _text(passage, start, end)
    end -= len(words) - len(words.rstrip("，,；;：:、 "))
    return Statement(_text(passage, start, end), (Quote(passage, start, end),))


def _clauses(question: str, terms: Terms, passage: Passage, start: int, end: int) -> tuple[int, int]:
    """The run of clauses of a long sentence that holds most of the question in the fewest characters."""
    text = passage.text
    parts = [
        (a + passage.start, b + passage.start) for a, b in phrases(text, start - passage.start, end - passage.start)
    ]
    best, best_score = parts[0], -1.0
    for i, (left, _) in enumerate(parts):
        for _, right in parts[i:]:
            if right - left > CLAUSES_CHARS and right != parts[i][1]:
                break
            said = normalise(_text(passage, left, right))
            score = _match(terms, said) + _expected(question, said) - 0.0015 * (right - left)
            if score > best_score:
                best, best_score = (left, right), score
    return _widened(parts, best)


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
