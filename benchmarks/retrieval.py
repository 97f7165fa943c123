"""How well each leg finds by itself, and all of them fused: recall and reciprocal rank over documents or articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.assistant import Assistant
from benchmarks.sets import Line
from vectorstore.archive import Archive
from vectorstore.generation import Generation
from vectorstore.passage import Hit
from vectorstore.search import leg_hits, search

READ = 1000  # characters a reader takes in: fair between short passages and long ones
LEXICAL = ("words", "grams")
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Found:
    """Recall of the legs and of the fusion over some questions of a set."""

    what: str  # which questions, and how they were put; "" when all are put as the assistant puts them
    questions: int
    legs: dict[str, Figures]  # words, grams, dense, fused

    @property
    def gain(self) -> float:
        """R@1 of the fusion over that of the better lexical leg."""
        return self.legs["fused"]["R@1"] - max(self.legs[leg]["R@1"] for leg in LEXICAL)


def retrieval(generation: Generation, questions: Sequence[Line]) -> list[Found]:
    """All questions; where some have a history, those again with it and without."""
    asked = [q for q in (_with_places(q, generation.archive) for q in questions) if q["gold_doc_ids"]]
    asked = [q for q in asked if q["type"] != "unanswerable"]
    later = [q for q in asked if q.get("history")]
    assistant = Assistant(generation)
    found = [_found("", generation, [_put(assistant, q) for q in asked])]
    if later:
        found.append(_found("with a history, made to stand alone", generation, [_put(assistant, q) for q in later]))
        alone = [(q["question"], q, search(generation, q["question"], limit=10)) for q in later]
        found.append(_found("with a history, question alone", generation, alone))
    return [each for each in found if each.questions]


def recall(ranked: Iterable[tuple[Line, Sequence[Hit]]]) -> Figures:
    """R@1, R@5, R@10, R@1000chars and MRR@10. A hit is right when it overlaps a gold article, or, where a question has none, when its document is gold."""
    at, early, reciprocal, n = {1: 0, 5: 0, 10: 0}, 0, 0.0, 0
    for question, hits in ranked:
        n += 1
        rank, read = first_right(question, hits)
        if rank is None:
            continue
        for k in at:
            at[k] += rank <= k
        early += read < READ
        reciprocal += 1 / rank
    if not n:
        return {}
    return {f"R@{k}": right / n for k, right in at.items()} | {"R@1000chars": early / n, "MRR@10": reciprocal / n}


def first_right(question: Line, hits: Sequence[Hit]) -> tuple[int | None, int]:
    """Rank of the first right hit among ten, and the characters above it."""
    read = 0
    for rank, hit in enumerate(hits[:10], 1):
        if _right(question, hit):
            return rank, read
        read += hit.passage.end - hit.passage.start
    return None, read


def _right(question: Line, hit: Hit) -> bool:
    passage = hit.passage
    if not question.get("gold_articles"):
        return passage.document in question["gold_doc_ids"]
    return any(
        passage.document == gold["doc_id"] and passage.start < gold["end"] and passage.end > gold["start"]
        for gold in question["gold_articles"]
    )


def _with_places(question: Line, archive: Archive) -> Line:
    """Questions on the association's text name words instead of documents: the places where these stand are the gold."""
    if "gold_quotes" not in question:
        return question
    places = [
        {"doc_id": document.id, "start": start, "end": start + len(quote)}
        for document in archive.documents()
        for quote in question["gold_quotes"]
        if (start := document.text.find(quote)) >= 0
    ]
    return {**question, "gold_articles": places, "gold_doc_ids": sorted({place["doc_id"] for place in places})}


def _put(assistant: Assistant, question: Line) -> tuple[str, Line, Sequence[Hit]]:
    """As the assistant puts it, and the passages that it answers from."""
    understood = assistant.understood(question["question"], question.get("history", ()))
    return assistant.sought(understood), question, assistant.found(understood)


def _found(what: str, generation: Generation, asked: Sequence[tuple[str, Line, Sequence[Hit]]]) -> Found:
    ranked: dict[str, list[tuple[Line, Sequence[Hit]]]] = {}
    for searched, question, fused in asked:
        for leg, hits in (leg_hits(generation, searched, limit=10) | {"fused": fused}).items():
            ranked.setdefault(leg, []).append((question, hits))
    return Found(what, len(asked), {leg: recall(found) for leg, found in ranked.items()})
