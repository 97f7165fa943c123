"""The interface for programs: one answer a request, whatever is sent; documents; health."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI

from assistant.assistant import Assistant
from assistant.breaker import FAILURES
from assistant.model import ChatModel
from tests.front import browser, built, log_lines, open_site
from tests.scripted_model import KEY, scripted
from web import answering, api
from web.edge import Edge
from web.site import Site

ASK = {"question": "业务范围有哪些？"}
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def site(assistant, tmp_path_factory):
    site = open_site(assistant, tmp_path_factory.mktemp("site"))
    yield site
    site.records.close()


@pytest.fixture(scope="module")
def visitor(site):
    with browser(built(site)) as visitor:
        yield visitor


def test_a_question_gets_the_answer_the_command_line_gives_and_a_number(visitor, site, assistant):
    reply = visitor.post("/api/ask", json={**ASK, "qid": "7"})
    said = reply.json()
    number = said.pop("record")
    assert reply.status_code == 200 and said.pop("qid") == "7" and reply.headers["cache-control"] == "no-store"
    expected = assistant.answer(ASK["question"]).to_json()
    assert {**said, "milliseconds": 0} == {**expected, "milliseconds": 0}
    assert site.records.get(number).question == ASK["question"]
    assert site.records.get(number).explanation["legs"]


def test_as_a_stream_the_same_answer_comes_in_one_event(visitor):
    plain = visitor.post("/api/ask", json={**ASK, "qid": "7"}).json()
    reply = visitor.post("/api/ask", json={**ASK, "qid": "7"}, headers={"accept": "text/event-stream"})
    assert (
        reply.headers["content-type"].startswith("text/event-stream") and reply.headers["cache-control"] == "no-store"
    )
    [name, data] = reply.text.strip().split("\n")
    said = json.loads(data.removeprefix("data: "))
    assert name == "event: done" and said.pop("record") != plain.pop("record")
    assert {**said, "milliseconds": 0} == {**plain, "milliseconds": 0}


def test_history_and_scope_are_read_as_in_a_batch(visitor, assistant):
    document = assistant.generation.archive.document_ids[0]
    history = [{"role": "user", "content": "业务范围有哪些？"}, {"role": "assistant", "content": "共18项"}]
    asked = {"question": "第三项呢？", "history": history, "scope_doc_ids": [document]}
    said = visitor.post("/api/ask", json=asked).json()
    assert said["searched"] == assistant.answer("第三项呢？", history, [document]).searched
    assert visitor.post("/api/ask", json={**ASK, "scope_doc_ids": ["no-such"]}).json()["hits"] == []
    assert (
        visitor.post("/api/ask", json={**ASK, "history": None, "scope_doc_ids": None, "qid": None}).status_code == 200
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b"[" * 200_000, 400, "bad_json"),
        (b"[]", 422, "bad_request"),
        (b"null", 422, "bad_request"),
        (b"{}", 422, "bad_request"),
        (b'{"question": 5}', 422, "bad_request"),
        (b'{"question": null}', 422, "bad_request"),
        (b'{"question": ["x"]}', 422, "bad_request"),
        (b'{"question": "x", "history": "x"}', 422, "bad_request"),
        (b'{"question": "x", "history": [1]}', 422, "bad_request"),
        (b'{"question": "x", "history": [{"role": "system", "content": "x"}]}', 422, "bad_request"),
        (b'{"question": "x", "history": [{"role": "user", "content": 1}]}', 422, "bad_request"),
        (b'{"question": "x", "scope_doc_ids": "x"}', 422, "bad_request"),
        (b'{"question": "x", "scope_doc_ids": [1]}', 422, "bad_request"),
        (b'{"question": "x", "qid": {"a": 1}}', 422, "bad_request"),
        (json.dumps({"question": "长" * 10_001}).encode(), 413, "too_long"),
        (b'{"question": "' + b"x" * 300_000 + b'"}', 413, "too_large"),
    ],
)
def test_what_cannot_be_answered_is_explained(visitor, body, status, code):
    reply = visitor.post("/api/ask", content=body, headers=JSON)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (status, code)
    assert any("\u4e00" <= c <= "\u9fff" for c in error["message"])


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_only_json_is_read(visitor, kind):
    reply = visitor.post("/api/ask", content=b'{"question": "x"}', headers={"content-type": kind})
    assert reply.status_code == 415


@pytest.mark.parametrize(
    "question",
    ["", " ", "？", "长" * 10_000, "\ud800", "\0", "a\u202eb", "'; DROP TABLE records;--", "{{7*7}}", "😀" * 400],
)
def test_every_other_question_gets_a_reply(visitor, question):
    reply = visitor.post("/api/ask", content=json.dumps({"question": question}), headers=JSON)
    assert reply.status_code == 200 and reply.json()["text"]


def test_a_number_is_missing_rather_than_the_answer(visitor, site, monkeypatch):
    monkeypatch.setattr(type(site.records), "_insert", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    assert visitor.post("/api/ask", json=ASK).json()["record"] == ""


@pytest.mark.parametrize("stage", ["understand", "look_up", "search", "verified", "citations", "rendered"])
def test_a_failure_in_any_stage_gives_a_sentence_and_a_number_found_in_the_log(visitor, monkeypatch, stage):
    def fails(*_, **__):
        raise RuntimeError("inside")

    monkeypatch.setattr(f"assistant.assistant.{stage}", fails)
    with log_lines() as lines:
        reply = visitor.post("/api/ask", json=ASK)
    message = reply.json()["error"]["message"]
    assert reply.status_code == 500 and "抱歉" in message and "inside" not in reply.text
    failure = next(line for line in lines if line["log"] == "web.failure")
    assert failure["request"] in message and "inside" in failure["traceback"]


def test_more_askers_than_places_are_asked_to_come_back(site, monkeypatch):
    monkeypatch.setattr(answering, "ANSWERING", 0)
    monkeypatch.setattr(answering, "WAITING", 0)
    with browser(built(site)) as visitor:
        reply = visitor.post("/api/ask", json=ASK)
    assert reply.status_code == 503 and "稍等" in reply.json()["error"]["message"]


# --- documents ------------------------------------------------------------------------------------------------------


def test_documents_are_listed_in_pieces(visitor, assistant):
    listed = visitor.get("/api/documents").json()
    assert [found["id"] for found in listed["documents"]] == list(assistant.generation.archive.document_ids)
    assert listed["total"] == 1 and listed["documents"][0]["works"][1]["date"] == "2018-09-02"
    assert visitor.get("/api/documents?offset=1").json()["documents"] == []
    assert visitor.get("/api/documents?limit=many").json()["error"]["code"] == "bad_request"


def test_a_document_is_the_one_the_command_line_shows(visitor, assistant):
    id, data = assistant.generation.archive.document_ids[0], assistant.generation.path.parents[1]
    command = [sys.executable, "-m", "ingest", "show", id, "--json", "--data", data]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    assert visitor.get(f"/api/documents/{id}").json() == json.loads(shown.stdout)


@pytest.mark.parametrize("id", ["no-such.txt", "../app.py", "..%2f..%2fetc%2fpasswd", "%00", "a/b/c", "x" * 3000])
def test_there_is_no_other_document(visitor, id):
    reply = visitor.get(f"/api/documents/{id}")
    assert reply.status_code == 404 and reply.json()["error"]["code"] == "not_found"


def test_there_is_no_other_interface(visitor):
    for method, path in (("GET", "/api/"), ("GET", "/api/ask"), ("PUT", "/api/documents"), ("GET", "/api/records")):
        assert visitor.request(method, path).json()["error"]["code"] == "not_found"


# --- health ---------------------------------------------------------------------------------------------------------


def test_it_is_alive_and_ready(visitor, assistant):
    assert visitor.get("/healthz").json() == {"status": "ok"}
    assert visitor.get("/readyz").json() == {
        "status": "ready",
        "generation": assistant.generation.name,
        "records": True,
    }


def test_a_model_that_rests_is_seen_without_a_word_to_it(site, generation):
    with scripted() as endpoint:
        model = ChatModel.open("scripted", endpoint.url, KEY)
        modelled = dataclasses.replace(site, assistant=lambda: Assistant(generation, model))
        with browser(Edge(_only_api(modelled), site.settings)) as visitor:
            assert visitor.get("/readyz").json()["model"] is True
        for _ in range(FAILURES):
            model.breaker.failed()
        with browser(Edge(_only_api(modelled), site.settings)) as visitor:
            reply = visitor.get("/readyz")
        assert reply.status_code == 200 and reply.json()["model"] is False, "answers still go out"
        model.close()


def test_a_broken_index_turns_the_light_red(site, assistant):
    class Broken:
        generation = assistant.generation

        def answer(self, asked):
            raise OSError("index gone")

    broken = dataclasses.replace(site, assistant=lambda: Broken())
    with browser(Edge(_only_api(broken), site.settings)) as visitor:
        reply = visitor.get("/readyz")
    assert reply.status_code == 503 and reply.json()["status"] == "failing" and reply.json()["error"]


def _only_api(site: Site) -> FastAPI:
    app = FastAPI()
    app.include_router(api.api_router(site))
    return app
