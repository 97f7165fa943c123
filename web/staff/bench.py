"""The search bench: any question, and what each leg finds, side by side."""

from __future__ import annotations

from typing import Any

from assistant.assistant import Assistant
from vectorstore.passage import Hit
from vectorstore.search import leg_hits, search
from vectorstore.words import grams
from web.markup import document_link, shown_title
from web.site import Site
from web.staff.record import LEGS, Found

DEPTH = 10


def looked_up(site: Site, question: str) -> dict[str, Any]:
    """Asked of the present index without a chat model, and not recorded."""
    assistant = Assistant(site.assistant().generation)
    generation, root = assistant.generation, site.settings.root_path
    answer = assistant.answer(question)
    searched = assistant.sought(assistant.understood(question))
    legs = leg_hits(generation, searched, limit=DEPTH)
    return {
        "answer": answer.to_json(),
        "margin": answer.margin,
        "tokens": {"words": generation.lexicon.segmenter.words(searched), "grams": grams(searched)},
        "fused": [_found(hit, True, root) for hit in search(generation, searched, limit=DEPTH)],
        "legs": [(name, [_found(hit, False, root) for hit in legs[leg]]) for leg, name in LEGS],
    }


def _found(hit: Hit, fused: bool, root: str) -> Found:
    passage = hit.passage
    return Found(
        shown_title(passage.title) + passage.label,
        " ".join(passage.text.split()),
        document_link(root, passage.document, [(passage.start, passage.end)]),
        hit.score,
        {"words": hit.words, "grams": hit.grams, "dense": hit.dense} if fused else {},
    )
