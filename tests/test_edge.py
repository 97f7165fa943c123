"""Who may ask, from where, how much and how often; what every reply carries; what the log says of it."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from assistant.assistant import Assistant
from tests.front import HOME, browser, built, log_lines, open_site
from vectorstore.settings import BadSettings
from web import limits
from web.edge import Edge
from web.limits import BODY_BYTES, Limiter
from web.logs import JsonLines
from web.policies import CSP
from web.settings import WebSettings

ASK = {"question": "业务范围有哪些？"}


def settings(**given: Any) -> WebSettings:
    return WebSettings.read(**given)


def small(
    reply: Callable[[Request], Response] | None = None, *, asking=frozenset(), now=None, rewrite=None, **given
) -> Edge:
    """The edge around an app of one answer."""

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        response = reply(request) if reply else JSONResponse({"path": request.url.path, "client": request.client.host})
        await response(scope, receive, send)

    options = {"now": now} if now else {}
    return Edge(answers, settings(**given), asking=asking, rewrite=rewrite or (lambda page: page), **options)


# --- from where -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:7860", "[::1]:7860", "QA.example.cn", "qa.example.cn.", "qa.example.cn:8443"]
)
def test_a_name_of_ours_is_let_in(host):
    visitor = browser(small(hosts="qa.example.cn"))
    assert visitor.get("/d/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.cn",
        "qa.example.cn.evil.cn",
        "127.0.0.1.evil.cn",
        "evil.cn#127.0.0.1",
        "evil.cn@127.0.0.1",
        "127.0.0.1/x",
        "",
        "[::1",
        "localhost:port",
    ],
)
def test_another_host_is_told_so_kindly(host):
    reply = browser(small(hosts="qa.example.cn")).get("/d/", headers={"host": host, "accept": "text/html"})
    assert reply.status_code in (400, 421)
    assert "请" in reply.text and 'lang="zh-CN"' in reply.text and "evil" not in reply.text


def test_a_machine_may_ask_for_health_under_any_name():
    assert browser(small()).get("/healthz", headers={"host": "10.2.3.4:7860"}).status_code == 200


def test_two_host_headers_are_one_too_many():
    reply = browser(small()).get("/", headers=[("host", "127.0.0.1"), ("host", "evil.cn")])
    assert reply.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.cn"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:7861"},
        {"origin": "http://127.0.0.1:7860.evil.cn"},
        {"origin": "https://127.0.0.1:7860"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": HOME, "sec-fetch-site": "cross-site"},
        {"referer": "https://evil.cn/form.html"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_request_from_another_site_does_nothing(headers, method):
    asked = []
    visitor = browser(small(lambda request: asked.append(request) or JSONResponse({})))
    reply = visitor.request(method, "/api/ask", headers=headers, json=ASK)
    assert reply.status_code == 403 and "没有执行" in reply.json()["error"]["message"]
    assert not asked


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": HOME},
        {"sec-fetch-site": "same-origin"},
        {"referer": HOME + "/"},
        {"origin": "https://qa.example.cn"},
    ],
)
def test_a_request_from_our_own_page_or_from_a_program_passes(headers):
    visitor = browser(small(site_url="https://qa.example.cn/"))
    assert visitor.post("/api/ask", headers=headers, json=ASK).status_code == 200


def test_no_reply_ever_invites_another_site():
    generous = small(
        lambda request: Response(headers={"access-control-allow-origin": "https://evil.cn", "server": "x/1"})
    )
    reply = browser(generous).get("/", headers={"origin": "https://evil.cn"})
    assert not any(name.startswith("access-control") or name == "server" for name in reply.headers)


# --- other sites that are on the list -------------------------------------------------------------------------------

LISTED, OTHER = "https://www.a.cn", "https://www.b.cn"


def framing(app: Edge, path: str) -> tuple[str, str]:
    headers = browser(app).get(path, headers={"origin": LISTED}).headers
    policy = re.search("frame-ancestors ([^;]*)", headers["content-security-policy"])
    return policy[1] if policy else "", headers.get("x-frame-options", "")


def test_a_listed_site_frames_the_conversation_and_its_documents_and_nothing_else():
    open_to_one = small(embed=f"{LISTED}:443, http://localhost:8000")
    allowed = f"'self' http://localhost:8000 {LISTED}"
    for path in ("/", "/d/", "/d/notice.txt"):
        assert framing(open_to_one, path) == (allowed, "") and framing(small(), path) == ("'self'", "SAMEORIGIN")
    for path in ("/a/x", "/privacy", "/signin", "/style.css", "/api/documents", "/v1/models", "/gradio_api/queue/data"):
        assert framing(open_to_one, path) == ("'self'", "SAMEORIGIN")
    for path in ("/staff/", "/maintain/", "/staff/records"):
        assert LISTED not in str(framing(open_to_one, path)) and framing(open_to_one, path)[1] == "DENY"


def asked_from(origin: str, path: str = "/api/ask", method: str = "POST") -> Any:
    headers = {"origin": origin, "sec-fetch-site": "cross-site"}
    visitor = browser(small(embed=LISTED, rate_per_minute=2))
    return visitor.request(method, path, headers=headers, json=ASK if method == "POST" else None)


def test_a_page_of_a_listed_site_may_ask_and_read_the_reply_even_a_refusal():
    assert asked_from(LISTED).headers["access-control-allow-origin"] == LISTED
    before = asked_from(LISTED, method="OPTIONS")
    assert before.status_code == 204 and before.headers["access-control-allow-methods"] == "GET, POST"
    visitor = browser(small(embed=LISTED, rate_per_minute=1))
    replies = [visitor.post("/api/ask", json=ASK, headers={"origin": LISTED}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 429]
    assert all(reply.headers["access-control-allow-origin"] == LISTED for reply in replies)
    assert all("access-control-allow-credentials" not in reply.headers for reply in replies)


@pytest.mark.parametrize("origin", [OTHER, "null", f"{LISTED}.evil.cn", "http://www.a.cn", f"{LISTED}:8443", "*"])
def test_a_page_of_any_other_site_may_not(origin):
    assert asked_from(origin).status_code == 403 and asked_from(origin, method="OPTIONS").status_code == 400
    assert "access-control-allow-origin" not in asked_from(origin, "/api/documents", "GET").headers


@pytest.mark.parametrize("path", ["/signin", "/gradio_api/queue/join", "/v1/chat/completions", "/staff/records/x"])
def test_being_listed_opens_no_other_door(path):
    assert asked_from(LISTED, path).status_code == 403
    assert "access-control-allow-origin" not in asked_from(LISTED, path, "GET").headers


@pytest.mark.parametrize(
    "sites",
    ["*", "https://*.a.cn", "www.a.cn", "https://a.cn/x", "https://a.cn; script-src *", "'none'", "null", "data:",
     "https://u@a.cn", "https://a.cn:99999", "https://a.cn:0", "https://a.cn https://b.cn", "https://协会.cn",
     "https://a.cn\r\nx: y", "javascript:alert(1)", "https://a.cn?", "https://", "https://a.cn,*"],
)  # fmt: skip
def test_what_is_no_site_is_refused_at_the_start_with_what_to_write(sites):
    with pytest.raises(BadSettings, match=r"QA_EMBED 无效.*https://www\.example\.cn"):
        settings(embed=sites)


def test_the_script_is_there_only_when_a_site_is_listed(assistant, tmp_path):
    for sites, status in (("", 404), (LISTED, 200)):
        site = open_site(assistant, tmp_path / str(status), embed=sites)
        reply = browser(built(site)).get("/embed.js", headers={"accept": "*/*", "sec-fetch-site": "cross-site"})
        assert reply.status_code == status
        assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
        site.records.close()


# --- what a reply carries -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/nowhere", "/gradio_api/upload"])
def test_every_reply_carries_number_and_policy(path):
    reply = browser(small()).get(path)
    assert re.fullmatch("[0-9a-f]{10}", reply.headers["x-request-id"])
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in reply.headers["content-security-policy"]
    assert reply.headers["referrer-policy"] == "same-origin"


def test_a_page_that_needs_no_script_is_allowed_none():
    visitor = browser(small())
    assert "script-src 'self' 'unsafe-inline'" in visitor.get("/").headers["content-security-policy"]
    assert "script" not in visitor.get("/d/notice.txt").headers["content-security-policy"]


def test_a_policy_of_the_page_stands():
    own = small(lambda request: Response(headers={"content-security-policy": "default-src 'none'"}))
    assert browser(own).get("/").headers["content-security-policy"] == "default-src 'none'" != CSP


def test_https_is_remembered_only_when_a_trusted_proxy_says_so():
    said = {"x-forwarded-proto": "https"}
    assert "strict-transport-security" not in browser(small()).get("/", headers=said).headers
    assert "strict-transport-security" in browser(small(trusted_proxies="127.0.0.1")).get("/", headers=said).headers


def test_the_library_s_page_is_mended_and_compressed():
    page = small(
        lambda request: HTMLResponse('<html lang="en">' + "页" * 500),
        rewrite=lambda html: html.replace('"en"', '"zh-CN"'),
    )
    reply = browser(page).get("/", headers={"accept-encoding": "gzip"})
    assert reply.text.startswith('<html lang="zh-CN">')
    assert reply.headers["content-encoding"] == "gzip" and int(reply.headers["content-length"]) < 200
    assert browser(page).get("/d/").text.startswith('<html lang="en">')


def test_a_prefix_may_be_taken_off_by_the_proxy_or_left_on():
    seen = []
    visitor = browser(
        small(
            lambda request: seen.append((request.scope["root_path"], request.url.path)) or Response(), root_path="qa/"
        )
    )
    for path in ("/d/x", "/qa/d/x"):
        assert visitor.get(path).status_code == 200
    assert set(seen) == {("/qa", "/qa/d/x")}
    assert visitor.get("/qa/gradio_api/upload").status_code == 404
    assert visitor.get("/qa", follow_redirects=False).headers["location"] == "/qa/"


# --- how much -------------------------------------------------------------------------------------------------------


def test_five_megabytes_are_too_much_declared_or_not():
    visitor = browser(small())
    five = b" " * 5_000_000
    for body in (five, iter([five[:100_000]] * 50)):
        reply = visitor.post("/api/ask", content=body, headers={"content-type": "application/json"})
        assert reply.status_code == 413 and "太长" in reply.json()["error"]["message"]


def test_a_quarter_of_a_megabyte_is_not():
    assert browser(small()).post("/api/ask", content=b" " * BODY_BYTES).status_code == 200


@pytest.mark.parametrize("length", ["-1", "1e3", "１２", "5, 5", ""])
def test_a_length_that_is_no_number_is_refused(length):
    reply = browser(small()).post("/api/ask", content=b"{}", headers=[("content-length", length.encode())])
    assert reply.status_code in (400, 413)


def test_who_sends_too_slowly_is_asked_to_begin_again(monkeypatch):
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)
    sent: list[Message] = []
    asyncio.run(_visit(small(), sent, receive=_never))
    assert sent[0]["status"] == 408


def test_a_stream_passes_piece_by_piece():
    """The second piece is made only after the first has arrived."""
    arrived = asyncio.Event()

    async def pieces():
        yield b"data: 1\n\n"
        await asyncio.wait_for(arrived.wait(), 2)
        yield b"data: 2\n\n"

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if message.get("body"):
            arrived.set()

    app = small(lambda request: StreamingResponse(pieces(), media_type="text/event-stream"))
    asyncio.run(_visit(app, sent, send=send))
    assert [message.get("body") for message in sent[1:3]] == [b"data: 1\n\n", b"data: 2\n\n"]


# --- how often ------------------------------------------------------------------------------------------------------


def test_the_question_after_the_last_allowed_one_waits():
    clock = [0.0]
    visitor = browser(small(rate_per_minute=3, now=lambda: clock[0]))
    assert [visitor.post("/api/ask", json=ASK).status_code for _ in range(4)] == [200, 200, 200, 429]
    reply = visitor.post("/api/ask", json=ASK)
    assert 1 <= int(reply.headers["retry-after"]) <= 21 and "稍等" in reply.json()["error"]["message"]
    clock[0] += 21
    assert visitor.post("/api/ask", json=ASK).status_code == 200
    assert visitor.get("/").status_code == 200, "reading is never limited"


def test_one_visitor_s_haste_is_not_another_s():
    app = small(rate_per_minute=1)
    assert [
        browser(app, address).post("/api/ask", json=ASK).status_code for address in ("9.9.9.9", "9.9.9.9", "9.9.9.8")
    ] == [200, 429, 200]


def test_neighbours_in_one_ipv6_network_are_one_client():
    app = small(rate_per_minute=1)
    assert [
        browser(app, a).post("/api/ask", json=ASK).status_code
        for a in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
    ] == [200, 429, 200]


def test_only_a_trusted_proxy_says_who_asks():
    def asks(app: Edge, forwarded: str) -> str:
        return browser(app).post("/api/ask", json=ASK, headers={"x-forwarded-for": forwarded}).json()["client"]

    assert asks(small(), "8.8.8.8") == "127.0.0.1"
    behind = small(trusted_proxies="127.0.0.1, 10.0.0.0/8")
    assert asks(behind, "8.8.8.8") == "8.8.8.8"
    assert asks(behind, "1.1.1.1, 8.8.8.8, 10.1.2.3") == "8.8.8.8", (
        "what the visitor wrote before the proxy's own entry is not believed"
    )
    assert asks(behind, "unknown") == "127.0.0.1"


def test_opening_the_page_and_giving_an_opinion_is_not_asking():
    app = small(rate_per_minute=1, asking=frozenset({3}))
    visitor = browser(app)
    join = "/gradio_api/queue/join"
    assert [visitor.post(join, json={"fn_index": 5}).status_code for _ in range(5)] == [200] * 5
    assert [visitor.post(join, json={"fn_index": 3}).status_code for _ in range(2)] == [200, 429]
    assert [visitor.post(join, content=b"[" * 9999).status_code for _ in range(9)][-1] == 429, "but it is not free"


def test_the_limiter_remembers_only_so_many():
    limiter = Limiter(30)
    for n in range(limits.CLIENTS + 100):
        limiter.wait(str(n))
    assert len(limiter._buckets) == limits.CLIENTS


def test_a_full_queue_is_said_in_chinese():
    app = small(lambda request: JSONResponse({"detail": "Queue is full."}, 503))
    reply = browser(app).post("/gradio_api/queue/join", json={})
    assert reply.status_code == 429 and "稍等" in reply.json()["detail"] and "retry-after" in reply.headers


# --- failures and the log -------------------------------------------------------------------------------------------


def _fails(request: Request) -> Response:
    raise RuntimeError("密钥 13800138000")


@pytest.mark.parametrize("failing", [_fails, lambda request: PlainTextResponse("Internal Server Error: secret", 500)])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_failure_inside_gives_a_sentence_and_a_number_and_no_more(failing, accept):
    with log_lines() as lines:
        reply = browser(small(failing)).get("/d/", headers={"accept": accept})
    number = reply.headers["x-request-id"]
    assert reply.status_code == 500 and "抱歉" in reply.text and number in reply.text
    assert not any(word in reply.text for word in ("Traceback", "RuntimeError", "secret", "密钥"))
    assert number in [line["request"] for line in lines]


def test_the_traceback_is_in_the_log_under_the_number_without_personal_numbers():
    with log_lines() as lines:
        reply = browser(small(_fails)).get("/d/")
    failure = next(line for line in lines if line["log"] == "web.failure")
    assert failure["request"] == reply.headers["x-request-id"]
    assert "RuntimeError: 密钥 〔手机号〕" in failure["traceback"] and "_fails" in failure["traceback"]


@pytest.mark.parametrize(
    "forged",
    [
        '/x\n{"status": 200}',
        "/x\r\n\r\n2026",
        "/\x1b[31mred",
        "/a\u2028b",
        "/\u202egnol",
        "/" + "长" * 5000,
        "/\x00\x85\x9b31m",
    ],
)
def test_a_log_line_cannot_be_forged(forged):
    sent: list[Message] = []
    with log_lines() as lines:
        asyncio.run(_visit(small(), sent, path=forged, headers=[(b"user-agent", b'x\n{"a":1}')]))
    assert len(lines) == 1 and lines[0]["status"] == 200
    assert len(lines[0]["path"]) <= 200


def test_the_written_line_holds_no_control_character():
    written = JsonLines().format(logging.makeLogRecord({"msg": "\x1b[2J\n\u202e\x9b"}))
    assert json.loads(written)["message"] == "\x1b[2J\n\u202e\x9b"
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e]", written)


def test_the_log_names_nobody_and_opens_nothing():
    with log_lines() as lines:
        visitor = browser(small(), "203.0.113.9")
        visitor.get("/gradio_api/queue/data?session_hash=abcdef123")
        visitor.get("/gradio_api/heartbeat/abcdef123")
        visitor.get("/a/" + "T" * 32 + "?token=hush")
        visitor.get("/a/7K3M9Q0A")
        visitor.get("/staff/records/7K3M9Q0A?now=1")
    written = json.dumps(lines)
    assert len(lines) == 5
    assert not any(secret in written for secret in ("203.0.113.9", "abcdef123", "TTTTT", "hush", "7K3M"))
    assert [line["path"] for line in lines[2:]] == ["/a/{key}", "/a/{key}", "/staff/records/{number}"]
    assert len({line["client"] for line in lines}) == 1


# --- the real site --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    site = open_site(assistant, tmp_path_factory.mktemp("site"))
    with browser(built(site)) as visitor:
        yield visitor
    site.records.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/upload/"),
        ("POST", "//gradio_api/upload"),
        ("POST", "/gradio_api/%75pload"),
        ("POST", "/upload"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/file=../../etc/passwd"),
        ("GET", "/file=/etc/passwd"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/gradio_api/proxy=http://127.0.0.1:1/"),
        ("GET", "/gradio_api/upload_progress?upload_id=x"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/redoc"),
        ("GET", "/monitoring"),
        ("GET", "/gradio_api/deep_link?session_hash=x"),
        ("POST", "/gradio_api/call/asked_in_box"),
        ("POST", "/gradio_api/component_server"),
    ],
)
def test_nothing_can_be_brought_in_or_fetched(real, method, path):
    files = {"files": ("evil.html", b"<script>1</script>", "text/html")} if method == "POST" else None
    reply = real.request(method, path, files=files)
    assert reply.status_code == 404 and "root:" not in reply.text


def test_hostile_hosts_and_origins_get_nowhere_on_the_real_site(real):
    assert real.get("/", headers={"host": "evil.cn"}).status_code == 421
    for path in ("/api/ask", "/gradio_api/queue/join", "/gradio_api/run/stopped", "/a/X/withdraw"):
        assert real.post(path, headers={"origin": "https://evil.cn"}, json=ASK).status_code == 403
    preflight = real.options("/api/ask", headers={"origin": "https://evil.cn", "access-control-request-method": "POST"})
    page = real.get("/", headers={"origin": "https://evil.cn"})
    assert preflight.status_code == 400
    assert not any(name.startswith("access-control") for reply in (preflight, page) for name in reply.headers)
    forged = real.get("/config", headers={"x-forwarded-host": "evil.cn", "x-gradio-server": "https://evil.cn"})
    assert "evil" not in forged.text


def test_the_page_is_chinese_and_stored_states_are_not_opened(real):
    page = real.get("/?deep_link=../../../etc/passwd&page=staff", headers={"accept": "text/html"})
    assert page.status_code == 200 and 'lang="zh-CN"' in page.text and "root:" not in page.text


@pytest.mark.parametrize(
    "asked",
    [
        "<script>alert(1)</script>业务范围有哪些？",
        "![x](http://evil.cn/p.png) 业务范围",
        "[点我](javascript:alert(1))业务范围",
    ],
)
def test_what_looks_like_a_page_comes_back_as_data(real, asked):
    reply = real.post("/api/ask", json={"question": asked})
    assert reply.headers["content-type"] == "application/json" and reply.headers["x-content-type-options"] == "nosniff"
    assert reply.json()["question"] == asked


def test_a_queued_event_cannot_be_run_past_the_queue(real):
    assert real.post("/gradio_api/run/asked_in_box", json={"data": ["业务范围", []]}).status_code == 404


# --- helpers --------------------------------------------------------------------------------------------------------


async def _never() -> Message:
    await asyncio.sleep(5)
    return {"type": "http.disconnect"}


async def _visit(app: Edge, sent: list[Message], *, path="/d/", headers=(), receive=None, send=None) -> None:
    waiting = [{"type": "http.request", "body": b"", "more_body": False}]

    async def empty() -> Message:
        return waiting.pop() if waiting else await _never()

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": b"", "scheme": "http", "http_version": "1.1",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 7860), "headers": [(b"host", b"127.0.0.1"), *headers],
    }  # fmt: skip
    await app(scope, receive or empty, send or keep)
