"""The maintainers' pages: bring documents in, see what changes, apply it, take it back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from ingest.history import history
from ingest.names import BadName
from ingest.waiting import FILE_BYTES, Refused
from web.desk import desk_page, missing_page, person_of, say_of, to
from web.maintain.desk import Desk, occupied_sentence
from web.maintain.documents import documents_router
from web.maintain.state import state_router
from web.maintain.view import FIELD_NAMES, answer_pairs, plan_view, progress, waiting_lines
from web.maintain.work import Occupied
from web.markup import static
from web.site import Site

Text = Annotated[str, Form()]
FILES = 50  # in one upload


def maintain_app(site: Site) -> FastAPI:
    """To be mounted at /maintain, behind the edge and Behind."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    desk = Desk.of(site)

    @app.get("/maintain.js")
    def script(request: Request) -> Response:
        return static("maintain.js", "text/javascript", request)

    @app.get("/")
    def home(request: Request) -> Response:
        return _home(request, desk)

    @app.get("/work")
    def work(request: Request) -> Response:
        """The part of a page that tells how the work goes; a script fetches it again and again."""
        return desk_page(request, site, "maintain/_work.html", work=progress(desk.work.present()))

    @app.post("/upload")
    async def upload(request: Request) -> Response:
        async with request.form(max_files=FILES, max_fields=20) as form:
            files = [file for file in form.getlist("file") if isinstance(file, UploadFile) and file.filename]
            instead = form.get("instead")
            return await run_in_threadpool(_take, request, desk, files, instead if isinstance(instead, str) else "")

    @app.post("/plan")
    def plan(request: Request) -> Response:
        return _compare(request, desk)

    @app.post("/withdraw")
    def withdraw(request: Request, id: Text = "") -> Response:
        desk.area.withdraw(id)
        return _compare(request, desk)

    @app.post("/restore")
    def restore(request: Request, path: Text = "", work: Text = "", line: Text = "") -> Response:
        try:
            desk.area.restore(path, work, line, person_of(request).name)
        except Refused as refused:
            return _home(request, desk, str(refused))
        return _compare(request, desk)

    @app.post("/apply")
    def apply(request: Request, force: Text = "") -> Response:
        try:
            desk.start_apply(person_of(request).name, force=bool(force))
        except Occupied as occupied:
            return _home(request, desk, occupied_sentence(request, occupied))
        return to(site, "/maintain/")

    app.include_router(documents_router(desk))
    app.include_router(state_router(desk))

    @app.api_route("/{path:path}", methods=["GET", "HEAD", "POST"])
    def elsewhere(request: Request, path: str) -> Response:
        return missing_page(request, site)

    return app


def _take(request: Request, desk: Desk, files: list[UploadFile], instead: str) -> Response:
    """Into the waiting area, whatever can be; what cannot is said."""
    refused = [] if files else [say_of(request)("请先选择文件。")]
    if instead and len(files) > 1:
        files, refused = [], [say_of(request)("替换已有文件时，一次只能选一个。")]
    for file in files:
        try:
            desk.area.add_file(file.filename or "", file.file, person_of(request).name, instead)
        except (BadName, Refused) as problem:
            refused.append(str(problem))
    if refused:
        return _home(request, desk, *refused)
    return _compare(request, desk)


def _compare(request: Request, desk: Desk) -> Response:
    try:
        desk.start_plan(person_of(request).name)
    except Occupied as occupied:
        return _home(request, desk, occupied_sentence(request, occupied))
    return to(desk.site, "/maintain/")


def _home(request: Request, desk: Desk, *problems: str) -> Response:
    """problems: sentences about what was just tried."""
    piece, planned, applied = desk.work.present(), desk.work.last("plan"), desk.work.last("apply")
    if planned and applied and not applied.running and not applied.failed and applied.since > planned.since:
        planned = None  # what it told has come true
    results: dict[str, Any] = dict(planned.results) if planned else {}
    kept = history(desk.settings.data, keep=0)
    return desk_page(
        request,
        desk.site,
        "maintain/home.html",
        status=422 if problems else 200,
        problems=problems,
        serving=next((entry for entry in kept if entry.current and entry.created), None),
        work=progress(piece),
        applied=piece.results.get("apply") if piece and piece.kind == "apply" and not piece.running else None,
        waiting=waiting_lines(desk.area.entries()),
        paths=desk.area.paths(),
        limit=FILE_BYTES // 1_000_000,
        field_names=FIELD_NAMES,
        plan=plan_view(results["plan"]) if "plan" in results else None,
        impact=answer_pairs(results["impact"]["impact"]) if "impact" in results else None,
        asking=bool(planned and planned.running and "plan" in results),
        outdated=planned is not None and planned.of != desk.fingerprint(),
    )
