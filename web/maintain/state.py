"""How things stand: acceptance questions and their last score, the indexes that are kept, health."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from assistant.gold import BadQuestions, Gold, read_questions
from ingest.check import QUESTIONS
from ingest.health import Finding, examine
from ingest.history import history, served_name
from ingest.pipeline import KEEP
from ingest.settings import IngestSettings
from vectorstore.generation import Manifest
from vectorstore.settings import BadSettings
from web.desk import desk_page, missing_page, person_of, say_of, to
from web.maintain.desk import Desk, occupied_sentence
from web.maintain.endpoint import endpoint_finding
from web.maintain.view import Progress, progress
from web.maintain.work import Kind, Occupied
from web.markup import shown_moment

Text = Annotated[str, Form()]


def state_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/questions")
    def questions(request: Request) -> Response:
        return _questions(request, desk)

    @router.post("/evaluate")
    def evaluate(request: Request) -> Response:
        try:
            desk.start_evaluation(person_of(request).name)
        except Occupied as occupied:
            return _questions(request, desk, occupied_sentence(request, occupied))
        return to(desk.site, "/maintain/questions")

    @router.get("/history")
    def kept(request: Request) -> Response:
        return _history(request, desk)

    @router.post("/rollback")
    def rollback(request: Request, name: Text = "") -> Response:
        if name not in {entry.name for entry in history(desk.settings.data, keep=0)}:
            return missing_page(request, desk.site)
        try:
            desk.start_rollback(person_of(request).name, name)
        except Occupied as occupied:
            return _history(request, desk, occupied_sentence(request, occupied))
        return to(desk.site, "/maintain/history")

    @router.get("/health")
    def health(request: Request) -> Response:
        settings = desk.settings
        findings = [*examine(settings.data, settings.documents, settings.encoder), *_of_the_pages(request, desk)]
        if found := endpoint_finding(say_of(request), settings, desk.site.assistant().model):
            findings.append(found)
        return desk_page(request, desk.site, "maintain/health.html", findings=findings)

    return router


def _questions(request: Request, desk: Desk, *problems: str) -> Response:
    """The questions as the file has them now, each with what the last run said."""
    listed: tuple[Gold, ...] = ()
    try:
        listed = read_questions(desk.settings.documents / QUESTIONS)
    except BadQuestions as problem:
        problems = (*problems, str(problem).replace(str(desk.settings.documents / QUESTIONS), QUESTIONS))
    run = desk.work.last("evaluate")
    report = run.results.get("evaluate", {}) if run else {}
    results = {result["id"]: result for result in report.get("results", ())}
    asked = [(gold, results.get(gold.id)) for gold in listed]
    return desk_page(
        request,
        desk.site,
        "maintain/questions.html",
        status=422 if problems else 200,
        problems=problems,
        questions=sorted(asked, key=lambda pair: pair[1] is None or pair[1]["passed"]),  # failures first
        report=report,
        current=served_name(desk.settings.data),
        work=_under_way(desk, "evaluate"),
    )


def _history(request: Request, desk: Desk, *problems: str) -> Response:
    try:
        keep = IngestSettings.read(data=desk.settings.data).keep
    except BadSettings as bad:
        keep, problems = KEEP, (*problems, str(bad))
    return desk_page(
        request,
        desk.site,
        "maintain/history.html",
        status=422 if problems else 200,
        problems=problems,
        entries=history(desk.settings.data, keep),
        work=_under_way(desk, "rollback"),
    )


def _under_way(desk: Desk, kind: Kind) -> Progress | None:
    """Also when it ended, until other work begins: what failed before that is told no more."""
    piece = desk.work.present()
    return progress(piece) if piece and piece.kind == kind else None


def _of_the_pages(request: Request, desk: Desk) -> list[Finding]:
    say = say_of(request)
    assistant = desk.site.assistant()
    served, named = assistant.generation.name, served_name(desk.settings.data)
    records = desk.site.records.database.working()
    manifest: Manifest = assistant.generation.manifest
    return [
        Finding(
            say("网页正在使用的索引"),
            served == named,
            f"{served}，{shown_moment(manifest.created)}",
            "" if served == named else say("新索引 {named} 还没有换上，请看日志。", named=named),
        ),
        Finding(
            say("问答记录"),
            records,
            say("可读写") if records else say("打不开"),
            "" if records else say("请检查 QA_RECORDS_URL、磁盘和权限。"),
        ),
    ]
