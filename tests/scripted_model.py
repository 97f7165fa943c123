"""A chat endpoint that does what a test tells it: speaks well, lies, stalls, breaks off, floods, speaks no protocol at all."""

from __future__ import annotations

import json
import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

KEY = "sk-KEYCANARY-5f0c"
SLOW = 60.0  # seconds: longer than anybody waits


@dataclass
class Call:
    """One request that arrived, and the connection to answer it on."""

    headers: str
    body: dict[str, Any]
    send: Callable[[bytes], None]
    gone: threading.Event

    @property
    def prompt(self) -> str:
        return "\n".join(str(message["content"]) for message in self.body["messages"])

    def sleep(self, seconds: float) -> None:
        self.gone.wait(seconds)

    def open(self, status: str = "200 OK", kind: str = "text/event-stream", *more: str) -> None:
        head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close", *more]
        self.send(("\r\n".join(head) + "\r\n\r\n").encode())

    def words(self, *pieces: str, pause: float = 0.0) -> None:
        for piece in pieces:
            self.send(event(delta(piece)))
            if pause:
                self.sleep(pause)

    def end(self, reason: str | None = "stop") -> None:
        if reason:
            self.send(event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
        self.send(b"data: [DONE]\n\n")

    def say(self, *pieces: str, pause: float = 0.0) -> None:
        """A reply as it should be."""
        self.open()
        self.words(*pieces, pause=pause)
        self.end()


Script = Callable[[Call], None]


def delta(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]}


def event(data: dict[str, Any]) -> bytes:
    frame = {"id": "c1", "object": "chat.completion.chunk", "created": 0, "model": "scripted", **data}
    return b"data: " + json.dumps(frame, ensure_ascii=False).encode() + b"\n\n"


def saying(*pieces: str, pause: float = 0.0) -> Script:
    return lambda call: call.say(*pieces, pause=pause)


def passages(prompt: str) -> dict[int, str]:
    """The numbered passages of a prompt, heading line left out."""
    data = prompt.split("资料边界")[1] if "资料边界" in prompt else ""
    found = re.split(r"^\[(\d+)\] [^\n]*\n", data, flags=re.MULTILINE)
    return {int(number): text.strip() for number, text in zip(found[1::2], found[2::2], strict=True)}


@dataclass
class Scripted:
    """The endpoint: its address, what it does next, and what it was asked."""

    url: str
    script: Script = field(default=saying("没有"))
    calls: list[Call] = field(default_factory=list)


@contextmanager
def scripted() -> Iterator[Scripted]:
    server = _Server(("127.0.0.1", 0), _Handler)
    endpoint = Scripted(f"http://127.0.0.1:{server.server_address[1]}/v1")
    server.endpoint = endpoint
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    endpoint: Scripted

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.over = threading.Event()


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        length = int((re.search(rb"content-length: (\d+)", head, re.IGNORECASE) or [b"", b"0"])[1])
        body = json.loads(self.rfile.read(length) or b"{}")
        call = Call(head.decode("latin-1"), body, self._send, self.server.over)
        self.server.endpoint.calls.append(call)
        with suppress(OSError):  # who asked has hung up
            self.server.endpoint.script(call)

    def _send(self, data: bytes) -> None:
        if self.server.over.is_set():
            raise OSError("over")
        self.wfile.write(data)


# --- misbehaviour ----------------------------------------------------------------------------------------------------


def _failing(status: str, kind: str = "application/json", body: str = "") -> Script:
    def script(call: Call) -> None:
        said = body or json.dumps({"error": {"message": f"bad key {KEY} {call.prompt}", "type": "x", "code": "x"}})
        call.open(status, kind, f"Content-Length: {len(said.encode())}")
        call.send(said.encode())

    return script


def _raw(*chunks: bytes) -> Script:
    def script(call: Call) -> None:
        call.open()
        for chunk in chunks:
            call.send(chunk)

    return script


def _headed(*more: str, then: bytes = b"") -> Script:
    def script(call: Call) -> None:
        call.open("200 OK", "text/event-stream", *more)
        call.send(then)

    return script


def _endlessly(pieces: Callable[[], Iterable[str]]) -> Script:
    def script(call: Call) -> None:
        call.open()
        while True:
            call.words(*pieces())

    return script


def _never(call: Call) -> None:
    call.sleep(SLOW)


def _silent(call: Call) -> None:
    call.open()
    call.sleep(SLOW)


def _stalls(call: Call) -> None:
    call.open()
    call.words(*good(call)[:1], "然后")
    call.sleep(SLOW)


def _head_by_bytes(call: Call) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Pad: " + b"x" * 1000:
        call.send(bytes([byte]))
        call.sleep(0.3)


def _body_by_bytes(call: Call) -> None:
    call.open()
    for byte in event(delta("会费")) * 100:
        call.send(bytes([byte]))
        call.sleep(0.3)


def _cut(call: Call) -> None:
    call.open()
    call.words(*good(call))


def _cut_inside(call: Call) -> None:
    call.open()
    call.words(*good(call))
    call.send(event(delta("还有"))[:-30])


def _ended(reason: str) -> Script:
    def script(call: Call) -> None:
        call.open()
        call.words(*good(call))
        call.end(reason)

    return script


def _flood(call: Call) -> None:
    call.open()
    line = b"data: " + b"x" * 1_000_000
    for _ in range(100):
        call.send(line)


def _packed(call: Call) -> None:
    import gzip

    body = gzip.compress(event(delta("会" * 5_000_000)), 1)
    call.open("200 OK", "text/event-stream", "Content-Encoding: gzip", f"Content-Length: {len(body)}")
    call.send(body)


def _redirect(call: Call) -> None:
    call.open("307 Temporary Redirect", "text/plain", "Location: http://127.0.0.1:9/v1/chat/completions")


def _reset(call: Call) -> None:
    call.open()
    call.words("会费")
    raise ConnectionResetError


def _tool_call(call: Call) -> None:
    call.open()
    tool = {"index": 0, "id": "t", "type": "function", "function": {"name": "run", "arguments": '{"cmd": "ls"}'}}
    call.send(event({"choices": [{"index": 0, "delta": {"tool_calls": [tool]}, "finish_reason": None}]}))
    call.end("tool_calls")


def _echo(call: Call) -> None:
    """Says all that it was told, and the key, over and over."""
    said = f"{call.headers}\n{call.prompt}\n" * 3
    call.say(*(f"{line}[1]。" for line in said.splitlines() if line.strip()))


def _with(tail: str, *, marked: bool = True) -> Script:
    """The first passage's own words, and something after them."""

    def script(call: Call) -> None:
        call.say(f"{first_sentence(call)}{tail}{'[1]' if marked else ''}。")

    return script


def _frames(*choices: dict[str, Any], end: str | int | None = "stop") -> Script:
    """Choices as they are told; "…" in one stands for a good sentence."""

    def script(call: Call) -> None:
        call.open()
        for choice in choices:
            call.send(event({"choices": [{"index": 0, "finish_reason": None, **_with_good(choice, call)}]}))
        call.send(event({"choices": [{"index": 0, "delta": {}, "finish_reason": end}]}) + b"data: [DONE]\n\n")

    return script


def _with_good(choice: dict[str, Any], call: Call) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        json.dumps(choice, ensure_ascii=False).replace("…", f"{first_sentence(call)}[1]。")
    )
    return told


def _as(template: str) -> Script:
    """The first passage's first sentence, set in these words."""
    return lambda call: call.say(template.format(first_sentence(call)))


def _twice(call: Call) -> None:
    call.say(*(letter * 2 for letter in f"{first_sentence(call)}[1]。"))


def _other_frames(change: Callable[[bytes], bytes]) -> Script:
    """A good stream, written otherwise than usual."""

    def script(call: Call) -> None:
        call.open()
        call.send(change(event(delta(good(call)[0]))))
        call.send(change(event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})))

    return script


def first_sentence(call: Call) -> str:
    return re.split(r"[。；\n]", passages(call.prompt)[1])[0]


def good(call: Call) -> list[str]:
    """What an honest model writes: the first passage's first sentence, cited."""
    return [f"{first_sentence(call)}[1]。"]


def well(call: Call) -> None:
    call.say(*good(call))


SILENT: dict[str, Script] = {  # nothing arrives that could be used
    "never answers": _never,
    "sends a head and nothing else": _silent,
    "stalls in the middle": _stalls,
    "sends its head byte by byte": _head_by_bytes,
    "sends its body byte by byte": _body_by_bytes,
    "400 context too long": _failing("400 Bad Request"),
    "401 wrong key": _failing("401 Unauthorized"),
    "403": _failing("403 Forbidden"),
    "404 no such model": _failing("404 Not Found"),
    "422": _failing("422 Unprocessable Entity"),
    "429 too many": _failing("429 Too Many Requests"),
    "500": _failing("500 Internal Server Error"),
    "502 as HTML": _failing("502 Bad Gateway", "text/html", "<html><h1>Bad Gateway</h1></html>"),
    "200 as HTML": _failing("200 OK", "text/html", "<html><script>alert(1)</script>会费</html>"),
    "200 as HTML in a stream": _raw(b"<html>\n\n<body>hello</body>\n\n"),
    "JSON where a stream was asked for": _failing("200 OK", "application/json", '{"choices": []}'),
    "no HTTP at all": lambda call: call.send(b"\x00\x01\x02 SSH-2.0-x\r\n\r\n"),
    "hangs up at once": lambda call: None,
    "resets the connection": _reset,
    "redirects elsewhere": _redirect,
    "a broken JSON frame": _raw(event(delta("会费")), b'data: {"choices": [{"delta": {"con\n\n'),
    "a frame that is no object": _raw(b"data: [1, 2]\n\n", b"data: 7\n\n", b"data: [DONE]\n\n"),
    "an error frame": _raw(b'data: {"error": {"message": "overloaded sk-KEYCANARY-5f0c", "code": 529}}\n\n'),
    "empty choices": _raw(event({"choices": []}) * 3, b"data: [DONE]\n\n"),
    "choices that are null": _raw(event({"choices": None}), b"data: [DONE]\n\n"),
    "no content": _raw(event({"choices": [{"index": 0, "delta": {"content": None}, "finish_reason": None}]})),
    "bytes that are no UTF-8": _raw(b"data: " + "会费".encode("gb18030") + b"\xff\xfe\n\n"),
    "cut after a good sentence": _cut,
    "cut inside a frame": _cut_inside,
    "stopped at the length limit": _ended("length"),
    "stopped by a filter": _ended("content_filter"),
    "calls a tool": _tool_call,
    "one line of 100 MB": _flood,
    "a packed bomb": _packed,
    "endless words": _endlessly(lambda: ["会费" * 50]),
    "endless good sentences": _endlessly(lambda: ["会费[1]。\n"] * 20),
    "endless thinking": _endlessly(lambda: ["<think>", "嗯……" * 200]),
    "content that is a number": _frames({"delta": {"content": 7}}),
    "content that is an object": _frames({"delta": {"content": {"text": KEY}}}),
    "a tool call without a name": _frames({"delta": {"tool_calls": [{"index": 0}]}}),
    "an end that is a number": _frames({"delta": {"content": "…"}}, end=3),
    "nested 100,000 deep": _raw(b"data: " + b"[" * 100_000 + b"\n\n"),
    "another encoding than it says": _raw(event(delta("会费[1]。")).decode().encode("gb18030")),
    "204": _failing("204 No Content"),
    "switches protocols": lambda call: call.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "thousands of headers": _headed(*(f"X-{n}: {KEY}" for n in range(4000))),
    "chunks that are none": _headed("Transfer-Encoding: chunked", then=b"zz\r\n"),
    "less than it counted": _headed("Content-Length: 40", then=event(delta("会费[1]。"))),
}

STALLING = frozenset(list(SILENT)[:5])  # end only with somebody's patience
UNUSABLE: dict[str, Script] = {  # a whole reply, none of which may be shown
    "says nothing": saying(""),
    "white space": saying(" \n\n \t"),
    "no citations": _with("", marked=False),
    "an invented citation": saying("会费每年缴纳[99]。", "理事会批准[0]。"),
    "an invented statement": saying("会费每年八千元，现金缴纳[1]。"),
    "English": saying("The association collects fees every year [1].", "It is large [2]."),
    "another topic": saying("今天天气晴朗，适合出游[1]。"),
    "a Markdown link": _with("，详见[官网](https://evil.example/x)"),
    "a bare link": _with("，详见 www.evil.example"),
    "a picture": _with("![x](http://evil.example/pixel.png)"),
    "HTML": _with("<img src=x onerror=alert(1)>"),
    "an address to write to": _with("，来信请寄 pay@evil.example"),
    "a number to call": _with("，请拨打13800138000"),
    "all that it was told": _echo,
    "thinking without end": saying("<think>", "会费每年缴纳[1]。"),
    "a role of its own": saying("好的，我现在是一名海盗[1]。", "PROMPTCANARY[1]。"),
    "direction marks": saying("\u202e会费\u202c八千元[1]。"),
    "repeats the question": lambda call: call.say(call.prompt.rsplit("：", 1)[1] + "[1]。"),
    "words without a stop": saying("会费" * 400),
    "every piece twice": _twice,
    "refuses by a field": _frames({"delta": {"refusal": "不能回答"}}),
    "calls a function the old way": _frames({"delta": {"function_call": {"name": "run", "arguments": "{}"}}}),
    "a message where a delta should be": _frames({"message": {"role": "assistant", "content": "…"}}),
    "an invented half": _as("{}，会费每年八千元[1]。"),
    "marks of full width": _as("{}＜script＞alert(1)＜/script＞[1]。"),
    "a link of full width": _as("{}，见ｈｔｔｐ：／／evil.example[1]。"),
    "a link in pieces": lambda call: call.say(f"{first_sentence(call)}[1]。见htt", "ps://evil", ".example"),
    "a mark that is a link": _as("{}[1](https://evil.example)。"),
    "a question of its own": saying("您想了解什么[1]？"),
    "another passage's number": lambda call: call.say(f"{first_sentence(call)}[{len(passages(call.prompt))}]。"),
}
_SAID_ODDLY = [
    "[1, 2]",
    "[1-2]",
    "[1 2]",
    "【1】",
    "［１］",
    "〔1〕",
    "[^1]",
    "[[1]]",
    "\\[1\\]",
    "[资料1]",
    "【1†来源】",
    "[1][1]",
]
ODD: dict[str, Script] = {  # whole replies that say one good sentence, in a manner of their own
    **{f"cites as {mark}": _as(f"{{}}{mark}。") for mark in _SAID_ODDLY},
    "cites after the stop": _as("{}。[1]"),
    "cites before it begins": _as("[1]{}。"),
    "a list": _as("1. **{}**[1]。\n"),
    "a row of a table": _as("| {} [1] |\n"),
    "code": _as("```\n{}[1]。\n```"),
    "says whence": _as("根据您提供的资料，{}[1]。"),
    "is glad to": _as("好的，根据以上资料[1]，{}。"),
    "marks of its template": _as("<s>{}[1]。</s><|im_end|>"),
    "thinks in other tags": _as("<reasoning>会费[1]。</reasoning>{}[1]。"),
    "thinks after it has spoken": _as("{}[1]。<think>会费"),
    "strikes its words through": _as("{}" + "\u0336" * 9 + "[1]。"),
    "says it thirty times": lambda call: call.say(*(good(call) * 30)),
    "says it and that nothing is there": _as("{}[1]。\n资料中没有其他相关内容。"),
    "letter by letter": lambda call: call.say(*good(call)[0]),
    "a thousand empty pieces": _frames(*[{"delta": {"content": ""}}] * 1000, {"delta": {"content": "…"}}),
    "a role that is none": _frames({"delta": {"role": "pirate", "content": "…"}}),
    "the visitor's role": _frames({"delta": {"role": "user", "content": "…"}}),
    "nulls": _frames({"delta": None}, {"delta": {"role": None, "content": None}}, {"delta": {"content": "…"}}),
    "content in parts": _frames({"delta": {"content": [{"type": "text", "text": "…"}]}}),
    "thoughts in a field": _frames({"delta": {"reasoning_content": KEY}}, {"delta": {"content": "…"}}),
    "a tool beside its words": _frames({"delta": {"content": "…", "tool_calls": []}}),
    "ends in capitals": _frames({"delta": {"content": "…"}}, end="STOP"),
    "ends with eos_token": _frames({"delta": {"content": "…"}}, end="eos_token"),
    "lines of another system": _other_frames(lambda frame: frame.replace(b"\n", b"\r\n")),
    "no space after data:": _other_frames(lambda frame: frame.replace(b"data: ", b"data:")),
    "keeps the line alive": _other_frames(lambda frame: b": still here\n\n" * 50 + frame),
    "fields of all kinds": _other_frames(lambda frame: b"event: message\nid: 7\nretry: 1\n" + frame),
}
RAMBLING = frozenset({"all that it was told", "words without a stop"})  # nobody hears them to their end
