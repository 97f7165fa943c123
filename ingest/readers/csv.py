"""Comma- and tab-separated tables. No formula is looked at: a cell is its text."""

from __future__ import annotations

import csv
from io import StringIO

from ingest.blocks import Extract, Table, extract
from ingest.decode import NoEncoding, decode
from ingest.readers.kinds import Unreadable

CELL_CHARS = 1_000_000
SNIFFED_CHARS = 10_000


def read(data: bytes) -> Extract:
    try:
        text = decode(data)
    except NoEncoding as problem:
        raise Unreadable(problem.reason) from problem
    csv.field_size_limit(CELL_CHARS)
    head = text[:SNIFFED_CHARS]
    mark = max(",\t;", key=lambda mark: head.count(mark))
    try:
        rows = tuple(tuple(row) for row in csv.reader(StringIO(text, newline=""), delimiter=mark))
    except csv.Error as problem:
        raise Unreadable("表格的引号不成对，或一格的文字太长") from problem
    return extract([Table(rows, head=True)])
