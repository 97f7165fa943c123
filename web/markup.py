"""Small things every page needs: titles, dates, links, citations in official form, and the templates."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import FileResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from assistant.render import shown_pages
from vectorstore.archive import Archive

AROUND = 48  # characters of the paragraph shown on each side of a quote
QUOTES = 30  # marked in one document at once; a link with more would grow too long
KEPT = "public, max-age=31536000, immutable"  # a static file whose address holds its digest
STATIC = Path(__file__).parent / "static"
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")

Place = tuple[int, int]  # start and end in a document's canonical text


@dataclass(frozen=True, slots=True)
class Card:
    """A quote as it is shown: where it stands, and the words around it."""

    number: int
    title: str
    label: str
    pages: str  # 第 3 页; "" when the file has none
    date: str
    before: str
    quote: str
    after: str
    link: str  # "" when the document is no longer there or no longer says so
    citation: str  # in official form, without the link


def shown_title(title: str) -> str:
    """章程 -> 《章程》; a title that the program gave, 〔简介〕, and one already in 《》 stay as they are."""
    return title if title[:1] in "〔《" else f"《{title}》"


def digits(text: str) -> str:
    """京公网安备 11010502030000号 -> 11010502030000, as the register's address wants it."""
    return "".join(re.findall(r"\d", text))


def chinese_date(date: str) -> str:
    """2018-09-02 -> 2018年9月2日; 2018-09 -> 2018年9月; what is no such date stays as it is."""
    found = _DATE.fullmatch(date)
    if not found:
        return date
    return "".join(f"{int(part)}{unit}" for part, unit in zip(found.groups(), "年月日", strict=True) if part)


def shown_moment(stamp: str) -> str:
    """2018-09-02T01:00:00+00:00 -> 2018-09-02 09:00, by this machine's clock; "" stays."""
    return datetime.fromisoformat(stamp).astimezone().strftime("%Y-%m-%d %H:%M") if stamp else ""


def official_citation(cited: dict[str, Any]) -> str:
    """A citation as an answer's JSON has it: 《章程》第六条（三），第 3 页，2018年9月2日."""
    place = shown_title(cited["title"]) + cited["label"]
    return "，".join(part for part in (place, shown_pages(pages_of(cited)), chinese_date(cited["date"])) if part)


def pages_of(cited: dict[str, Any]) -> list[int]:
    """Records from before pages were told have none."""
    pages: list[int] = cited.get("pages", [])
    return pages


def document_link(root: str, document: str, places: Sequence[Place] = ()) -> str:
    """The reader at the first of these places, all of them marked."""
    link = f"{root}/d/{quote(document)}"
    if not places:
        return link
    return f"{link}?{'&'.join(f'q={start}-{end}' for start, end in places[:QUOTES])}#quote"


def cards(answer: dict[str, Any], archive: Archive, root: str) -> list[Card]:
    """The cards of an answer's citations; each opens its document with the answer's other quotes marked as well."""
    cited: list[dict[str, Any]] = answer["citations"]
    return [_card(found, [other for other in cited if other is not found], archive, root) for found in cited]


def nearest(answer: dict[str, Any], archive: Archive, root: str, limit: int) -> list[Card]:
    """Cards of the best hits, whole passages: what is shown under a refusal."""
    found = []
    for number, hit in enumerate(answer["hits"][:limit], 1):
        document = archive.document(hit["document"])
        if document and (text := document.text[hit["start"] : hit["end"]]):
            date = next((w.work.date for w in archive.work_titles if w.document == hit["document"] and w.work.title == hit["title"]), "")  # fmt: skip
            more = {"number": number, "quote": text, "date": date, "pages": document.pages_of(hit["start"], hit["end"])}
            found.append(_card({**hit, **more}, [], archive, root))
    return found


def _card(cited: dict[str, Any], others: Sequence[dict[str, Any]], archive: Archive, root: str) -> Card:
    name, start, end = cited["document"], cited["start"], cited["end"]
    document = archive.document(name)
    stands = document is not None and document.text[start:end] == cited["quote"]
    before, after = around(document.text, start, end) if document and stands else ("", "")
    places = [(start, end), *((other["start"], other["end"]) for other in others if other["document"] == name)]
    return Card(
        number=cited["number"],
        title=shown_title(cited["title"]),
        label=cited["label"],
        pages=shown_pages(pages_of(cited)),
        date=cited["date"],
        before=before,
        quote=cited["quote"],
        after=after,
        link=document_link(root, name, places) if stands else "",
        citation=official_citation(cited),
    )


def around(text: str, start: int, end: int) -> tuple[str, str]:
    """The words of the paragraph before and after a quote, cut with … ; nothing when only a mark of punctuation is left."""
    before = text[text.rfind("\n", 0, start) + 1 : start].lstrip()
    stop = text.find("\n", end)
    after = text[end : len(text) if stop < 0 else stop].rstrip()
    before = "…" + before[-AROUND:] if len(before) > AROUND else before
    after = after[:AROUND] + "…" if len(after) > AROUND else after
    return before if re.search(r"\w", before) else "", after if re.search(r"\w", after) else ""


@cache
def templates() -> Environment:
    """Every value is escaped as it is put in."""
    environment = Environment(
        loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["chinese_date"] = chinese_date
    environment.filters["shown_title"] = shown_title
    environment.filters["dict"] = dict
    environment.filters["moment"] = shown_moment
    environment.filters["stamped"] = stamped
    return environment


def render(template: str, **values: object) -> str:
    return templates().get_template(template).render(**values)


@cache
def stamped(name: str) -> str:
    """A static file's name with its digest, so that browsers may keep it: style.css?v=1a2b3c4d."""
    return f"{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]}"


def static(name: str, kind: str, request: Request) -> Response:
    """A file of ours, kept by browsers as long as its address names its digest."""
    kept = KEPT if request.url.query else "no-cache"
    return FileResponse(STATIC / name, media_type=kind, headers={"Cache-Control": kept})
