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

from starlette.testclient import TestClient

from app import build_app
from assistant.assistant import Assistant
from web.edge import Edge
from web.logs import JsonLines
from web.records import Records
from web.settings import WebSettings
from web.site import Site

TOKEN = "a-token-of-the-staff"
HOME = "http://127.0.0.1:7860"


def open_site(assistant: Assistant, folder: Path, **settings: Any) -> Site:
    told = WebSettings.read(**{"data": folder, "rate_per_minute": 6000, **settings})
    return Site(lambda: assistant, Records.open(told.records_database), told)


def built(site: Site) -> Edge:
    """Inside a loop: outside one, Gradio makes loops of its own that nobody closes."""

    async def build() -> Edge:
        return build_app(site)

    return asyncio.run(build())


def browser(app: Edge, client: str = "127.0.0.1") -> TestClient:
    """Errors inside come out as replies, as they do for a visitor."""
    return TestClient(app, base_url=HOME, raise_server_exceptions=False, client=(client, 50000))


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
