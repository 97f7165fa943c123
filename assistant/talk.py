"""What a conversation has been about draws a follow-up to the passages that it was about: most are asked of the same place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant import strings
from vectorstore.generation import Generation
from vectorstore.passage import Hit
from vectorstore.search import search

# What the last turns count beside the question. Of 0.1 to 1 the middle: on conversations about sights (followup_travel) and
# about associations' documents every one of them finds more than none, at the first place and among five.
DRAW = 0.5
POOL = 30  # passages near the question and near the last turns, that are put together
SAID = 300  # characters of the last turns that are read
RUN = 4  # characters in a row by which a sentence is known again
MOST = 0.5  # of its runs
_FIXED = (
    strings.NEAREST,
    strings.REFUSED,
    strings.GREETING[:8],
    strings.ABOUT[:8],
    strings.THANKS[:4],
    strings.CLARIFY,
)


def drawn(
    generation: Generation,
    near: Sequence[Hit],
    said: Sequence[tuple[str, str]],
    limit: int,
    scope: Sequence[str] | None,
) -> list[Hit]:
    """The passages near a question, those first that are near the last question and its reply as well.

    near: POOL of them. said: role and normalised content of the turns before, oldest first.
    """
    before = _last(said)
    talked = {hit.passage.id: hit for hit in search(generation, before, limit=POOL, scope=scope)} if before else {}
    found = {hit.passage.id: hit for hit in near}
    pulled = [
        _pulled(hit, talked[id].score if id in talked else 0.0)
        for id, hit in {**{id: Hit(hit.passage, 0.0) for id, hit in talked.items()}, **found}.items()
    ]
    return sorted(pulled, key=lambda hit: -hit.score)[:limit]


def said_again(said: Sequence[tuple[str, str]], words: str) -> bool:
    """Was most of a normalised sentence in the last reply? Who asks on has read it."""
    reply = said[-1][1] if said and said[-1][0] == "assistant" else ""
    runs = {words[n : n + RUN] for n in range(len(words) - RUN + 1)}
    return len(runs) > RUN and sum(run in reply for run in runs) >= MOST * len(runs)


def _pulled(hit: Hit, talked: float) -> Hit:
    return replace(
        hit, score=round((hit.score + DRAW * talked) / (1 + DRAW), 4), fused=round(hit.fused + DRAW * talked, 4)
    )


def _last(said: Sequence[tuple[str, str]]) -> str:
    """The last question and its reply, where that was one."""
    question = next((text for role, text in reversed(said) if role == "user"), "")
    reply = said[-1][1] if said and said[-1][0] == "assistant" else ""
    if any(fixed in reply for fixed in _FIXED):
        reply = ""
    return f"{question} {reply}".strip()[:SAID]
