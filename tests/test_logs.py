"""Who came when is written down apart from what was asked, names nobody, and goes when it was promised to go."""

from __future__ import annotations

import json
import logging
import stat
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.front import browser, built, log_lines, open_site
from web.logs import ACCESS_DAYS, AccessLog, expire_access_log, keep_access_log

TODAY = date(2026, 11, 25)


@pytest.fixture
def visits(tmp_path):
    """Where the visits of this process are written down for a while."""
    logger = logging.getLogger("web.access")
    before = (logger.handlers[:], logger.level, logger.propagate)
    keep_access_log(tmp_path / "access")
    yield tmp_path / "access"
    logger.handlers[:], logger.level, logger.propagate = before


def test_a_visit_leaves_no_address_no_question_no_name_and_no_way_to_the_answer(visits, assistant, tmp_path):
    site = open_site(assistant, tmp_path)
    with log_lines() as elsewhere, browser(built(site), "203.0.113.9") as visitor:
        record = visitor.post(
            "/api/ask", json={"question": "会费多少钱？"}, headers={"user-agent": "Mozilla/5"}
        ).json()["record"]
        visitor.get("/a/13800138000?q=secret")
    [file] = visits.iterdir()
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/api/ask", 200), ("GET", "/a/{key}", 404),
    ]  # fmt: skip
    assert all(set(line) == {"time", "level", "log", "message", "request", "client", "method", "path", "status", "milliseconds"} for line in lines)  # fmt: skip
    assert not any(word in file.read_text("utf-8") for word in ("203.0.113.9", "会费", "Mozilla", "secret", record))
    assert not [line for line in elsewhere if line["log"] == "web.access"], "not in the other log too"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(visits.stat().st_mode) == 0o700
    site.records.close()


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=9))
def test_each_event_is_one_line_whatever_is_in_it(tmp_path_factory, said):
    folder = tmp_path_factory.mktemp("access")
    log = AccessLog(folder)
    for words in said:
        log.emit(logging.makeLogRecord({"msg": words, "path": words + "\r\n{}\x1b[2J\u2028\u0085"}))
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    assert [json.loads(line)["message"] for line in written.splitlines()] == said
    assert not set(written) & (set(range(32)) - {10})


def test_files_go_after_the_promised_days_and_nothing_else_does(tmp_path):
    kept = [f"{TODAY - timedelta(days=n)}.jsonl" for n in (0, 1, ACCESS_DAYS)] + [
        "2026-99-99.jsonl",
        "notes.jsonl",
        "x.txt",
    ]
    for name in [*kept, f"{TODAY - timedelta(days=ACCESS_DAYS + 1)}.jsonl", "2020-01-01.jsonl"]:
        (tmp_path / name).touch()
    assert expire_access_log(tmp_path, TODAY) == 2 and expire_access_log(tmp_path, TODAY) == 0
    assert {path.name for path in tmp_path.iterdir()} == set(kept)
    assert expire_access_log(tmp_path / "none", TODAY) == 0


def test_a_folder_that_cannot_be_written_costs_one_line_of_complaint_and_no_visit(tmp_path):
    (tmp_path / "file").touch()
    log = AccessLog(tmp_path / "file")
    with log_lines() as lines:
        for _ in range(5):
            log.emit(logging.makeLogRecord({"msg": "request"}))
    assert len(lines) == 1 and lines[0]["level"] == "error"
