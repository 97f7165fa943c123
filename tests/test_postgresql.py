"""Records on a PostgreSQL server: what SQLite never does to us. Everything else is tested by the same tests as there."""

from __future__ import annotations

import gc
import signal
import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from tests.front import browser, built, log_lines, open_site, signed_in
from tests.postgres import Server
from tests.test_records import ANSWER
from web import database
from web.database import short
from web.records import Records
from web.tables import records as table

pytestmark = [
    pytest.mark.postgresql,
    # The driver leaves a socket to the garbage collector when a connection fails.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def server(records_server: Server):
    """It runs again afterwards, whatever a test does to it."""
    yield records_server
    records_server.stop()
    records_server.start()
    gc.collect()


@pytest.fixture
def records(records_server: Server, tmp_path):
    opened = Records.open(records_server.database(tmp_path.name))
    yield opened
    opened.close()


def test_a_server_killed_while_many_write_has_every_record_that_has_a_number(server, records):
    given: list[str] = []

    def write() -> None:
        while number := records.add(ANSWER, {}):
            given.append(number)

    for _ in range(3):
        writers = [threading.Thread(target=write) for _ in range(8)]
        for writer in writers:
            writer.start()
        time.sleep(0.7)
        server.stop(signal.SIGKILL)
        for writer in writers:
            writer.join()
        server.start()
        assert all(records.get(number) for number in given)
    assert len(given) > 30


def test_while_the_server_is_gone_answers_go_out_without_a_number_and_nobody_is_let_in(server, assistant, tmp_path):
    site = open_site(assistant, tmp_path)
    edge = built(site)
    with signed_in(edge, site, "staff") as staff, browser(edge) as visitor:

        def asked() -> str:
            reply = visitor.post("/api/ask", json={"question": "业务范围有哪些？"})
            assert reply.status_code == 200 and len(reply.json()["statements"]) == 18
            return reply.json()["record"]

        assert asked() and staff.get("/staff/").status_code == 200
        server.stop()
        assert asked() == "" and staff.get("/staff/").status_code == 503
        assert visitor.get("/readyz").json()["records"] is False
        server.start()
        assert asked() and staff.get("/staff/").status_code == 200, "without anybody's help"
    site.records.close()


def test_a_server_that_is_down_at_the_start_is_taken_up_when_it_comes(server, tmp_path, monkeypatch):
    url = server.database(tmp_path.name)
    server.stop()
    records = Records.open(url)
    number = records.add(ANSWER, {})
    assert number == "" and records.share("X", 1) == "" and not records.feedback("X", True)
    assert not records.database.working()
    server.start()
    monkeypatch.setattr(records.database, "_again", 0.0)
    assert records.add(ANSWER, {})
    records.close()


def test_a_server_that_says_nothing_holds_nobody_up_for_long(server, records, tmp_path, monkeypatch):
    late = database.Database(database._engine(server.database(tmp_path.name)))
    number = records.add(ANSWER, {})
    with server.frozen():
        began = time.monotonic()
        numbers = []
        writers = [threading.Thread(target=lambda: numbers.append(records.add(ANSWER, {}))) for _ in range(20)]
        writers += [threading.Thread(target=late.working) for _ in range(20)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert time.monotonic() - began < 4 * database.BUSY_SECONDS and numbers == [""] * 20
    late.close()
    assert records.get(number).question == ANSWER.question, "a reply that came late is taken for no other's"
    assert records.add(ANSWER, {})


def test_what_the_server_complains_of_is_logged_without_the_question(records):
    secret = {"created": "2026-01-01T00:00:00Z", "question": "绝密问题", "answer": "{}", "explanation": "{}"}
    with pytest.raises(SQLAlchemyError) as found, records.database.write() as connection:
        connection.execute(insert(table).values(number="N", status=None, **secret))
    assert "绝密" in str(found.value.orig) and "绝密" not in short(found.value) and "status" in short(found.value)


def test_a_transaction_that_fails_leaves_nothing_and_its_connection_serves_on(records, monkeypatch):
    monkeypatch.setattr("web.records._places", lambda answer: [{"document": "d", "title": "t", "label": None}])
    with log_lines() as lines:
        assert records.add(replace(ANSWER, question="半个"), {}) == ""
    assert lines and "半个" not in str(lines)
    monkeypatch.undo()
    assert records.add(ANSWER, {}) and records.recent_questions(9) == [ANSWER.question]
