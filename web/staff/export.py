"""Records as CSV, for a spreadsheet: whole, in UTF-8 as Excel reads it, and with no cell that computes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice

from web.markup import official_citation
from web.records import Record

ROWS = 100  # in a piece
BOM = "\ufeff"  # without it Excel takes UTF-8 for another encoding
HEAD = (
    "记录号",
    "时间",
    "问题",
    "查找用语",
    "结果",
    "回答",
    "出处",
    "把握",
    "读者",
    "读者理由",
    "核对",
    "索引",
    "作答",
)
OUTCOMES = {"answered": "已回答", "refused": "没有找到答案", "clarify": "请读者选择", "error": "出错"}
VERDICTS = {"right": "正确", "wrong": "有误", "": "待核对"}
LIKED = {True: "有帮助", False: "没帮助", None: ""}


def as_csv(records: Iterable[Record]) -> Iterator[str]:
    """Some rows at a time: handing a piece over costs more than making a row."""
    yield BOM + _line(HEAD)
    left = iter(records)
    while piece := "".join(_line(_row(record)) for record in islice(left, ROWS)):
        yield piece


def disarmed(cell: str) -> str:
    """A spreadsheet computes what begins like a formula: an apostrophe in front makes it text (OWASP: CSV injection)."""
    return (
        f"'{cell}"
        if cell.lstrip(" \u3000").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
        else cell
    )


def _row(record: Record) -> tuple[str, ...]:
    answer = record.answer
    sources = [official_citation(c) for c in answer["citations"]]
    return (
        record.number,
        record.created.astimezone().strftime("%Y-%m-%d %H:%M"),
        record.question,
        answer["searched"],
        OUTCOMES.get(record.status, record.status),
        answer["text"],
        "\n".join(dict.fromkeys(sources)),
        "" if record.margin is None else f"{record.margin:.2f}",
        LIKED[record.liked],
        record.reason,
        VERDICTS.get(record.verdict, record.verdict),
        answer["generation"],
        answer["writer"],
    )


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([disarmed(cell.replace("\0", "")) for cell in cells])
    return line.getvalue()
