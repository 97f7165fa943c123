"""What the interfaces for programs take and give, as an OpenAPI document for whoever connects something to this site."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from assistant.answer import Form, Status
from web.api import api_router
from web.completions import completions_router
from web.site import Site


class Turn(TypedDict):
    role: Literal["user", "assistant"]
    content: str


class Line(TypedDict):
    """问题一行；history 是此前的对话，scope_doc_ids 只在这些文件里找，qid 原样带回。"""

    question: str
    history: NotRequired[list[Turn] | None]
    scope_doc_ids: NotRequired[list[str] | None]
    qid: NotRequired[str | int | bool | None]


class StatementJson(TypedDict):
    text: str
    citations: list[int]


class CitationJson(TypedDict):
    """start、end 是文件正文的字符位置：text[start:end] == quote。pages 是它在文件第几页，没有页的文件为空。"""

    number: int
    passage: str
    document: str
    title: str
    label: str
    pages: list[int]
    date: str
    quote: str
    start: int
    end: int


class HitJson(TypedDict):
    passage: str
    document: str
    title: str
    label: str
    start: int
    end: int
    score: float


class AnswerJson(TypedDict):
    """writer 为 extractive 时是原文句子，否则是写这个答案的模型。"""

    qid: NotRequired[str | int | bool | None]
    record: NotRequired[str]
    question: str
    searched: str
    status: Status
    text: str
    form: Form
    subject: str
    asked: str
    english: bool
    choices: list[str]
    missing: list[str]
    statements: list[StatementJson]
    citations: list[CitationJson]
    hits: list[HitJson]
    generation: str
    writer: str
    notices: list[str]
    milliseconds: dict[str, float]


class Conversation(TypedDict):
    """OpenAI 的对话格式；最后一项是问题，system 一类的内容不起作用。"""

    messages: list[dict[str, Any]]
    model: NotRequired[str]
    stream: NotRequired[bool]


TAKEN: dict[str, Any] = {"/api/ask": Line, "/v1/chat/completions": Conversation}
GIVEN: dict[str, Any] = {"/api/ask": AnswerJson}


def openapi(site: Site) -> dict[str, Any]:
    """The document, of the routes that are served."""
    routes = [*api_router(site).routes, *completions_router(site).routes]
    servers = [{"url": f"{site.settings.site_url}{site.settings.root_path}" or "/"}]
    document = get_openapi(
        title=site.settings.organisation or "association-qa", version="1", routes=routes, servers=servers
    )
    for path, taken in TAKEN.items():
        body = {"application/json": {"schema": _schema(taken)}}
        document["paths"][path]["post"]["requestBody"] = {"required": True, "content": body}
    for path, given in GIVEN.items():
        schema = _schema(given)
        content = {"application/json": {"schema": schema}, "text/event-stream": {"schema": {"type": "string"}}}
        document["paths"][path]["post"]["responses"]["200"]["content"] = content
    if site.settings.api_key:
        components = document.setdefault("components", {})
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path, methods in document["paths"].items():
            for method in methods.values() if path.startswith("/v1/") else ():
                method["security"] = [{"key": []}]
    return document


def _schema(of: Any) -> dict[str, Any]:  # noqa: ANN401 - any typed dictionary
    """In one piece, so that it needs no names in common with others."""
    schema = TypeAdapter(of).json_schema()
    definitions = schema.pop("$defs", {})

    def whole(part: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(part, dict):
            if reference := part.get("$ref"):
                return whole(definitions[reference.rpartition("/")[2]])
            return {name: whole(value) for name, value in part.items()}
        return [whole(value) for value in part] if isinstance(part, list) else part

    described: dict[str, Any] = whole(schema)
    return described
