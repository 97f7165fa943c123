"""The HTTP interface for programs: ask, read documents, see whether all is well."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from assistant.welcome import example
from vectorstore.passage import Document
from web.answering import Busy
from web.explanation import explanation
from web.logs import log_failure, new_number
from web.sentences import SENTENCES
from web.site import Site
from web.streams import event, stream

QUESTION_CHARS = 10_000  # the assistant reads the first 500; more than this is no question
HISTORY_TURNS = 100
SCOPE_IDS = 1_000
QID_CHARS = 200
PROBE_SECONDS = 10  # a probe's result is good for so long: whoever asks for it costs no more than that


class BadRequest(Exception):
    """A request that cannot be answered, and what is wrong with it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Asked:
    """One batch line."""

    question: str
    history: list[dict[str, str]]
    scope: list[str] | None
    qid: dict[str, object]  # {"qid": …} as given, or nothing


def api_router(site: Site) -> APIRouter:
    router = APIRouter()

    @router.post("/api/ask")
    async def ask(request: Request) -> Response:
        try:
            asked = read_line(request.headers.get("content-type", ""), await request.body())
            if "text/event-stream" in request.headers.get("accept", ""):
                return await stream(_events(site, asked), lambda said: event("error", said))
            return JSONResponse(await answered(site, asked))
        except BadRequest as problem:
            return error(problem.status, problem.code, problem.message)
        except Busy:
            return error(503, *SENTENCES[503])

    @router.get("/api/documents")
    def documents(offset: int = Query(0, ge=0), limit: int = Query(100, ge=1, le=500)) -> Response:
        generation = site.assistant().generation
        ids = generation.archive.document_ids
        found = [generation.archive.document(id) for id in ids[offset : offset + limit]]
        listed = [_listed(document) for document in found if document]
        return JSONResponse({"generation": generation.name, "total": len(ids), "offset": offset, "documents": listed})

    @router.get("/api/documents/{id:path}")
    def document(id: str) -> Response:
        found = site.assistant().generation.archive.document(id)
        if found is None:
            return error(404, "not_found", "没有这个文件。全部文件见 /api/documents。")
        return JSONResponse(asdict(found))

    @router.api_route("/api/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def nothing(rest: str) -> Response:
        return error(
            404, "not_found", "没有这个接口。可用的有：POST /api/ask、GET /api/documents、GET /api/documents/文件编号。"
        )

    _add_health(router, site)
    return router


async def badly_typed(_: Request, __: Exception) -> Response:
    """For what FastAPI refuses by itself: `?limit=many`."""
    return error(422, *SENTENCES[422])


def _add_health(router: APIRouter, site: Site) -> None:
    probe = _Probe(site)

    @router.get("/healthz")
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz")
    async def readyz() -> Response:
        report = await run_in_threadpool(probe)
        return JSONResponse(report, 200 if report["status"] == "ready" else 503)


def read_line(kind: str, body: bytes) -> Asked:
    """A batch line from a request's body. Raises BadRequest."""
    line = read_object(kind, body)
    question = line.get("question")
    if not isinstance(question, str):
        raise _wrong("question 应是一段文字。")
    qid = {"qid": _qid(line["qid"])} if "qid" in line else {}
    return Asked(checked_question(question), as_history(line.get("history")), _scope(line.get("scope_doc_ids")), qid)


def read_object(kind: str, body: bytes) -> dict[str, Any]:
    """Raises BadRequest."""
    if kind.split(";", 1)[0].strip().lower() != "application/json":
        raise BadRequest(415, "bad_type", SENTENCES[415][1])
    try:
        line: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest(400, "bad_json", "请求的内容不是完整的 JSON。") from None
    if not isinstance(line, dict):
        raise _wrong('请求的内容应是一个 JSON 对象，例如 {"question": "业务范围有哪些？"}。')
    return line


def checked_question(question: str) -> str:
    """Raises BadRequest."""
    if len(question) > QUESTION_CHARS:
        raise BadRequest(413, "too_long", f"问题太长了（{len(question)} 字），请缩短到 500 字以内。")
    return _whole(question)


def as_history(turns: object) -> list[dict[str, str]]:
    if turns is None:
        return []
    if not isinstance(turns, list) or not all(_is_turn(turn) for turn in turns):
        raise _wrong('history 应是对话的列表，每项形如 {"role": "user", "content": "……"}。')
    return [{"role": turn["role"], "content": _whole(turn["content"])} for turn in turns[-HISTORY_TURNS:]]


def _is_turn(turn: object) -> bool:
    return isinstance(turn, dict) and turn.get("role") in ("user", "assistant") and isinstance(turn.get("content"), str)


def _scope(ids: object) -> list[str] | None:
    if ids is None:
        return None
    if not isinstance(ids, list) or len(ids) > SCOPE_IDS or not all(isinstance(id, str) for id in ids):
        raise _wrong(f"scope_doc_ids 应是文件编号的列表，最多 {SCOPE_IDS} 个。")
    return [_whole(id) for id in ids]


def _qid(qid: object) -> object:
    if qid is None or isinstance(qid, (bool, int)) or (isinstance(qid, str) and len(qid) <= QID_CHARS):
        return _whole(qid) if isinstance(qid, str) else qid
    raise _wrong("qid 应是一个编号：一小段文字或整数。")


def _wrong(message: str) -> BadRequest:
    return BadRequest(422, "bad_request", message)


def _whole(words: str) -> str:
    """JSON can spell half a character, which nothing can write down again."""
    return words.encode("utf-8", "replace").decode("utf-8")


async def recorded(site: Site, asked: Asked) -> AsyncGenerator[dict[str, object], None]:
    """What a model writes as it grows; the answer that counts, which is kept, carries its record's number. Raises Busy."""
    assistant = site.assistant()
    async with aclosing(site.answering.answers(assistant, asked.question, asked.history, asked.scope)) as answers:
        async for answer in answers:
            if answer.writer != "extractive":
                yield asked.qid | answer.to_json()
    why = await run_in_threadpool(explanation, answer, assistant)
    number = await run_in_threadpool(site.records.add, answer, why)
    yield asked.qid | answer.to_json() | {"record": number}


async def answered(site: Site, asked: Asked) -> dict[str, object]:
    """The answer that counts. Raises Busy."""
    async with aclosing(recorded(site, asked)) as answers:
        *_, last = [answer async for answer in answers]
    return last


async def _events(site: Site, asked: Asked) -> AsyncGenerator[bytes, None]:
    """Server-sent events: `answer` for each one that is shown meanwhile, `done` for the one that counts."""
    async with aclosing(recorded(site, asked)) as answers:
        async for answer in answers:
            yield event("done" if "record" in answer else "answer", answer)


def _listed(document: Document) -> dict[str, object]:
    works = [
        {name: getattr(work, name) for name in ("title", "kind", "file_number", "date", "source", "status")}
        for work in document.works
    ]
    return {
        "id": document.id,
        "title": document.title,
        "characters": len(document.text),
        "passages": len(document.passages),
        "works": works,
    }


def error(status: int, code: str, message: str, *, wait: int = 0) -> JSONResponse:
    headers = {"retry-after": str(wait)} if wait else None
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


class _Probe:
    """A question that must find something in the index that is served."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._report: dict[str, object] = {}
        self._until = 0.0

    def __call__(self) -> dict[str, object]:
        if time.monotonic() >= self._until:
            self._report, self._until = self._asked(), time.monotonic() + PROBE_SECONDS
        return self._report

    def _asked(self) -> dict[str, object]:
        states: dict[str, object] = {"records": self._site.records.database.working()}
        try:
            assistant = self._site.assistant()
            if assistant.model:  # nothing is sent for whoever asks: only what visitors' questions came to
                states["model"] = not assistant.model.breaker.resting
            answer = assistant.answer(example(assistant.generation.archive))
        except Exception as problem:
            number = new_number()
            log_failure(problem, number, "readyz")
            return {"status": "failing", "error": number, **states}
        status = "ready" if answer.hits else "failing"
        return {"status": status, "generation": answer.generation, **states}
