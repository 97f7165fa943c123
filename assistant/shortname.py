"""Questions for a short name that the documents define: X（以下简称“Y”）."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import strings
from assistant.answer import Draft, Quote, Statement
from vectorstore.normalise import normalise
from vectorstore.passage import Hit
from vectorstore.sentences import phrases

NAME = 4  # characters in a row that a question and the words before the bracket must share
_ASKED = re.compile(r"简称|缩写|全称|全名")
_DEFINED = re.compile(
    r"[(（][^()（）]{0,6}?(?:以下)?(?:统?简称|下称|缩写为?)[\s:：为“\"「]*(?P<short>[^()（）“”\"「」]*)[”\"」]?\s*[)）]"
)


def short_name(question: str, hits: Sequence[Hit]) -> Draft | None:
    """The clause that defines the name asked for; a refusal that says so where the printed definition is empty."""
    if not _ASKED.search(question):
        return None
    best: tuple[int, Hit, re.Match[str]] | None = None
    for hit in hits:
        for found in _DEFINED.finditer(hit.passage.text):
            short = normalise(found["short"]).strip()
            shared = _shared(question, normalise(hit.passage.text[: found.start()][-40:]))
            shared = max(shared, NAME if short and short in question else 0)
            if shared >= NAME and (best is None or shared > best[0]):
                best = (shared, hit, found)
    if best is None:
        return None
    _, hit, found = best
    if not found["short"].strip():
        return Draft((), why=strings.NAME_LEFT_OUT)
    passage = hit.passage
    left, right = next((a, b) for a, b in phrases(passage.text, 0, len(passage.text)) if b >= found.end())
    start, end = passage.start + left, passage.start + len(passage.text[:right].rstrip("，,；;：:、 "))
    quote = Quote(passage, start, end)
    return Draft((Statement(quote.text, (quote,)),))


def _shared(question: str, before: str) -> int:
    """How many characters right before the bracket stand in the question too."""
    return next((n for n in range(len(before), 0, -1) if before[-n:] in question), 0)
