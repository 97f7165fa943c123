"""The staff's pages, to be mounted at /staff behind the edge and Behind."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import cast, get_args

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from assistant.question import MAX_CHARS
from ingest.waiting import Refused, WaitingArea
from web.desk import desk_page, missing_page, person_of, say_of, to
from web.maintain.desk import forget_questions
from web.markup import static
from web.openapi import openapi
from web.site import Site
from web.staff.bench import looked_up
from web.staff.export import as_csv
from web.staff.figures import SPANS, figures
from web.staff.ledger import KINDS, PAGE, Ledger, Verdict, Wanted
from web.staff.proposals import KINDS as KINDS_OF_PROPOSAL
from web.staff.proposals import Incomplete, Proposals
from web.staff.record import LEGS, record_page
from web.staff.unanswered import Known, questions_of, unanswered

FIELDS = 12  # of a form
COVERED = 500  # records that one proposal is for
NAMES = 300  # offered as full names

_log = logging.getLogger("web.desk")


def staff_app(site: Site) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    ledger = Ledger(site.records.database)

    @app.get("/desk.js")
    def script(request: Request) -> Response:
        return static("desk.js", "text/javascript", request)

    @app.get("/openapi.json")
    def interface() -> Response:
        return JSONResponse(openapi(site))

    @app.get("/")
    def records(request: Request) -> Response:
        wanted = Wanted.read(request.query_params)
        page = _number(request.query_params.get("page", ""))
        signed = site.records.get(request.query_params.get("signed", ""))
        return desk_page(
            request,
            site,
            "staff/records.html",
            wanted=wanted,
            kinds=KINDS,
            counts=ledger.counts(wanted),
            records=ledger.page(wanted, page),
            documents=ledger.documents(),
            page=page,
            size=PAGE,
            signed=signed,
        )

    @app.get("/records.csv")
    def export(request: Request) -> Response:
        wanted = Wanted.read(request.query_params)
        _log.info("exported", extra={"person": person_of(request).name, "wanted": wanted.query})
        name = f"records-{datetime.now():%Y%m%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(as_csv(ledger.every(wanted)), media_type="text/csv; charset=utf-8", headers=headers)

    @app.get("/records/{number}")
    def record(request: Request, number: str, now: str = "") -> Response:
        found = site.records.get(number)
        return record_page(request, site, found, now=bool(now)) if found else missing_page(request, site)

    @app.post("/records/{number}/sign")
    async def sign(request: Request, number: str) -> Response:
        async with request.form(max_files=0, max_fields=FIELDS) as form:
            asked = {name: str(value) for name, value in form.items()}
        return _signed(request, site, ledger, number, asked)

    @app.post("/records/{number}/unsign")
    def unsign(request: Request, number: str) -> Response:
        ledger.unsign(number, person_of(request).name)
        found = site.records.get(number)
        return to(site, f"/staff/records/{found.number}") if found else missing_page(request, site)

    @app.post("/records/{number}/withdraw")
    def withdraw(request: Request, number: str) -> Response:
        found = site.records.get(number)
        if found is None:
            return missing_page(request, site)
        site.records.withdraw(found.number)
        return to(site, f"/staff/records/{found.number}")

    @app.post("/records/{number}/delete")
    def delete(request: Request, number: str) -> Response:
        if not site.records.delete(number):
            return missing_page(request, site)
        forget_questions(site.settings.data)
        return to(site, "/staff/")

    @app.get("/figures")
    def statistics(request: Request, days: str = "") -> Response:
        span = next((known for known in SPANS if str(known) == days), SPANS[1])
        found = figures(site.records.database, site.assistant().generation.archive, site.settings.root_path, span)
        return desk_page(
            request, site, "staff/figures.html", figures=found, plots=found.plots(), spans=SPANS, span=span
        )

    @app.get("/search")
    def bench(request: Request, q: str = "") -> Response:
        question = q.strip()[:MAX_CHARS]
        found = looked_up(site, question) if question else None
        return desk_page(request, site, "staff/search.html", question=question, found=found, leg_names=LEGS)

    _add_unanswered(app, site)
    return app


def _add_unanswered(app: FastAPI, site: Site) -> None:
    database, proposals = site.records.database, Proposals(site.records.database)
    area, known = WaitingArea(site.settings.data, site.settings.documents), Known()

    def shown(request: Request, said: str = "", status: int = 200) -> Response:
        groups, count = unanswered(database, site.assistant(), proposals.covered(), site.settings.root_path, known)
        return desk_page(
            request,
            site,
            "staff/unanswered.html",
            status=status,
            sections=groups,
            count=count,
            proposed=proposals.all("open"),
            accepted=proposals.all("accepted"),
            names=list(site.assistant().generation.lexicon.names)[:NAMES],
            said=said,
        )

    @app.get("/unanswered")
    def desk(request: Request) -> Response:
        return shown(request)

    @app.post("/proposals")
    async def propose(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=FIELDS) as form:
            fields = {name: str(value) for name, value in form.items()}
        kind = next((known for known in KINDS_OF_PROPOSAL if known == fields.get("kind")), None)
        covers = await run_in_threadpool(questions_of, database, fields.get("numbers", "").split()[:COVERED])
        try:
            if kind is None:
                raise Incomplete
            await run_in_threadpool(proposals.add, person_of(request).name, kind, fields, covers)
        except Incomplete:
            return await run_in_threadpool(shown, request, say_of(request)("请把每一项都填上。"), 422)
        return to(site, "/staff/unanswered")

    @app.post("/proposals/{id:int}/accept")
    def accept(request: Request, id: int) -> Response:
        return decided(request, id, area)

    @app.post("/proposals/{id:int}/decline")
    def decline(request: Request, id: int) -> Response:
        return decided(request, id, None)

    def decided(request: Request, id: int, taking: WaitingArea | None) -> Response:
        person = person_of(request)
        if not person.may("maintainer"):
            return shown(request, say_of(request)("只有维护人员能采纳或谢绝。"), 403)
        try:
            done = proposals.decide(id, person.name, taking, site.settings.documents)
        except Refused as problem:
            return shown(request, str(problem), 409)
        return to(site, "/staff/unanswered") if done else missing_page(request, site)


def _signed(request: Request, site: Site, ledger: Ledger, number: str, asked: dict[str, str]) -> Response:
    """Write down what was said, and on to the next one of the list."""
    record, verdict = site.records.get(number), asked.get("verdict", "")
    if record is None:
        return missing_page(request, site)
    if verdict not in get_args(Verdict):
        return to(site, f"/staff/records/{record.number}")
    wanted = Wanted.read(asked)
    _, after = ledger.beside(record, wanted)
    reason = "：".join(part for part in (asked.get("reason", ""), asked.get("note", "").strip()) if part)
    said = reason if verdict == "wrong" else ""
    ledger.sign(record.number, person_of(request).name, cast(Verdict, verdict), said)
    query = "&".join(part for part in (f"signed={record.number}", wanted.query) if part)
    return to(site, f"/staff/records/{after}?{query}" if after else f"/staff/?{query}")


def _number(written: str) -> int:
    return max(1, int(written)) if written.isascii() and written.isdigit() and len(written) < 6 else 1
