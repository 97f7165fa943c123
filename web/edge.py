"""What stands in front of every page: who may ask, from where, how much and how often, and what every reply carries.

One pure-ASGI layer around the whole app. It decides on the path and the headers as they arrived, never on an address put
together from them. Replies pass through as they are made, piece by piece.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.database import OUT_OF_REACH
from web.limits import BODY_BYTES, UPLOAD_BYTES, UPLOAD_SECONDS, Body, Limiter, neighbourhood
from web.login import FORMS, Login, needed_role
from web.logs import Traces, log_failure, loggable, new_number
from web.origins import Proxies, host_of, name_of, origin_of, values
from web.policies import CSP_BARE, CSP_READER, MCP, PREFLIGHT, carried, for_programs, guest
from web.sentences import NO_LOGIN, NOT_YOURS, SENTENCES, Refused, error_page
from web.settings import WebSettings

# Of one client at a time: each open page holds one, and a whole office may stand behind one address.
OPEN_REQUESTS = 200
OTHER_POSTS = 10  # times the rate: for opening the page, for opinions and links

SAFE = ("GET", "HEAD", "OPTIONS")
# Of Gradio's own routes, what a text chat uses. Uploads, files, proxies, streams and run history are not among them.
_GRADIO = re.compile(
    r"/gradio_api/(queue/(join|data)|run/[\w-]+/?|heartbeat/[\w-]+|startup-events|cancel|reset/?|theme\.css)"
)
_CLOSED = re.compile(r"/(gradio_api|login|logout|monitoring|openapi\.json|pwa_icon|svelte)(/.*)?")
_ASKING = ("/api/ask", "/v1/chat/completions")  # and what of _JOIN and MCP is a question, as their bodies tell
_JOIN = "/gradio_api/queue/join"  # whatever is done on the page arrives here; its body tells what
_ANY_HOST = ("/healthz", "/readyz")  # asked by machines that know only an address; they tell nothing
# Fifty lines a visit would hide the others.
_QUIET = ("/assets/", "/static/", "/style.css", "/chat.js", "/embed.js", "/healthz")
# Believed from nobody: Gradio would build its own address from them.
_DROPPED = (b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-prefix", b"forwarded", b"x-gradio-server")
_FORWARDED = (b"x-forwarded-for", b"x-forwarded-proto")

_access = logging.getLogger("web.access")


@dataclass
class _Visit:
    """One request on its way through."""

    number: str
    method: str
    path: str  # as the routes see it, without prefix
    client: str
    secure: bool
    json: bool  # a program asks: it gets JSON, a person a page
    rewrite: bool
    gzip: bool
    language: str = ""  # the Accept-Language header
    guest: str = ""  # the origin of a page of another site that may ask for this
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    replaced: int = 0  # status of our own reply in place of the app's


class Edge:
    """`rewrite` mends the HTML of the public page, which a library writes; `asking` are the page's events that ask a question.

    `login` tells who somebody is, `sign_in` makes the page that is shown instead of a desk: (language asked for, path to
    come back to) -> HTML. Behind the edge, scope["person"] is who is logged in, on the desks alone.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: WebSettings,
        *,
        rewrite: Callable[[str], str] = lambda page: page,
        asking: Container[int] = frozenset(),
        login: Login | None = None,
        sign_in: Callable[[str, str], str] = lambda language, path: "",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._login, self._sign_in = login, sign_in
        self._app, self._rewrite, self._asking = app, rewrite, asking
        self._hosts = frozenset(settings.host_names) | {urlsplit(settings.site_url).hostname or "localhost"}
        self._site = origin_of(settings.site_url)
        self._sites = frozenset(settings.embedding_sites)
        self._prefix = settings.root_path
        self._proxies = Proxies(settings.proxy_addresses)
        self._asks = Limiter(settings.rate_per_minute, now)
        self._posts = Limiter(settings.rate_per_minute * OTHER_POSTS, now)
        self._open: Counter[str] = Counter()
        self._traces = Traces()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._visit(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        bare = bool(self._prefix) and scope["path"] == self._prefix
        scope, visit = self._read(scope)
        body = Body(receive)
        scope.pop("person", None)
        self._open[visit.client] += 1
        try:
            self._admit(scope, visit)
            if bare and visit.method in SAFE:
                return await self._send_on(visit, send)
            if visit.guest and visit.method == "OPTIONS":
                return await self._welcome(visit, send)
            await self._let_in(scope, visit, body)
            await self._charge(visit, body)
            await self._pass_on(scope, body, send, visit)
        except Refused as refused:
            if visit.method not in SAFE:
                await body.drain()
            await self._reply(visit, send, refused.status, wait=refused.wait, sentence=refused.sentence)
        finally:
            self._open[visit.client] -= 1
            if not self._open[visit.client]:
                del self._open[visit.client]
            self._log(visit)

    def _read(self, scope: Scope) -> tuple[Scope, _Visit]:
        """The request as the app may see it: forwarded headers only from a proxy that is trusted."""
        headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        peer = (scope.get("client") or ("",))[0]
        client, scheme = peer, str(scope.get("scheme", "http"))
        if self._proxies.trusted(peer):
            client = self._proxies.behind(peer, values(headers, b"x-forwarded-for"))
            said = values(headers, b"x-forwarded-proto")
            scheme = said[-1].strip().lower() if said and said[-1].strip().lower() in ("http", "https") else scheme
        path = self._without_prefix(str(scope["path"]))
        page = path == "/" and scope["method"] == "GET"
        accepts = ",".join(values(headers, b"accept")).lower()
        visit = _Visit(
            number=new_number(),
            method=scope["method"],
            path=path,
            client=client,
            secure=scheme == "https",
            json=for_programs(path) or "text/html" not in accepts,
            rewrite=page,
            gzip="gzip" in ",".join(values(headers, b"accept-encoding")).lower(),
            language=",".join(values(headers, b"accept-language")),
            guest=guest(",".join(values(headers, b"origin")), path, self._sites),
        )
        # The page is rewritten, so it has to come as plain text.
        unwanted = (*_DROPPED, *_FORWARDED, *((b"accept-encoding",) if page else ()))
        kept = [(name, value) for name, value in headers if name.lower() not in unwanted]
        if scheme == "https":
            kept.append((b"x-forwarded-proto", b"https"))
        changed = {
            "headers": kept,
            "scheme": scheme,
            "client": (client, 0),
            "path": self._prefix + path,
            "root_path": self._prefix,
            "query_string": _page_query(scope["query_string"]) if page else scope["query_string"],
        }
        return {**scope, **changed}, visit

    def _without_prefix(self, path: str) -> str:
        """A proxy may take the prefix off or leave it on."""
        if self._prefix and (path == self._prefix or path.startswith(self._prefix + "/")):
            return path[len(self._prefix) :] or "/"
        return path

    def _admit(self, scope: Scope, visit: _Visit) -> None:
        """Raises Refused."""
        headers = scope["headers"]
        host = host_of(headers)
        if visit.path not in _ANY_HOST and host is None:
            raise Refused(400)
        if visit.path not in _ANY_HOST and name_of(host or "") not in self._hosts:
            raise Refused(421)
        from_here = bool(visit.guest) or self._from_here(headers, host or "", visit.secure)
        if visit.method not in SAFE and not from_here:
            raise Refused(403)
        if visit.method == "OPTIONS" and values(headers, b"origin") and not from_here:
            raise Refused(400)
        if _CLOSED.fullmatch(visit.path) and not _GRADIO.fullmatch(visit.path):
            raise Refused(404)
        if self._open[visit.client] > OPEN_REQUESTS:
            raise Refused(429, wait=5)
        declared = values(headers, b"content-length")
        if declared and not (len(declared) == 1 and declared[0].isascii() and declared[0].isdigit()):
            raise Refused(400)
        if declared and int(declared[0][:20]) > (UPLOAD_BYTES if needed_role(visit.path) else BODY_BYTES):
            raise Refused(413)

    def _from_here(self, headers: Iterable[tuple[bytes, bytes]], host: str, secure: bool) -> bool:
        """Programs send no Origin and pass: they carry nobody's login. A browser always says where a request comes from."""
        sites = values(headers, b"sec-fetch-site")
        if any(site not in ("same-origin", "none") for site in sites):
            return False
        own = {origin_of(f"{'https' if secure else 'http'}://{host}"), self._site}
        origins = values(headers, b"origin")
        if origins:
            return len(origins) == 1 and bool(origin_of(origins[0])) and origin_of(origins[0]) in own
        return all(origin_of(referer) in own for referer in values(headers, b"referer"))

    async def _let_in(self, scope: Scope, visit: _Visit, body: Body) -> None:
        """The one check in front of the desks: whatever it cannot make out is refused. Raises Refused."""
        role = needed_role(visit.path)
        if role is None and visit.path not in FORMS:
            return
        if visit.method not in SAFE and not self._certainly_from_here(scope["headers"], visit.secure):
            raise Refused(403)
        if role is None:
            return
        cookies = cookie_parser("; ".join(values(scope["headers"], b"cookie")))
        try:
            person = await run_in_threadpool(self._login.who, cookies) if self._login else None
        except OUT_OF_REACH as problem:
            log_failure(problem, visit.number, "login")
            raise Refused(503, sentence=NO_LOGIN) from None
        if person is None:
            raise Refused(401)
        if not person.may(role):
            raise Refused(403, sentence=NOT_YOURS)
        scope["person"] = person
        if role == "maintainer":
            body.allow(UPLOAD_BYTES, UPLOAD_SECONDS)

    def _certainly_from_here(self, headers: Iterable[tuple[bytes, bytes]], secure: bool) -> bool:
        """What changes something says where it comes from; silence is not enough."""
        host = host_of(headers) or ""
        named = values(headers, b"origin") or values(headers, b"referer")
        return bool(named) and self._from_here(headers, host, secure)

    async def _charge(self, visit: _Visit, body: Body) -> None:
        """Take a token from the client's bucket. Raises Refused."""
        if visit.method in SAFE:
            return
        asks = (
            visit.path in _ASKING
            or (visit.path == _JOIN and _event(await body.whole()) in self._asking)
            or (visit.path == MCP and _calls(await body.whole()))
        )
        wait = (self._asks if asks else self._posts).wait(neighbourhood(visit.client))
        if wait:
            raise Refused(429, wait=wait)

    async def _pass_on(self, scope: Scope, body: Body, send: Send, visit: _Visit) -> None:
        """Raises Refused when the body turns out to be too large or too slow."""
        reply = _Reply(self, visit, body, send)
        try:
            await self._app(scope, body, reply)
        except ClientDisconnect:
            if not body.refused:
                return
        except Exception as problem:
            if not body.refused:
                log_failure(problem, visit.number, visit.path)
                visit.replaced = visit.replaced or 500
        if reply.started:
            return
        if body.refused:
            raise Refused(body.refused)
        await self._reply(visit, send, visit.replaced or 500, wait=5 if visit.replaced == 429 else 0)

    async def _reply(self, visit: _Visit, send: Send, status: int, *, wait: float = 0.0, sentence: str = "") -> None:
        """Our own sentence, as a page for a person and as JSON for a program."""
        code, usual = SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400])
        sentence = sentence or usual
        number = f"（编号 {visit.number}）" if status >= 500 else ""
        seconds = max(1, round(wait + 0.5))
        if wait:
            sentence = f"{sentence.rstrip('。')}（约 {seconds} 秒）。"
        policy = CSP_BARE
        if visit.json:
            # `detail` is what Gradio's page shows.
            said = {"error": {"code": code, "message": sentence + number}, "detail": sentence + number}
            body, kind = json.dumps(said, ensure_ascii=False).encode(), b"application/json"
        else:
            body, kind = error_page(sentence + number, self._prefix), b"text/html; charset=utf-8"
        if status == 401 and not visit.json:
            body, policy = self._sign_in(visit.language, visit.path).encode(), CSP_READER
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        headers += [(b"content-security-policy", policy.encode())]
        headers += [(b"retry-after", str(seconds).encode())] if wait else []
        visit.status = status
        headers = self.finished(headers, visit)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if visit.method == "HEAD" else body})

    async def _welcome(self, visit: _Visit, send: Send) -> None:
        """To a browser that asks beforehand whether a page of a listed site may ask."""
        visit.status = 204
        await send({"type": "http.response.start", "status": 204, "headers": [*self.finished([], visit), *PREFLIGHT]})
        await send({"type": "http.response.body", "body": b""})

    async def _send_on(self, visit: _Visit, send: Send) -> None:
        """`/qa` -> `/qa/`: the page's links are relative."""
        visit.status = 308
        headers = self.finished([(b"location", f"{self._prefix}/".encode()), (b"content-length", b"0")], visit)
        await send({"type": "http.response.start", "status": 308, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def finished(self, headers: Iterable[tuple[bytes, bytes]], visit: _Visit) -> list[tuple[bytes, bytes]]:
        """With what every reply carries; a page's own policy stands; what the app offers to other sites is not."""
        kept = [
            (name, value)
            for name, value in headers
            if not name.lower().startswith(b"access-control-") and name.lower() != b"server"
        ]
        present = {name.lower() for name, _ in kept}
        wanted = carried(visit.path, secure=visit.secure, sites=self._sites, guest=visit.guest)
        wanted.append((b"x-request-id", visit.number.encode()))
        return kept + [(name, value) for name, value in wanted if name not in present]

    def mended(self, page: bytes) -> bytes:
        return self._rewrite(page.decode("utf-8")).encode("utf-8")

    def _log(self, visit: _Visit) -> None:
        if visit.status < 400 and visit.path.startswith(_QUIET):
            return
        fields = {
            "request": visit.number,
            "client": self._traces.of(visit.client),
            "method": visit.method[:10],
            "path": loggable(visit.path),
            "status": visit.status,
            "milliseconds": round((time.perf_counter() - visit.started) * 1000, 1),
        }
        _access.info("request", extra=fields)


class _Reply:
    """What the app sends, on its way out: headers added, failures turned into a sentence, the public page mended."""

    def __init__(self, edge: Edge, visit: _Visit, body: Body, send: Send) -> None:
        self._edge, self._visit, self._body, self._send = edge, visit, body, send
        self.started = False
        self._start: Message | None = None
        self._page = bytearray()

    async def __call__(self, message: Message) -> None:
        visit = self._visit
        if not self.started and (self._body.refused or visit.replaced):
            return
        if message["type"] == "http.response.start":
            await self._on_start(message)
        elif message["type"] == "http.response.body" and self._start is not None:
            self._page += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._start)
        else:
            await self._send(message)

    async def _on_start(self, message: Message) -> None:
        visit, status = self._visit, message["status"]
        kind = next((value for name, value in message["headers"] if name.lower() == b"content-type"), b"")
        if status == 503 and visit.path == _JOIN:
            visit.replaced = 429  # Gradio's page has an English sentence of its own for 503
            return
        if status == 500 or (status >= 400 and not self._is_kind(kind)):
            visit.replaced = status
            return
        visit.status, self.started = status, True
        message = {**message, "headers": self._edge.finished(message["headers"], visit)}
        if visit.rewrite and status == 200 and kind.startswith(b"text/html"):
            self._start = message
        else:
            await self._send(message)

    def _is_kind(self, kind: bytes) -> bool:
        """Has the reply a sentence of ours already? The pages and the interface have; what Gradio says is English."""
        if kind.startswith(b"text/html"):
            return True
        return for_programs(self._visit.path) or self._visit.path in _ANY_HOST

    async def _send_page(self, start: Message) -> None:
        body = self._edge.mended(bytes(self._page))
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        headers.append((b"vary", b"accept-encoding"))
        if self._visit.gzip:
            body = gzip.compress(body, 5)
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _event(body: bytes) -> int:
    """Which event of the page a body sets off; -1 when it names none."""
    try:
        number = json.loads(body)["fn_index"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return -1
    return number if isinstance(number, int) else -1


def _calls(body: bytes) -> bool:
    """Does a message of MCP call a tool? What says clearly that it does something else is no question."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return True
    return not isinstance(message, dict) or message.get("method") in ("tools/call", None)


def _page_query(query: bytes) -> bytes:
    """Gradio would open stored states and other pages for these; there are none."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(name, value) for name, value in pairs if name not in ("deep_link", "page")]).encode()
