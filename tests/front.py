"""The whole site behind its edge, for tests: the real pages over the association's own text."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from starlette.routing import Mount
from starlette.testclient import TestClient

from app import build_app
from assistant.assistant import Assistant
from tests.postgres import records_url
from web.edge import Edge
from web.logs import JsonLines
from web.records import Records
from web.settings import WebSettings
from web.site import Site
from web.users import Role, Users

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # nobody guesses at the users of a test
HOME = "http://127.0.0.1:7860"


def open_site(assistant: Assistant, folder: Path, *, hasher: PasswordHasher = CHEAP, **settings: Any) -> Site:
    usual = {"data": folder, "rate_per_minute": 6000, "records_url": records_url(folder)}
    told = WebSettings.read(**{**usual, **settings})
    records = Records.open(told.records_database)
    return Site(lambda: assistant, records, told, Users(records.database, hasher))


def built(site: Site) -> Edge:
    """Inside a loop: outside one, Gradio makes loops of its own that nobody closes."""

    async def build() -> Edge:
        return build_app(site, rounds=False)

    return asyncio.run(build())


def browser(app: Edge, client: str = "127.0.0.1") -> TestClient:
    """Errors inside come out as replies, as they do for a visitor."""
    return TestClient(app, base_url=HOME, raise_server_exceptions=False, client=(client, 50000))


def signed_in(app: Edge, site: Site, role: Role, name: str = "") -> TestClient:
    """A browser whose user has logged in; what it sends comes from our own pages."""
    name = name or f"某{role}"
    if all(person.name != name for person in site.users.all()):
        site.users.add(name, role, PASSWORD)
    client = browser(app)
    client.headers.update({"origin": HOME, "accept": "text/html", "accept-language": "zh-CN"})
    client.follow_redirects = False
    assert client.post("/signin", data={"name": name, "password": PASSWORD}).status_code == 303
    return client


def routes_of(routes: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(path, method) of every route there is, those of mounts and included routers too."""
    for route in routes:
        if isinstance(route, Mount):
            yield from routes_of(getattr(route.app, "app", route.app).routes, prefix + route.path)
        elif hasattr(route, "original_router"):
            yield from routes_of(route.original_router.routes, prefix + route.include_context.prefix)
        else:
            yield from ((prefix + route.path, method) for method in route.methods or ["GET"])


@contextmanager
def log_lines() -> Iterator[list[dict[str, Any]]]:
    """What is logged meanwhile, read back line by line; each line must be one JSON object."""
    stream, lines = StringIO(), []
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("web")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        lines += [json.loads(line) for line in stream.getvalue().split("\n") if line]
