"""The conversation on another site: one script tag, two origins, a browser that keeps them apart."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import DARK, LIGHT, Serving
from tests.browser.test_pages import axe, pytestmark, violations  # noqa: F401 - a fixture, and marks
from tests.front import PASSWORD

DEMONSTRATION = Path(__file__).parents[2] / "docs" / "embed"
# As in a browser that gives a frame of another site nothing to keep anything in.
NOTHING_TO_KEEP = """for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
  if (window !== top) Object.defineProperty(window, name, { get() { throw new DOMException('', 'SecurityError'); } });"""


@contextmanager
def other_site(ours: list[int]) -> Iterator[int]:
    """The demonstration page as a site of its own; `ours` holds the port it names."""

    class Pages(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            if self.path not in ("/", "/plain"):
                return super().do_GET()
            shown = (DEMONSTRATION / "index.html").read_text("utf-8").replace("127.0.0.1:7860", f"127.0.0.1:{ours[0]}")
            page = shown if self.path == "/" else "<!doctype html><title>no policy of its own</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Pages, directory=DEMONSTRATION))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def sites(serve: Callable[..., Serving]) -> Iterator[tuple[Serving, str, str]]:
    """Ours, one that is on its list, and one that is not: the same pages under another name."""
    ours: list[int] = []
    with other_site(ours) as port:
        serving = serve(organisation="中国质量检验协会", contact="秘书处", embed=f"http://localhost:{port}")
        ours.append(serving.port)
        yield serving, f"http://localhost:{port}/", f"http://127.0.0.1:{port}/"


def opened(page: Any) -> Any:
    """The conversation in its frame, once it is ready."""
    page.get_by_role("button", name="查文件").click()
    frame = page.frame_locator("#association-qa iframe")
    frame.locator("#welcome .chip").first.wait_for()
    return frame


def ask(frame: Any, question: str) -> Any:
    frame.locator("#box textarea").fill(question)
    frame.locator("#box textarea").press("Enter")
    frame.locator(".turn .foot").first.wait_for()
    return frame.locator(".turn").last


@pytest.mark.parametrize(("width", "height"), [(1280, 860), (390, 844)])
@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_a_listed_site_asks_and_gets_citations(
    sites: tuple[Serving, str, str], visit: Callable[..., Any], shot: Callable[..., None], axe: str,  # noqa: F811
    width: int, height: int, scheme: str,
) -> None:  # fmt: skip
    _, listed, _ = sites
    page = visit(listed, width=width, height=height, scheme=scheme)
    page.context.add_init_script(NOTHING_TO_KEEP)
    shot(page, f"embed-button-{width}-{scheme}")
    assert page.locator("#association-qa iframe").get_attribute("src") is None
    frame = opened(page)
    page.wait_for_timeout(300)
    shot(page, f"embed-open-{width}-{scheme}")
    turn = ask(frame, "协会的宗旨是什么？")
    turn.get_by_text("查看原文").first.wait_for()
    page.wait_for_timeout(600)
    shot(page, f"embed-answer-{width}-{scheme}")
    turn.get_by_text("查看原文").first.click()
    frame.frame_locator("#reader iframe").locator("#quote").wait_for()
    page.wait_for_timeout(300)
    shot(page, f"embed-reader-{width}-{scheme}")
    assert frame.locator("body").evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == (scheme == DARK)
    assert page.context.cookies() == [] and not page.failures
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert not [found for found in violations(page, axe) if "association-qa" in found]
    box = page.locator("#association-qa dialog").bounding_box()
    assert (box["width"], box["height"]) == (width, height) if width < 600 else box["width"] == 420


def test_it_is_opened_used_and_closed_with_keys_alone(
    sites: tuple[Serving, str, str], visit: Callable[..., Any]
) -> None:
    page = visit(sites[1])
    button = page.get_by_role("button", name="查文件")
    assert button.get_attribute("aria-expanded") == "false"
    button.focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("#association-qa iframe")
    frame.locator("#box textarea").wait_for()
    page.wait_for_function("document.querySelector('#association-qa').shadowRoot.activeElement.tagName === 'IFRAME'")
    frame.locator("#box textarea:focus").wait_for()
    page.keyboard.type("业务范围第七项是什么？")
    page.keyboard.press("Enter")
    frame.get_by_text("查看原文").first.click()
    frame.locator("#reader:not([hidden])").wait_for()
    page.keyboard.press("Escape")
    frame.locator("#reader").wait_for(state="hidden")
    dialog = page.get_by_role("dialog", name="问答")
    assert dialog.is_visible()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.wait_for_function("document.querySelector('#association-qa').shadowRoot.activeElement.className === 'open'")
    page.keyboard.press("Enter")
    assert frame.locator(".turn").count() == 1  # what was said is still there
    dialog.get_by_role("button", name="关闭").click()
    dialog.wait_for(state="hidden")


def test_what_leads_elsewhere_opens_beside_the_site(sites: tuple[Serving, str, str], visit: Callable[..., Any]) -> None:
    page = visit(sites[1])
    frame = opened(page)
    with page.context.expect_page() as beside:
        frame.locator("#line a").click()
    assert beside.value.url.endswith("/privacy") and frame.locator("#box").is_visible()


def test_a_site_that_is_not_listed_is_refused_by_the_browser(
    sites: tuple[Serving, str, str], visit: Callable[..., Any]
) -> None:
    page = visit(sites[2])
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.get_by_role("button", name="查文件").click()
    page.wait_for_timeout(1500)
    assert any("frame-ancestors" in text for text in said)
    assert (
        page.frames[1].url.startswith("chrome-error:")
        and page.frame_locator("#association-qa iframe").locator("#box").count() == 0
    )


NEVER = ("/staff/", "/maintain/", "/signin", "/privacy", "/a/whatever", "/api/documents", "/v1/models", "/style.css")


def test_nothing_else_is_ever_framed_not_even_by_a_listed_site(
    sites: tuple[Serving, str, str], visit: Callable[..., Any]
) -> None:
    """Although the visitor is logged in."""
    serving, listed, _ = sites
    serving.site.users.add("维护", "maintainer", PASSWORD)
    desk = visit(f"{serving.url}/staff/")
    desk.fill("input[name=name]", "维护")
    desk.fill("input[name=password]", PASSWORD)
    desk.press("input[name=password]", "Enter")
    desk.wait_for_url("**/staff/")
    page = desk.context.new_page()
    page.goto(listed + "plain")
    for path in ("/", "/d/", *NEVER):
        with page.expect_event("framenavigated", lambda frame: frame.parent_frame):
            page.evaluate(
                "at => { const f = document.createElement('iframe'); f.src = at; document.body.replaceChildren(f); }",
                serving.url + path,
            )
        [framed] = [frame for frame in page.frames if frame.parent_frame]
        assert framed.url.startswith("chrome-error:") == (path in NEVER), path


def test_a_page_of_a_listed_site_may_ask_by_itself_and_another_may_not(
    sites: tuple[Serving, str, str], visit: Callable[..., Any]
) -> None:
    serving, listed, other = sites
    asking = """at => fetch(at + '/api/ask', {method: 'POST', headers: {'content-type': 'application/json'},
      body: JSON.stringify({question: '业务范围有哪些？'})}).then(r => r.json()).then(a => a.statements.length, e => String(e))"""
    for site, expected in ((listed, 18), (other, "TypeError: Failed to fetch")):
        assert visit(site + "plain").evaluate(asking, serving.url) == expected
