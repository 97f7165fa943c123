"""The staff's pages: every record there is, and each as it came about."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response

from vectorstore.archive import Archive
from web.desk import desk_page, missing_page, to
from web.markup import cards, document_link, shown_title, static
from web.records import Record
from web.site import Site

SHOWN = 100  # records on one page


def staff_app(site: Site) -> FastAPI:
    """To be mounted at /staff, behind the edge and Behind."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/desk.js")
    def script(request: Request) -> Response:
        return static("desk.js", "text/javascript", request)

    @app.get("/")
    def newest(request: Request) -> Response:
        return desk_page(request, site, "staff/records.html", records=site.records.newest(SHOWN))

    @app.get("/records/{number}")
    def record(request: Request, number: str) -> Response:
        found = site.records.get(number)
        return _record(request, site, found) if found else missing_page(request, site)

    @app.post("/records/{number}/withdraw")
    def withdraw(request: Request, number: str) -> Response:
        found = site.records.get(number)
        if found is None:
            return missing_page(request, site)
        site.records.withdraw(found.number)
        return to(site, f"/staff/records/{found.number}")

    @app.post("/records/{number}/delete")
    def delete(request: Request, number: str) -> Response:
        return to(site, "/staff/") if site.records.delete(number) else missing_page(request, site)

    return app


def _record(request: Request, site: Site, record: Record) -> Response:
    archive, root = site.assistant().generation.archive, site.settings.root_path
    legs = record.explanation.get("legs")
    missing_terms = record.explanation.get("missing")
    return desk_page(
        request,
        site,
        "staff/record.html",
        record=record,
        answer=record.answer,
        cards=cards(record.answer, archive, root),
        hits=_hits(record.answer, legs if isinstance(legs, dict) else {}, archive, root),
        missing=missing_terms if isinstance(missing_terms, list) else [],
        created=record.created.astimezone().strftime("%Y-%m-%d %H:%M"),
        until=record.expires.astimezone().strftime("%Y-%m-%d") if record.expires else "",
    )


def _hits(answer: dict[str, Any], legs: dict[str, Any], archive: Archive, root: str) -> list[dict[str, Any]]:
    found = []
    for hit in answer["hits"]:
        document = archive.document(hit["document"])
        found.append(
            {
                "title": shown_title(hit["title"]),
                "label": hit["label"],
                "score": hit["score"],
                "legs": legs.get(hit["passage"]) or {},
                "text": document.text[hit["start"] : hit["end"]] if document else "",
                "link": document_link(root, hit["document"], [(hit["start"], hit["end"])]) if document else "",
            }
        )
    return found
