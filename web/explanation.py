"""What is kept beside an answer so that staff can see why it came out as it did, whatever becomes of its index."""

from __future__ import annotations

from assistant.aliases import expanded
from assistant.answer import Answer
from assistant.assistant import Assistant
from assistant.question import understand
from vectorstore.passage import Hit
from vectorstore.search import leg_hits
from vectorstore.words import grams

FOUND = 8  # best passages of each leg
BEGINNING = 80  # characters of a passage: enough to know it by; the whole stands in its document


def explanation(answer: Answer, assistant: Assistant) -> dict[str, object]:
    """As JSON: tokens, the best of each leg with its own scores, the scaled scores of the fused hits, margin, missing words.

    `passages` says what the ids stand for. A greeting searched nothing and has no legs.
    """
    kept: dict[str, object] = {"missing": list(answer.missing), "margin": answer.margin}
    if not answer.hits:
        return kept
    sought = "\n".join(filter(None, (answer.searched, understand(answer.question).story)))
    searched = expanded(sought, assistant.generation.lexicon)
    found = leg_hits(assistant.generation, searched, limit=FOUND)
    everything = [*answer.hits, *(hit for hits in found.values() for hit in hits)]
    return kept | {
        "tokens": {"words": assistant.generation.lexicon.segmenter.words(searched), "grams": grams(searched)},
        "found": {leg: [[hit.passage.id, hit.score] for hit in hits] for leg, hits in found.items()},
        "legs": {hit.passage.id: {"words": hit.words, "grams": hit.grams, "dense": hit.dense} for hit in answer.hits},
        "passages": {hit.passage.id: _shown(hit) for hit in everything},
    }


def _shown(hit: Hit) -> dict[str, object]:
    passage = hit.passage
    return {
        "document": passage.document,
        "title": passage.title,
        "label": passage.label,
        "start": passage.start,
        "end": passage.end,
        "text": " ".join(passage.text.split())[:BEGINNING],
    }
