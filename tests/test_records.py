"""Numbers, links, masks, deletion; many at once; a process killed while it writes; a disk that does not."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, select, text

from assistant.answer import Answer, Citation, Quote, Statement
from tests.front import log_lines
from tests.postgres import records_url
from vectorstore.passage import Passage
from web import database, tables
from web import records as module
from web.database import RecordsUnavailable
from web.masking import masked
from web.records import ALPHABET, Records
from web.staff.ledger import Ledger, Wanted

ANSWER = Answer("业务范围有哪些？", "业务范围有哪些?", "refused", "没有找到。", generation="g")


def everything(records: Records) -> str:
    """All that the database holds."""
    with records.database.read() as connection:
        return "".join(str(connection.execute(select(table)).all()) for table in tables.tables.sorted_tables)


@pytest.fixture
def records(tmp_path):
    opened = Records.open(records_url(tmp_path / "data"))
    yield opened
    opened.close()


def test_a_record_comes_back_as_it_went_in(records):
    number = records.add(ANSWER, {"legs": {"p": {"words": 0.5}}})
    record = records.get(number)
    assert record.question == ANSWER.question and record.answer == ANSWER.to_json()
    assert record.explanation == {"legs": {"p": {"words": 0.5}}}
    assert timedelta(0) <= datetime.now(UTC) - record.created < timedelta(minutes=2)
    assert (record.token, record.expires, record.liked, record.reason) == ("", None, None, "")


def test_a_number_can_be_read_out_and_written_down_anyhow(records):
    number = records.add(ANSWER, {})
    assert re.fullmatch(f"[{ALPHABET}]{{8}}", number)
    assert records.get(f" {number[:4].lower()}-{number[4:]} ".replace("0", "o").replace("1", "l")).number == number
    for number in ("nothing", "", "\0", "\ud800", "长" * 9999):
        assert records.get(number) is None and records.shared(number) is None
        assert not records.feedback(number, True) and records.share(number, 1) == ""
        assert not records.withdraw(number) and not records.delete(number)


# --- personal numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("我的电话13800138000，请回电", "我的电话〔手机号〕，请回电"),
        ("+86 138-0013-8000", "〔手机号〕"),
        ("１３８００１３８０００", "〔手机号〕"),
        ("138 0013 8000或139.1234.5678", "〔手机号〕或〔手机号〕"),
        ("138\u200b0013\u200b8000", "〔手机号〕"),
        ("010-68018888", "〔电话〕"),
        ("（010）６８０１８８８８", "〔电话〕"),
        ("0755 8888 6666", "〔电话〕"),
        ("身份证11010519491231002X。", "身份证〔证件号〕。"),
        ("11010519491231002x", "〔证件号〕"),
        ("110105194912310021", "〔证件号〕"),
        ("110105 19491231 0021", "〔证件号〕"),
        ("卡号6222021318001234567", "卡号〔银行卡号〕"),
        ("6222 0213 1800 1234", "〔银行卡号〕"),
        ("邮箱是zhang.san@example.com.cn吗", "邮箱是〔邮箱〕吗"),
        ("ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "〔邮箱〕"),
    ],
)
def test_personal_numbers_are_masked(said, kept):
    assert masked(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "2018年9月2日",
        "2018-09-02至2019-01-02",
        "第120条第3款",
        "共18项，5000元",
        "20180902",
        "GB/T 19001-2016",
        "12345",
        "400-810-1234",
        "",
    ],
)
def test_other_numbers_stay(said):
    assert masked(said) == said


def test_nothing_that_repeats_the_visitor_s_numbers_is_stored(records, tmp_path):
    asked = "我是13800138000，身份证11010519491231002X，卡6222021318001234567，zs@example.com，会费多少？"
    answer = dataclasses.replace(
        ANSWER, question=asked, searched=asked, notices=("已查找：13800138000",), asked="13800138000"
    )
    words = {
        "words": ["13800138000", "会费"],
        "grams": ["13", "380", "01"],
        "terms": {"13800138000": 2.5},
        "deep": [{"q": asked}],
    }
    number = records.add(answer, words)
    records.feedback(number, False, "打13800138000找我")
    kept = everything(records) + "".join(path.read_text("latin-1") for path in tmp_path.rglob("records.db*"))
    assert number in kept
    for personal in ("13800138000", "11010519491231002X", "6222021318001234567", "zs@example", '"380"'):
        assert personal not in kept
    record = records.get(number)
    assert record.explanation["words"][1] == "会费" and "会费多少" in record.question
    assert record.reason == "打〔手机号〕找我"


def test_the_number_a_document_publishes_stays_in_the_answer(records):
    text = "联系电话：010-68018888。"
    passage = Passage("p", "d", "d", 0, None, "通知", "", "一", (), text, 0, len(text))
    quote = Quote(passage, 0, len(text))
    answer = dataclasses.replace(
        ANSWER, question="010-68018888是哪里？", status="answered", text=text + "[1]",
        statements=(Statement(text, (quote,)),), citations=(Citation(1, quote, "一"),),
    )  # fmt: skip
    kept = records.get(records.add(answer, {})).answer
    assert kept["question"] == "〔电话〕是哪里？"
    assert kept["citations"][0]["quote"] == kept["statements"][0]["text"] == text


# --- links ----------------------------------------------------------------------------------------------------------


def test_a_link_is_long_stays_the_same_and_can_be_withdrawn(records):
    number = records.add(ANSWER, {})
    token = records.share(number, 30)
    assert len(token) == 32 and records.share(number, 30) == token
    assert records.shared(token).number == number
    assert timedelta(days=29) < records.shared(token).expires - datetime.now(UTC) <= timedelta(days=30)
    assert records.withdraw(number) and not records.withdraw(number)
    assert records.shared(token) is None and records.get(number).token == ""
    assert records.share(number, 30) != token, "what was withdrawn never opens again"


def test_a_link_ends_by_itself_and_a_new_one_can_be_made(records):
    number = records.add(ANSWER, {})
    token = records.share(number, 0)
    assert records.shared(token) is None
    fresh = records.share(number, 1)
    assert fresh != token and records.shared(fresh).number == number


def test_there_is_no_link_to_nothing(records):
    assert records.share("NOTHING0", 3) == "" and records.shared("") is None and records.shared("x") is None


# --- going away -----------------------------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_what_was_deleted_is_in_no_file_any_more(records, tmp_path):
    number = records.add(dataclasses.replace(ANSWER, question="独一无二的问题"), {})
    assert records.delete(number) and not records.delete(number)
    assert records.get(number) is None
    assert "独一无二".encode() not in b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())


def test_records_go_after_the_promised_days_and_not_before(records):
    number, now = records.add(ANSWER, {}), datetime.now(UTC)
    assert records.expire(90, now + timedelta(days=89)) == 0 and records.get(number)
    assert records.expire(90, now + timedelta(days=91)) == 1 and records.get(number) is None


def test_an_ended_link_is_forgotten_with_the_daily_round(records):
    number = records.add(ANSWER, {})
    records.share(number, 1)
    records.expire(90, datetime.now(UTC) + timedelta(days=2))
    assert records.get(number).token == ""


# --- trouble --------------------------------------------------------------------------------------------------------


def test_fifty_visitors_at_once_get_fifty_numbers(records):
    with ThreadPoolExecutor(50) as visitors:
        numbers = list(
            visitors.map(lambda n: records.add(dataclasses.replace(ANSWER, question=f"问题{n}"), {}), range(500))
        )
    assert len(set(numbers)) == 500 and "" not in numbers
    assert records.get(numbers[123]).question == "问题123"


def test_a_taken_number_is_not_given_twice(records, monkeypatch):
    letters = iter("AAAAAAAA" + "AAAAAAAA" + "BBBBBBBB")
    monkeypatch.setattr(module.secrets, "choice", lambda _: next(letters))
    assert [records.add(ANSWER, {}), records.add(ANSWER, {})] == ["AAAAAAAA", "BBBBBBBB"]


@pytest.mark.parametrize("odd", ["\ud800半个字", "NUL\0在内", "🀄" * 9, "'; DROP TABLE records; --", "\\u0000"])
def test_whatever_is_asked_can_be_kept(records, odd):
    number = records.add(
        dataclasses.replace(ANSWER, question=odd, searched=odd), {"asked": odd, "n": float("nan"), "o": object()}
    )
    assert number and records.get(number)


@pytest.mark.sqlite
def test_a_locked_database_costs_the_number_not_the_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    path = tmp_path / "records.db"
    records = Records.open(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with log_lines() as lines:
        secret = dataclasses.replace(ANSWER, question="绝密问题")
        assert records.add(secret, {}) == "" and not records.feedback("X", True) and records.share("X", 1) == ""
    assert len(lines) == 3 and "locked" in lines[0]["message"] and "绝密" not in str(lines)
    other.execute("ROLLBACK")
    other.close()
    assert records.add(ANSWER, {})
    records.close()


@pytest.mark.sqlite
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_costs_the_number_not_the_answer(tmp_path):
    records = Records.open(f"sqlite:///{tmp_path / 'records.db'}")
    with records.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql("ROLLBACK")
    limit = f"PRAGMA max_page_count = {pages}"  # SQLite says "database or disk is full" beyond it
    database.event.listen(records.database.engine, "checkout", lambda raw, *_: raw.execute(limit))
    with log_lines() as lines:
        numbers = [records.add(dataclasses.replace(ANSWER, text="长" * 9000), {}) for _ in range(3)]
    assert numbers == [""] * 3 and "full" in lines[0]["message"]
    records.close()


@pytest.mark.sqlite
def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    with log_lines() as lines:
        records = Records.open(f"sqlite:///{tmp_path / 'file' / 'records.db'}")
        assert records.add(ANSWER, {}) == "" and not records.database.working()
    assert lines and all(line["level"] == "error" for line in lines)
    records.close()


@pytest.mark.sqlite
def test_a_damaged_file_stops_nothing(tmp_path):
    (tmp_path / "records.db").write_bytes(b"no database " * 999)
    records = Records.open(f"sqlite:///{tmp_path / 'records.db'}")
    assert records.add(ANSWER, {}) == "" and not records.database.working()
    records.close()


@pytest.mark.parametrize(
    ("url", "word"), [("records.db", "QA_RECORDS_URL"), ("nosuch://x/y", "驱动"), ("postgresql+psycopg://x/y", "驱动")]
)
def test_a_wrong_address_is_explained(url, word):
    with pytest.raises(RecordsUnavailable) as problem:
        Records.open(url)
    assert word in str(problem.value)


def test_a_later_version_adds_to_an_earlier_one_and_is_never_opened_by_it(tmp_path, monkeypatch):
    url = records_url(tmp_path)
    first = Records.open(url)
    number = first.add(ANSWER, {})
    first.close()
    later = (
        *tables.STEPS,
        lambda connection: connection.exec_driver_sql("ALTER TABLE records ADD COLUMN marked TEXT"),
    )
    with monkeypatch.context() as patch:
        patch.setattr(tables, "STEPS", later)
        second = Records.open(url)
        assert second.get(number).number == number
        second.close()
    with pytest.raises(RecordsUnavailable, match="升级"):
        Records.open(url)


def test_the_first_database_there_was_becomes_the_present_one(tmp_path):
    """Everything a record of version 1 says of itself is where records are now looked up by it."""
    url, said = records_url(tmp_path), {**ANSWER.to_json(), "writer": "作" * 100, "milliseconds": {"total": 12.5}}
    said["citations"] = [{"document": "a.txt", "title": "办法", "label": "第一条"}]
    old = create_engine(url)
    with old.begin() as connection:
        tables.version.create(connection)
        connection.execute(tables.version.insert().values(version=1))
        tables.STEPS[0](connection)
        connection.execute(
            text("INSERT INTO records (number, created, question, answer, explanation, liked, reason) VALUES ('7K3M9Q0A', '2026-01-01T00:00:00Z', '问', :answer, '{}', NULL, '')"),
            {"answer": json.dumps(said)},
        )  # fmt: skip
    old.dispose()
    records = Records.open(url)
    kept = records.get("7K3M9Q0A")
    assert (kept.status, kept.verdict, kept.margin, kept.liked) == ("refused", "", None, None)
    with records.database.read() as connection:
        assert connection.execute(select(tables.records.c.writer, tables.records.c.milliseconds)).one() == (
            "作" * 80,
            12.5,
        )
        assert connection.execute(select(tables.cited)).one() == ("7K3M9Q0A", "a.txt", "办法", "第一条")
    assert Ledger(records.database).page(Wanted(document="a.txt")) == [kept]
    records.close()


def test_programs_that_start_at_once_on_an_empty_database_all_find_it_ready(tmp_path):
    with ThreadPoolExecutor(8) as programs:
        opened = list(programs.map(Records.open, [records_url(tmp_path)] * 8))
    assert all(records.add(ANSWER, {}) for records in opened)
    assert len(opened[0].recent_questions(9)) == 1
    for records in opened:
        records.close()


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path, monkeypatch):
    url = records_url(tmp_path)
    Records.open(url).close()

    def half(connection):
        connection.exec_driver_sql("ALTER TABLE records ADD COLUMN half TEXT")
        connection.exec_driver_sql("no such statement")

    with monkeypatch.context() as patch:
        patch.setattr(tables, "STEPS", (*tables.STEPS, half))
        broken = Records.open(url)
        assert not broken.database.working()
        broken.close()
    records = Records.open(url)
    assert records.add(ANSWER, {})
    records.close()


def test_the_steps_lead_to_the_tables_as_they_are_used(records):
    found = inspect(records.database.engine)
    for table in tables.tables.sorted_tables:
        assert {column["name"] for column in found.get_columns(table.name)} == set(table.columns.keys()), table.name


WRITER = """
import sys
from assistant.answer import Answer
from web.records import Records
records = Records.open(sys.argv[1])
while True:
    number = records.add(Answer("问题", "问题", "refused", "没有找到。" * 50), {})
    records.share(number, 3)
    print(number, flush=True)
"""


@pytest.mark.sqlite
def test_a_process_killed_while_writing_leaves_a_sound_database(tmp_path):
    url, told = f"sqlite:///{tmp_path / 'records.db'}", []
    for round in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
        )
        told += [writer.stdout.readline().strip() for _ in range(5 + 7 * round)]
        time.sleep(0.013 * round)
        os.kill(writer.pid, signal.SIGKILL)
        told += [line.strip() for line in writer.stdout.read().splitlines() if len(line.strip()) == 8]
        writer.wait()
        writer.stdout.close()
    with sqlite3.connect(tmp_path / "records.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    records = Records.open(url)
    assert len(told) > 30 and all(records.get(number) and records.get(number).token for number in told)
    assert records.add(ANSWER, {})
    records.close()
