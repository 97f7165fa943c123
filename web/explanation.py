"""What is kept beside an answer so that staff can see why it came out as it did."""

from __future__ import annotations

from assistant.answer import Answer
from vectorstore.generation import Generation
from vectorstore.normalise import normalise
from vectorstore.words import content_words, importance

TELLING = 0.15  # importance from which on a missing word says why there is no answer
MISSING = 6  # words named; more would be a list, not a hint


def explanation(answer: Answer, generation: Generation) -> dict[str, object]:
    """The score each leg gave each hit, by passage, and the words of the question that no document holds."""
    legs = {hit.passage.id: {"words": hit.words, "grams": hit.grams, "dense": hit.dense} for hit in answer.hits}
    return {"legs": legs, "missing": missing_terms(answer, generation)}


def missing_terms(answer: Answer, generation: Generation) -> list[str]:
    """会费多少钱？ -> 会费, when no document speaks of 会费; words that narrow nothing down (钱) are not named."""
    near = normalise("\n".join(hit.passage.indexed_text for hit in answer.hits))
    terms = content_words(normalise(answer.question))
    lacking = [term for term in terms if not generation.words.known(term) and term not in near]
    return [term for term in lacking if importance(term) >= TELLING][:MISSING]
