"""The door for programs that speak OpenAI's protocol: a conversation comes in, an answer with its citations goes out.

What such a client has shown cannot be taken back, so that nothing is sent before the whole answer is verified.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from web.answering import Busy
from web.api import Asked, BadRequest, answered, as_history, checked_question, read_object
from web.markup import official_citation
from web.policies import MCP
from web.sentences import SENTENCES
from web.settings import WebSettings
from web.site import Site
from web.streams import Failure, event, stream
from web.strings import ZH

MODEL = "association-qa"  # the one name this door goes by, whatever a client asks for
WRONG_KEY = ("invalid_api_key", "密钥不对：请在 Authorization 里写 Bearer 加上本站给的密钥。")
DONE = b"data: [DONE]\n\n"


def completions_router(site: Site) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/chat/completions")
    async def completions(request: Request) -> Response:
        if not has_key(request, site.settings):
            return refusal(401, *WRONG_KEY)
        try:
            line = read_object(request.headers.get("content-type", ""), await request.body())
            asked = conversation(line)
            if line.get("stream") is True:
                return await stream(_chunks(site, asked), _broken)
            last = await answered(site, asked)
        except BadRequest as problem:
            return refusal(problem.status, problem.code, problem.message)
        except Busy:
            return refusal(503, *SENTENCES[503])
        message = {"role": "assistant", "content": content(last)}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        return JSONResponse({**_head("chat.completion"), "choices": [choice], "usage": usage, **_facts(last)})

    @router.get("/v1/models")
    async def models(request: Request) -> Response:
        if not has_key(request, site.settings):
            return refusal(401, *WRONG_KEY)
        listed = [{"id": MODEL, "object": "model", "created": 0, "owned_by": site.settings.organisation or MODEL}]
        return JSONResponse({"object": "list", "data": listed})

    @router.api_route(MCP, methods=["GET", "POST", "DELETE"], include_in_schema=False)
    async def no_mcp() -> Response:
        return refusal(404, "not_found", "这里没有开放 MCP 接口；要开放，由管理员设置 QA_MCP。")

    @router.api_route("/v1/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def nothing(rest: str) -> Response:
        return refusal(404, "not_found", "没有这个接口。可用的有：POST /v1/chat/completions、GET /v1/models。")

    return router


def has_key(request: Request, settings: WebSettings) -> bool:
    """Does the request carry the key that is set? Where none is set everybody may ask, as on the page."""
    if settings.api_key is None:
        return True
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    wanted = settings.api_key.get_secret_value().encode()
    return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode("utf-8", "replace"), wanted)


def conversation(line: dict[str, Any]) -> Asked:
    """The last turn of the user is the question; what is meant for a model (system, tools) means nothing here. Raises BadRequest."""
    messages = line.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest(422, "bad_request", 'messages 应是对话的列表，每项形如 {"role": "user", "content": "……"}。')
    turns = [
        {"role": message["role"], "content": _words(message.get("content"))}
        for message in messages
        if isinstance(message, dict) and message.get("role") in ("user", "assistant")
    ]
    if not turns or turns[-1]["role"] != "user":
        raise BadRequest(422, "bad_request", "最后一项应是 role 为 user 的问题。")
    return Asked(checked_question(turns[-1]["content"]), as_history(turns[:-1]), None, {})


def _words(said: object) -> str:
    """A text, or a list of parts of which the texts count. Raises BadRequest."""
    if said is None or isinstance(said, str):
        return said or ""
    parts = said if isinstance(said, list) else [None]
    texts = [part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        raise BadRequest(422, "bad_request", "content 应是一段文字；不收图片和文件。")
    return "\n".join(text for text in texts if text)


def content(answer: dict[str, Any]) -> str:
    """The answer as text alone: what it says, what it is, and where its words stand."""
    return "".join(pieces(answer))


def pieces(answer: dict[str, Any]) -> Iterator[str]:
    """The same, a piece at a time."""
    yield from answer["text"].splitlines(keepends=True)
    notes = [] if answer["writer"] == "extractive" else [f"〔{ZH.written}〕"]
    notes += [f"（{notice}）" for notice in answer["notices"]]
    notes += [f"[{c['number']}] {official_citation(c)}" for c in answer["citations"]]
    for n, note in enumerate(notes):
        yield f"{'' if n else chr(10)}\n{note}"


def _facts(answer: dict[str, Any]) -> dict[str, Any]:
    """What the protocol has no place for."""
    return {name: answer[name] for name in ("citations", "status", "writer", "notices", "searched", "record")}


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{secrets.token_hex(12)}", "object": kind, "created": int(time.time()), "model": MODEL}


async def _chunks(site: Site, asked: Asked) -> AsyncGenerator[bytes, None]:
    last = await answered(site, asked)
    head = _head("chat.completion.chunk")

    def chunk(delta: dict[str, str], reason: str | None = None, **more: object) -> bytes:
        return event("", {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **more})

    yield chunk({"role": "assistant", "content": ""})
    for piece in pieces(last):
        yield chunk({"content": piece})
    yield chunk({}, "stop", **_facts(last))
    yield DONE


def _broken(failure: Failure) -> bytes:
    return event("", failure) + DONE


def refusal(status: int, code: str, message: str) -> JSONResponse:
    """In the form that the protocol's clients expect."""
    kind = "authentication_error" if status == 401 else "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)
