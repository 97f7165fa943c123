"""One question and its answer as the conversation shows them: a pure function of the answer and the documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.render import SET_AS_TEXT, parted
from vectorstore.archive import Archive
from vectorstore.normalise import normalise
from web.markup import Card, cards, nearest, render
from web.settings import WebSettings
from web.strings import Strings

NEAREST = 3  # passages under a refusal
FIRST = 3  # items, sentences and cards shown before the fold


@dataclass(frozen=True, slots=True)
class Line:
    """A statement as it is set: its words, the numbers of its citations, and the stop after them."""

    text: str
    numbers: tuple[int, ...]
    stop: str


def turn(
    answer: dict[str, Any],
    *,
    key: str,
    number: str,
    t: Strings,
    settings: WebSettings,
    archive: Archive,
    missing: Sequence[str] = (),
    unfinished: bool = False,
) -> str:
    """The markup of one turn. unfinished: a model is still writing, and the sources come with the end."""
    root = settings.root_path
    whole = not unfinished
    sources = cards(answer, archive, root) if whole else []
    shown = lines(answer)
    return render(
        "turn.html",
        t=t,
        key=key,
        number=number,
        answer=answer,
        lead=lead(answer),
        lines=shown,
        fold=len(shown) > (FIRST + 1 if answer["form"] in ("list", "among") else FIRST),
        as_text=answer["form"] in SET_AS_TEXT,
        first=FIRST,
        whole=whole,
        cards=sources,
        nearest=nearest(answer, archive, root, NEAREST) if answer["status"] == "refused" else [],
        missing=missing,
        rewritten=rewritten(answer),
        copy=copied(answer, sources, number, t),
        origin=t.extractive if answer["writer"] == "extractive" else "",
        label="" if answer["writer"] == "extractive" else t.written,
        settings=settings,
        choices=answer["choices"],
    )


def message(question: str, said: str, *, key: str, t: Strings, waiting: bool = False) -> str:
    """A turn with a plain word from the page itself: looking, stopped, too long, failed."""
    return render("message.html", t=t, key=key, question=question, said=said, waiting=waiting)


def lines(answer: dict[str, Any]) -> list[Line]:
    """The statements; in a plain answer the marks stand before the full stop, and every sentence has one."""
    set_as_text = answer["form"] in SET_AS_TEXT
    found = []
    for statement in answer["statements"]:
        body, stop = parted(statement["text"])
        found.append(Line(body, tuple(statement["citations"]), stop if set_as_text else ""))
    return found


def lead(answer: dict[str, Any]) -> str:
    """What the text says before its first statement: 业务范围共18项："""
    if answer["form"] == "plain" or not answer["statements"]:
        return ""
    first, _ = parted(answer["statements"][0]["text"])
    return str(answer["text"][: max(answer["text"].find(first), 0)]).strip()


def rewritten(answer: dict[str, Any]) -> str:
    """What was searched, when that is another question, not another spelling."""
    searched = str(answer["searched"])
    if answer["status"] == "chat" or _bare(searched) == _bare(answer["question"]):
        return ""
    return searched


def copied(answer: dict[str, Any], sources: Sequence[Card], number: str, t: Strings) -> str:
    """The answer as it goes to the clipboard, with its sources and what it is."""
    notes = [f"[{card.number}] {card.citation}" for card in sources]
    origin = [t.extractive if answer["writer"] == "extractive" else t.written] if sources else []
    foot = "　".join([*origin, *([f"{t.number} {number}"] if number else []), t.notice])
    return "\n".join([answer["text"], *(["", *notes] if notes else []), "", foot])


def _bare(text: str) -> str:
    return "".join(c for c in normalise(text) if c.isalnum())
