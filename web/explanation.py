"""What is kept beside an answer so that staff can see why it came out as it did."""

from __future__ import annotations

from assistant.answer import Answer


def explanation(answer: Answer) -> dict[str, object]:
    """The score each leg gave each hit, by passage, and the words of the question that no document holds."""
    legs = {hit.passage.id: {"words": hit.words, "grams": hit.grams, "dense": hit.dense} for hit in answer.hits}
    return {"legs": legs, "missing": list(answer.missing)}
