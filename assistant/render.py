"""The text of an answer: statements and fixed strings, nothing else, so that it can be made again from them."""

from __future__ import annotations

from collections.abc import Sequence

from assistant import strings
from assistant.answer import Form

_ENDS = "。！？!?"
_PAUSES = "；;：:"  # of an item, and of what announces items
SET_AS_TEXT = frozenset(
    ("plain", "section", "where", "yes", "denied", "corrected", "several", "beyond")
)  # sentence by sentence
_LEADS: dict[Form, str] = {
    "plain": "",
    "section": strings.SECTION_LEAD,
    "where": strings.WHERE_LEAD,
    "yes": strings.YES_LEAD,
    "denied": strings.DENIED_LEAD,
    "corrected": strings.CORRECTED_LEAD,
    "several": strings.SEVERAL_LEAD,
    "beyond": strings.BEYOND_LEAD,
    "list": strings.LIST_LEAD,
    "among": strings.AMONG_LEAD,
    "count": strings.COUNT_LEAD,
    "absent": strings.ABSENT_LEAD,
}


def render(
    statements: Sequence[tuple[str, Sequence[int]]],
    form: Form = "plain",
    subject: str = "",
    asked: str = "",
    english: bool = False,
) -> str:
    """statements: text and citation numbers of each.

    plain    质量月始于1978年[1]。旨在提高全民质量意识[2]。
    list     业务范围共18项：, then an item a line
    count    业务范围共18项：（一）[1]、（二）[2] …
    """
    said = [(text, "".join(f"[{number}]" for number in numbers)) for text, numbers in statements]
    lead = (strings.ENGLISH_LEAD if english else "") + _LEADS[form].format(
        subject=subject, count=len(said), asked=asked
    )
    if form in SET_AS_TEXT:
        return lead + "".join(_sentence(text, marks) for text, marks in said)
    if form in ("list", "among"):
        return "\n".join([lead, *(text.rstrip(_ENDS) + marks for text, marks in said)])
    together = len(said) > 1 and len({marks for _, marks in said}) == 1  # members of one series, of one quote
    return (
        lead
        + "、".join(text + ("" if together else marks) for text, marks in said)
        + (said[0][1] if together else "")
        + "。"
    )


def shown_pages(pages: Sequence[int]) -> str:
    """第 3 页, 第 3–4 页; "" for none."""
    if not pages:
        return ""
    return strings.PAGES.format(pages=pages[0] if pages[0] == pages[-1] else f"{pages[0]}–{pages[-1]}")


def _sentence(text: str, marks: str) -> str:
    body, stop = parted(text)
    return body + marks + stop


def parted(text: str) -> tuple[str, str]:
    """A sentence and what it ends with, which follows its citation marks; nothing after one that …… leaves open."""
    body = text.rstrip(_ENDS + _PAUSES)
    return body, "" if text.endswith("…") else text[len(body) :] or "。"
