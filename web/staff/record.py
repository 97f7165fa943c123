"""One answer as it came about: each sentence beside its source, how it was found, and what would be answered now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from vectorstore.archive import Archive
from web.desk import desk_page
from web.markup import Card, cards, document_link, shown_title
from web.records import Record
from web.site import Site
from web.staff.ledger import Ledger, Wanted
from web.turn import lead, lines, rewritten

LEGS = (("words", "词语"), ("grams", "字组"), ("dense", "向量"))
REASONS = ("答非所问", "引用不对", "不完整", "原文已过时", "文件里没有，不该回答", "文件里有，应当回答", "看不懂")
REPLAYED = 200  # characters of a question that is asked again


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something said, and the quotes it rests on."""

    text: str
    verbatim: bool  # the document's own words, or else judged by rules
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found, with its scores."""

    place: str
    text: str
    link: str  # "" when the document no longer says so
    score: float
    legs: dict[str, float]


def record_page(request: Request, site: Site, record: Record, *, now: bool) -> Response:
    """now: ask again, of the index that is served, and show both answers."""
    ledger, wanted = Ledger(site.records.database), Wanted.read(request.query_params)
    archive, root = site.assistant().generation.archive, site.settings.root_path
    before, after = ledger.beside(record, wanted)
    return desk_page(
        request,
        site,
        "staff/record.html",
        record=record,
        signed=site.records.get(request.query_params.get("signed", "")),
        answer=record.answer,
        read_as=rewritten(record.answer),
        lead=lead(record.answer),
        sentences=sentences(record.answer, archive, root),
        fused=fused(record, archive, root),
        legs=[(name, leg_of(record, leg, archive, root)) for leg, name in LEGS],
        leg_names=LEGS,
        tokens=_part(record, "tokens"),
        missing=record.explanation.get("missing") or [],
        created=record.created.astimezone().strftime("%Y-%m-%d %H:%M"),
        until=record.expires.astimezone().strftime("%Y-%m-%d") if record.expires else "",
        present=site.assistant().generation.name,
        replay=replayed(site, record) if now else None,
        reviews=ledger.reviews(record.number),
        reasons=REASONS,
        wanted=wanted,
        before=before,
        after=after,
    )


def sentences(answer: dict[str, Any], archive: Archive, root: str) -> list[Sentence]:
    """The statements of an answer, each with the cards of its citations."""
    by_number = {card.number: card for card in cards(answer, archive, root)}
    return [
        Sentence(
            line.text + line.stop,
            _bare(line.text) in _bare("".join(by_number[n].quote for n in line.numbers)),
            tuple(by_number[n] for n in line.numbers),
        )
        for line in lines(answer)
    ]


def replayed(site: Site, record: Record) -> dict[str, Any]:
    """What the present index answers to what was searched then, and whether it is the same."""
    assistant = site.assistant()
    asked = str(record.answer["searched"] or record.question)[:REPLAYED]
    answer: dict[str, Any] = assistant.answer(asked).to_json()
    archive, root = assistant.generation.archive, site.settings.root_path
    then = {(c["document"], c["label"], c["quote"]) for c in record.answer["citations"]}
    today = {(c["document"], c["label"], c["quote"]) for c in answer["citations"]}
    return {
        "asked": asked,
        "answer": answer,
        "lead": lead(answer),
        "sentences": sentences(answer, archive, root),
        "same": answer["status"] == record.answer["status"]
        and answer["text"] == record.answer["text"]
        and then == today,
    }


def fused(record: Record, archive: Archive, root: str) -> list[Found]:
    """The hits in the order in which the writer read them."""
    legs = _part(record, "legs")
    hits = record.answer["hits"]
    return [_found(record, hit["passage"], hit["score"], archive, root, hit, legs) for hit in hits]


def leg_of(record: Record, leg: str, archive: Archive, root: str) -> list[Found]:
    """What one leg put first, by its own scores; [] for records from before these were kept."""
    kept = _part(record, "found").get(leg) or []
    return [_found(record, id, score, archive, root, {}, {}) for id, score in kept]


def _found(
    record: Record, id: str, score: float, archive: Archive, root: str, hit: dict[str, Any], legs: dict[str, Any]
) -> Found:
    place = _part(record, "passages").get(id) or hit
    if not place:
        return Found(id, "", "", score, {})
    start, end = place["start"], place["end"]
    document = archive.document(place["document"])
    text = place.get("text") or (document.text[start:end] if document else "")
    stands = document is not None and " ".join(document.text[start:end].split()).startswith(text[:20])
    link = document_link(root, place["document"], [(start, end)]) if stands else ""
    return Found(shown_title(place["title"]) + place["label"], text, link, score, legs.get(id) or {})


def _part(record: Record, name: str) -> dict[str, Any]:
    part = record.explanation.get(name)
    return part if isinstance(part, dict) else {}


def _bare(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
