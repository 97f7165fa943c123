"""The documents one by one: how they are read, what is known of them, what people call things in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from assistant.render import shown_pages
from ingest.aliases import read_aliases
from ingest.catalogue import STATUSES, TEXT_FIELDS, CatalogueEntry, CatalogueError, read_catalogue
from ingest.load import UnreadableDocument
from ingest.plan import NAVIGATION
from ingest.waiting import Refused
from vectorstore.passage import Document, Passage, Work
from web.desk import desk_page, missing_page, person_of, to
from web.maintain.desk import Desk, Preview
from web.maintain.view import FIELD_NAMES

PASSAGES = 200  # of one document on a page
OF_DOCUMENTS = ("fact", "restore", "file", "removal")  # what waits and is about a document
Text = Annotated[str, Form()]


def documents_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/documents")
    def documents(request: Request) -> Response:
        archive = desk.site.assistant().generation.archive
        works: dict[str, list[Work]] = {}
        for title in archive.work_titles:
            works.setdefault(title.document, []).append(title.work)
        waits = {entry.name: entry.kind for entry in desk.area.entries() if entry.kind in OF_DOCUMENTS}
        paths = sorted({*desk.area.paths(), *(name for name, kind in waits.items() if kind == "file")})
        rows = [{"path": path, "works": works.get(path, []), "waits": waits.get(path, "")} for path in paths]
        return desk_page(request, desk.site, "maintain/documents.html", rows=rows)

    @router.get("/document")
    def document(request: Request, path: str = "") -> Response:
        return _document(request, desk, path)

    @router.post("/facts")
    async def facts(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=20) as form:
            given = {name: value for name, value in form.items() if isinstance(value, str)}
        return await run_in_threadpool(_set_facts, request, desk, given)

    @router.post("/remove")
    def remove(request: Request, path: Text = "") -> Response:
        try:
            desk.area.remove_document(path, person_of(request).name)
        except Refused as refused:
            return _document(request, desk, path, str(refused))
        return to(desk.site, "/maintain/")

    @router.get("/aliases")
    def aliases(request: Request) -> Response:
        return _aliases(request, desk)

    @router.post("/aliases")
    def set_alias(request: Request, full: Text = "", shorts: Text = "") -> Response:
        names = shorts.replace("，", "、").replace(",", "、").split("、")
        try:
            desk.area.set_alias(full, names, person_of(request).name)
        except Refused as refused:
            return _aliases(request, desk, str(refused), typed={"full": full, "shorts": shorts})
        return to(desk.site, "/maintain/aliases")

    return router


def _set_facts(request: Request, desk: Desk, given: dict[str, str]) -> Response:
    """Only what differs from what the form showed waits as a change."""
    path, work = given.get("path", ""), given.get("work", "")
    by = person_of(request).name
    try:
        for field in TEXT_FIELDS:
            value = given.get(field, "").strip()
            if value != given.get(f"was-{field}", ""):
                desk.area.set_fact(path, work, field, value, by)
    except Refused as refused:
        return _document(request, desk, path, str(refused), typed=given)
    return to(desk.site, f"/maintain/document?path={quote(path)}")


def _document(request: Request, desk: Desk, path: str, *problems: str, typed: Mapping[str, str] = {}) -> Response:
    """As it will be once what waits is applied: the same code as an ingest reads it.

    typed: what was written into the form that was refused; it stays there to be mended.
    """
    waits = [entry.kind for entry in desk.area.entries() if entry.name == path and entry.kind in OF_DOCUMENTS]
    removal = "removal" in waits
    found: tuple[Preview, ...] = ()
    entry = CatalogueEntry()
    try:
        with desk.folder() as laid:
            folder = desk.settings.documents if removal else laid
            if not desk.area.knows(path):
                return missing_page(request, desk.site)
            entry = read_catalogue(laid).get(path, CatalogueEntry())
            found = desk.preview(folder, path, entry)
    except (UnreadableDocument, CatalogueError, Refused, OSError) as problem:
        problems = (*problems, str(problem))
    return desk_page(
        request,
        desk.site,
        "maintain/document.html",
        status=422 if problems else 200,
        problems=problems,
        path=path,
        removal=removal,
        waits=waits,
        typed={name: typed.get(name, "") for name in ("work", *TEXT_FIELDS)},
        documents=[_shown(one, entry) for one in found],
        statuses=STATUSES,
        field_names=FIELD_NAMES,
        paths=desk.area.paths(),
    )


def _shown(preview: Preview, entry: CatalogueEntry) -> dict[str, Any]:
    document = preview.document
    titles = {work.number: work.title for work in preview.plain.works}
    keyed = [(work, titles.get(work.number, work.title)) for work in document.works]
    works = [(work, title, entry.work(title)) for work, title in keyed]
    crumbs = [span for span in document.unindexed if span.reason == NAVIGATION]
    lines = [line for span in crumbs for line in document.text[span.start : span.end].splitlines() if line.strip()]
    return {
        "document": document,
        "works": [(work, title, {field: getattr(said, field) for field in TEXT_FIELDS}) for work, title, said in works],
        "work": works[0][1] if works else document.title,
        "lines": lines,
        "notice": preview.notice,
        "passages": _passages(document, document.passages[:PASSAGES]),
        "more": max(0, len(document.passages) - PASSAGES),
    }


def _passages(document: Document, passages: Sequence[Passage]) -> Iterator[dict[str, Any]]:
    """Each with the row of a table that it is, if it is one, and the pages it stands on."""
    rows = {row.start: row for row in document.rows}
    counted: Counter[int] = Counter()
    for passage in passages:
        row = rows.get(passage.start)
        if row:
            counted[row.table] += 1
        yield {
            "label": passage.label,
            "text": passage.text,
            "table": row.table if row else 0,
            "row": counted[row.table] if row else 0,
            "pages": shown_pages(document.pages_of(passage.start, passage.end)),
        }


def _aliases(request: Request, desk: Desk, *problems: str, typed: Mapping[str, str] = {}) -> Response:
    """typed: what was written into the form that was refused."""
    try:
        with desk.folder() as folder:
            names = read_aliases(folder)
    except (CatalogueError, Refused, OSError) as problem:
        names, problems = {}, (*problems, str(problem))
    waits = {entry.name for entry in desk.area.entries() if entry.kind == "alias"}
    return desk_page(
        request,
        desk.site,
        "maintain/aliases.html",
        status=422 if problems else 200,
        problems=problems,
        names=names,
        waits=waits,
        typed={name: typed.get(name, "") for name in ("full", "shorts")},
    )
