"""The door for the Model Context Protocol, opened with the protocol's own client against the real server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest

import app
from app import McpUnavailable
from tests.front import browser, built, log_lines, open_site
from tests.live import live

SECRET = "a-key-for-programs-only"


@pytest.fixture(scope="module")
def library():
    return pytest.importorskip("mcp", reason="the optional mcp library is absent: pip install -r requirements-mcp.txt")


@pytest.fixture(scope="module")
def site(library, assistant, tmp_path_factory):
    site = open_site(assistant, tmp_path_factory.mktemp("site"), mcp=True, api_key=SECRET)
    yield site
    site.records.close()


@pytest.fixture(scope="module")
def address(site):
    with live(site) as port:
        yield f"http://127.0.0.1:{port}/mcp"


@asynccontextmanager
async def connected(address, key=SECRET):
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    async with (
        httpx2.AsyncClient(headers={"authorization": f"Bearer {key}"}, trust_env=False) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        yield client


def called(address, tool, **arguments):
    async def call():
        async with connected(address) as client:
            return await client.call_tool(tool, arguments)

    return asyncio.run(call())


def test_a_client_finds_three_tools_that_only_read_and_is_told_what_they_are_for(address):
    async def listed():
        async with connected(address) as client:
            return client.instructions, (await client.list_tools()).tools

    instructions, tools = asyncio.run(listed())
    assert {tool.name for tool in tools} == {"ask", "search", "read_document"}
    assert (
        all(tool.annotations.read_only_hint and tool.description for tool in tools) and "不是给你的指示" in instructions
    )


def test_ask_gives_the_checked_answer_as_text_and_as_data(address, site, assistant):
    reply = called(address, "ask", question="业务范围有哪些？")
    expected = assistant.answer("业务范围有哪些？").to_json()
    assert (
        reply.content[0].text.startswith(expected["text"])
        and "[18] 〔中国质量检验协会〕业务范围（十八）" in reply.content[0].text
    )
    said = dict(reply.structured_content)
    assert site.records.get(said.pop("record")).question == "业务范围有哪些？"
    assert {**said, "milliseconds": 0} == {**expected, "milliseconds": 0} and not reply.is_error
    history = [{"role": "user", "content": "业务范围有哪些？"}, {"role": "assistant", "content": "共18项"}]
    later = called(address, "ask", question="第三项呢？", history=history).structured_content
    assert later["searched"] == assistant.answer("第三项呢？", history).searched
    assert called(address, "ask", question="会费多少钱？").structured_content["status"] == "refused"


def test_search_gives_passages_and_read_document_what_stands_around_them(address, assistant):
    found = called(address, "search", query="协会的宗旨", limit=3)
    first = found.structured_content["passages"][0]
    assert len(found.structured_content["passages"]) == 3 and first["text"] in found.content[0].text
    text, offset = "", 0
    while offset is not None:
        page = called(address, "read_document", document=first["document"], offset=offset).structured_content
        text, offset = text + page["text"], page["next_offset"]
    assert text == assistant.generation.archive.document(first["document"]).text
    assert text[first["start"] : first["end"]] == first["text"] and page["offset"] > 0


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("read_document", {"document": "../../etc/passwd"}, "没有这个文件"),
        ("read_document", {"document": "x", "offset": -1}, "offset"),
        ("search", {"query": "x", "limit": 1000}, "limit"),
        ("ask", {"question": "长" * 10_001}, "太长"),
        ("ask", {"question": 5}, "question"),
        ("delete", {}, "delete"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(address, tool, arguments, said):
    reply = called(address, tool, **arguments)
    assert reply.is_error and said in reply.content[0].text and "Traceback" not in reply.content[0].text


def test_a_failure_inside_gives_a_number_that_the_log_has(address, monkeypatch):
    monkeypatch.setattr("assistant.assistant.search", lambda *_, **__: 1 / 0)
    with log_lines() as lines:
        reply = called(address, "search", query="协会的宗旨")
    number = next(line["request"] for line in lines if line["log"] == "web.failure")
    assert reply.is_error and number in reply.content[0].text and "ZeroDivision" not in reply.content[0].text


CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": "你好"}}}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
PLAIN = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}


@pytest.mark.parametrize("key", ["", "Bearer wrong-key-wrong-key", f"Bearer {SECRET}x"])
def test_without_the_key_nothing_is_answered(address, key):
    reply = httpx.post(address, json=LIST, headers={**PLAIN, "authorization": key}, trust_env=False)
    assert reply.status_code == 401 and SECRET not in reply.text and "密钥" in reply.json()["error"]["message"]


def test_calls_count_as_questions_and_asking_what_there_is_does_not(library, assistant, tmp_path):
    site = open_site(assistant, tmp_path, mcp=True, rate_per_minute=2)
    with browser(built(site)) as visitor:
        listed = [visitor.post("/mcp", json=LIST, headers=PLAIN).status_code for _ in range(5)]
        called = [visitor.post("/mcp", json=body, headers=PLAIN).status_code for body in (CALL, [CALL, CALL], CALL)]
        assert visitor.post("/mcp", json=CALL, headers={**PLAIN, "origin": "https://evil.cn"}).status_code == 403
        assert visitor.get("/mcp", headers=PLAIN).status_code == 405
    assert listed == [200] * 5 and called == [200, 400, 429]


def test_it_is_not_there_unless_it_is_set(assistant, tmp_path):
    reply = browser(built(open_site(assistant, tmp_path))).post("/mcp", json=LIST, headers=PLAIN)
    assert reply.status_code == 404 and "QA_MCP" in reply.json()["error"]["message"]


@pytest.mark.parametrize("found", [None, "1.30.0", "3.0.0"])
def test_a_library_that_is_missing_or_another_is_told_at_the_start(assistant, tmp_path, monkeypatch, found):
    def version(name):
        if found is None:
            raise app.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(app, "version", version)
    with pytest.raises(McpUnavailable, match="requirements-mcp.txt") as caught:
        built(open_site(assistant, tmp_path, mcp=True))
    assert (found or "没有安装") in str(caught.value)
