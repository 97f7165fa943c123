"""`python -m benchmarks.streaming`: how soon a sentence of a chat model's is seen, checked, after the model has sent it.

The endpoint is one of our own in this process. It writes sentences of the passages it was given, with pauses, and notes when
each begins to leave; the site is the real one (app.py) in another process, read as server-sent events and, where Chromium is,
on the page. All clocks are this machine's. Exit code 1 when the median to the first sentence is above 150 ms, or when of
twenty people at once anybody's answer breaks off or stands still.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import httpx

from benchmarks.report import markdown_table, publish
from benchmarks.sets import ROOT
from benchmarks.start import free_port
from tests.scripted_model import Call, Scripted, passages, scripted

ROUNDS = 20
AT_ONCE = 20
SENTENCES = 3
BETWEEN = 0.4  # seconds between two sentences of the endpoint's
ALLOWED = 0.150  # seconds from the endpoint's first sentence to its being seen
STILL = 1.0  # seconds more than BETWEEN after which somebody's answer is said to have stood still
PATIENCE = 120.0
QUESTION = "质量月活动从哪一年开始？"


class Writer:
    """The endpoint's script: it waits until so many have asked, then writes for all of them in step."""

    def __init__(self, readers: int = 1) -> None:
        self._together = threading.Barrier(readers)
        self.sent: list[float] = []  # when each sentence began to leave, for the first of the readers

    def __call__(self, call: Call) -> None:
        call.open()
        self._together.wait(PATIENCE)
        for n, (number, text) in enumerate(list(passages(call.prompt).items())[:SENTENCES]):
            sentence = text.split("\n")[0].split("。")[0]
            if len(self.sent) == n:
                self.sent.append(time.time())
            call.words(sentence, f"[{number}]。")
            call.sleep(BETWEEN)
        call.end()


@contextmanager
def site(base_url: str) -> Iterator[str]:
    """The real server over the documents that come with it, writing with our endpoint. Gives its address."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        told = {"QA_DATA": data, "QA_MODEL": "scripted", "OPENAI_BASE_URL": base_url, "QA_RATE_PER_MINUTE": "6000"}
        environment = {**os.environ, **told}
        subprocess.run([sys.executable, "-m", "ingest"], cwd=ROOT, env=environment, check=True, capture_output=True)
        quiet = subprocess.DEVNULL
        server = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port)], cwd=ROOT, env=environment, stdout=quiet, stderr=quiet
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_until_ready(address)
            yield address
        finally:
            server.terminate()
            server.wait()


def _wait_until_ready(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/readyz", timeout=PATIENCE, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"{address} did not get ready")


def seen(address: str) -> list[float]:
    """When each further sentence of one answer had arrived as a server-sent event; nothing when it broke off."""
    arrived: list[float] = []
    with httpx.stream(
        "POST", f"{address}/api/ask", json={"question": QUESTION},
        headers={"accept": "text/event-stream"}, timeout=60, trust_env=False,
    ) as reply:  # fmt: skip
        for line in reply.iter_lines():
            if line.startswith("data: "):
                answer = json.loads(line.removeprefix("data: "))
                if answer["writer"] == "scripted" and len(answer["statements"]) > len(arrived):
                    arrived.append(time.time())
    return arrived if answer.get("record") and len(arrived) == SENTENCES else []


def seen_on_page(address: str, endpoint: Scripted) -> list[float]:
    """Seconds from the first sentence to its being in the page, of so many questions; nothing without Chromium."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return []
    if not chromium:
        return []
    delays = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#welcome .chip")
        page.evaluate(_WATCH)
        for _ in range(ROUNDS):
            endpoint.script = writer = Writer()
            page.evaluate("window.first = 0; window.before = document.querySelectorAll('.turn').length")
            page.fill("#box textarea", QUESTION)
            page.press("#box textarea", "Enter")
            page.wait_for_function("window.first")
            delays.append(page.evaluate("window.first") / 1000 - writer.sent[0])
            page.wait_for_selector(".turn:last-child .further")  # the page is at rest
        browser.close()
    return delays


# Notes when a citation is in a turn that was not there before, by the same clock.
_WATCH = """() => { window.first = 1; new MutationObserver(() => {
  const turns = document.querySelectorAll('.turn');
  if (!window.first && turns.length > window.before && turns[turns.length - 1].querySelector('.cite'))
    window.first = performance.timeOrigin + performance.now();
}).observe(document.body, {childList: true, subtree: true}); }"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.streaming", description=__doc__)
    parser.add_argument("--results", type=Path, help="the section is written to this file, too")
    options = parser.parse_args(arguments)
    with scripted() as endpoint, site(endpoint.url) as address:
        alone = []
        for _ in range(ROUNDS):
            endpoint.script = writer = Writer()
            alone.append(seen(address)[0] - writer.sent[0])
        page = seen_on_page(address, endpoint)
        endpoint.script = writer = Writer(AT_ONCE)
        with ThreadPoolExecutor(AT_ONCE) as people:
            answers = list(people.map(lambda _: seen(address), range(AT_ONCE)))
    whole = [arrived for arrived in answers if arrived]
    delays = [moment - sent for arrived in whole for moment, sent in zip(arrived, writer.sent, strict=True)]
    steps = [b - a for arrived in whole for a, b in pairwise(arrived)]
    rows = [
        _row("one reader, events", alone),
        *([_row("one reader, on the page", page)] if page else []),
        _row(f"{AT_ONCE} readers at once, every sentence", delays),
    ]
    head = ("from the endpoint's sentence to the checked one", "n", "p50 ms", "p95 ms", "most ms")
    table = (
        f"{markdown_table(head, rows)}\n\n{len(whole)} of {AT_ONCE} answers came whole; the longest stop between two "
        f"sentences was {max(steps, default=0.0):.2f} s, the endpoint's own {BETWEEN} s."
    )
    if options.results:
        publish("A chat model's sentences", table, options.results)
    else:
        print(table)
    late = max(statistics.median(alone), statistics.median(page or alone)) > ALLOWED
    return int(late or len(whole) < AT_ONCE or max(steps) > BETWEEN + STILL)


def _row(name: str, seconds: Sequence[float]) -> tuple[str, ...]:
    ordered = sorted(seconds)
    at = (statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1])
    return name, str(len(ordered)), *(f"{1000 * value:.0f}" for value in at)


if __name__ == "__main__":
    sys.exit(main())
