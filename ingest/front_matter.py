"""YAML between two lines of --- at the head of a Markdown file: what its author says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from itertools import islice
from typing import Any

import yaml

from ingest.catalogue import WorkEntry

LINES = 50  # at most; whatever is longer is no front matter
CHARS = 10_000
_KEYS = {
    **{field.name: field.name for field in fields(WorkEntry) if field.name != "restore"},
    **{"标题": "title", "类别": "kind", "日期": "date", "发布日期": "date", "来源": "source", "发布单位": "source"},
    **{"状态": "status", "文号": "file_number", "发文字号": "file_number", "author": "source"},
}


def front_matter(text: str) -> tuple[WorkEntry, int]:
    """What it says of the first work, and the offset where it ends; nothing and 0 where there is none.

    Keys that nobody here knows are passed over, and what is no YAML mapping is text.
    """
    lines = text.split("\n", LINES + 1)
    if lines[0].strip() != "---":
        return WorkEntry(), 0
    closes = next(
        (n for n, line in islice(enumerate(lines[: LINES + 1]), 1, None) if line.strip() in ("---", "...")), 0
    )
    said = "\n".join(lines[1:closes]) if closes else ""
    if len(said) > CHARS:
        return WorkEntry(), 0
    try:
        # One that refers to itself can be made to grow without end.
        found = None if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(said)) else yaml.safe_load(said)
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: 2024-02-30 is no date
        return WorkEntry(), 0
    if not isinstance(found, Mapping):
        return WorkEntry(), 0
    known: dict[str, Any] = {_KEYS[key]: _text(value) for key, value in found.items() if key in _KEYS}
    return replace(WorkEntry(), **known), len("\n".join(lines[: closes + 1]))


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()[: len("2024-07-15")]
    return " ".join(value.split()) if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
