"""Documents and shared answers as plain pages: no script needed, right behind a path prefix."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from vectorstore.archive import Archive
from vectorstore.passage import Document, Section
from web.markup import QUOTES, cards, chinese_date, digits, document_link, render, stamped, static
from web.paragraphs import apart, blocks
from web.records import Record
from web.site import Site
from web.strings import Strings, strings_for
from web.turn import lead, lines

OUTLINE = ("heading", "point", "article")
_PLACE = re.compile(r"(\d{1,9})-(\d{1,9})")


def reader_router(site: Site) -> APIRouter:
    """Include it before the public page, which answers to every other path."""
    router = APIRouter(include_in_schema=False)

    @router.get("/style.css")
    def style(request: Request) -> Response:
        return static("style.css", "text/css", request)

    @router.get("/chat.js")
    def script(request: Request) -> Response:
        return static("chat.js", "text/javascript", request)

    @router.get("/d")
    def to_documents(request: Request) -> Response:
        return RedirectResponse(f"{_root(request, site)}/d/", 308)

    @router.get("/d/")
    def documents(request: Request) -> Response:
        archive = site.assistant().generation.archive
        return _page(request, site, "documents.html", documents=_listed(archive, _root(request, site)))

    @router.get("/d/{id:path}")
    def document(request: Request, id: str) -> Response:
        found = site.assistant().generation.archive.document(id)
        if found is None:
            return missing(request, site)
        return _document(request, site, found, _places(request.query_params.getlist("q")))

    @router.get("/a/{key}")
    def answer(request: Request, key: str) -> Response:
        record = site.records.shared(key)
        return _shared(request, site, record) if record else missing(request, site, gone=True)

    @router.get("/privacy")
    def privacy(request: Request) -> Response:
        t = strings_for(request.headers.get("accept-language"))
        days = {"days": site.settings.retention_days, "share": site.settings.share_days}
        parts = [(name, text.format(**days)) for name, text in t.privacy_parts]
        parts += [t.privacy_written] if site.settings.model else []
        return _page(request, site, "privacy.html", parts=parts)

    return router


def missing(request: Request, site: Site, *, gone: bool = False) -> Response:
    """A page that is not there, with ways on."""
    response = _page(request, site, "missing.html", gone=gone)
    response.status_code = 404
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# --- documents -------------------------------------------------------------------------------------------------------


def _listed(archive: Archive, root: str) -> list[dict[str, Any]]:
    return [
        {
            "id": document.id,
            "title": document.title,
            "link": document_link(root, document.id),
            "works": [(work, f"{document_link(root, document.id)}#w{work.number}") for work in document.works],
        }
        for document in archive.documents()
    ]


def _document(request: Request, site: Site, document: Document, asked: Sequence[tuple[int, int]]) -> Response:
    quotes = apart(asked, len(document.text))
    in_order = sorted(range(len(quotes)), key=lambda nth: quotes[nth])
    anchors = {nth: "quote" if nth == 0 else f"quote-{nth + 1}" for nth in in_order}
    hops = {
        nth: (anchors[in_order[i - 1]] if i else "", anchors[in_order[i + 1]] if i + 1 < len(in_order) else "")
        for i, nth in enumerate(in_order)
    }
    return _page(
        request,
        site,
        "document.html",
        document=document,
        blocks=blocks(document, quotes),
        outline=outline(document.sections),
        quotes=[anchors[nth] for nth in in_order],
        anchors=anchors,
        hops=hops,
    )


def outline(sections: Sequence[Section]) -> list[tuple[int, Section]]:
    """The sections that have a name to look for, each with its depth; bare items are left to the text."""
    depth: dict[int, int] = {}
    found = []
    for section in sections:
        depth[section.number] = depth[section.parent] + 1 if section.parent in depth else 0
        if section.kind in OUTLINE and (section.heading or section.kind == "article"):
            found.append((depth[section.number], section))
    return found


def _places(asked: Sequence[str]) -> list[tuple[int, int]]:
    """?q=120-150&q=300-320; what is no such pair is passed over."""
    found = [match for value in asked[:QUOTES] if (match := _PLACE.fullmatch(value))]
    return [(int(match[1]), int(match[2])) for match in found]


# --- answers ---------------------------------------------------------------------------------------------------------


def _shared(request: Request, site: Site, record: Record) -> Response:
    archive, root = site.assistant().generation.archive, _root(request, site)
    sources = cards(record.answer, archive, root)
    response = _page(
        request,
        site,
        "shared.html",
        record=record,
        answer=record.answer,
        lead=lead(record.answer),
        lines=lines(record.answer),
        cards=sources,
        headline="、".join(dict.fromkeys(card.title + card.label for card in sources[:2])),
        summary=" ".join(card.quote for card in sources)[:120],
        until=chinese_date(record.expires.astimezone().date().isoformat()) if record.expires else "",
        address=f"{_front(site, request)}/a/{record.token}",
    )
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"  # withdrawn means gone
    return response


# --- every page ------------------------------------------------------------------------------------------------------


def _page(request: Request, site: Site, template: str, **values: object) -> Response:
    t: Strings = strings_for(request.headers.get("accept-language"))
    root = _root(request, site)
    common = {
        "t": t,
        "settings": site.settings,
        "root": root,
        "style": f"{root}/{stamped('style.css')}",
        "police_code": digits(site.settings.police),
    }
    return HTMLResponse(render(template, **{**common, **values}), headers={"Vary": "Accept-Language"})


def _front(site: Site, request: Request) -> str:
    """The address that visitors see, prefix included, no slash at its end."""
    settings = site.settings
    return f"{settings.site_url}{settings.root_path}" if settings.site_url else str(request.base_url).rstrip("/")


def _root(request: Request, site: Site) -> str:
    return str(request.scope.get("root_path") or site.settings.root_path).rstrip("/")
