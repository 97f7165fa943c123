"""The real site in a thread and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from assistant.assistant import Assistant
from tests.front import open_site
from tests.live import live
from web.site import Site

CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync""".split()
LIGHT, DARK = "light", "dark"
# Presses of a pointer, kept from page to page; what a key sets off has detail 0.
CLICKS = "addEventListener('click', e => { if (e.isTrusted && e.detail) try { sessionStorage.clicks = 1 + Number(sessionStorage.clicks || 0); } catch {} }, true)"  # a frame may have no storage


def _needs(what: str, there: object) -> None:
    if not there:
        pytest.skip(f"{what} is absent")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    _needs("Chromium", CHROMIUM)
    api = pytest.importorskip("playwright.sync_api", reason="playwright is absent")
    with api.sync_playwright() as playwright:
        # Its own words in date and file fields are Chinese where its language pack is installed.
        env = {**os.environ, "LANGUAGE": "zh_CN"}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=env)
        yield browser
        browser.close()


class Serving:
    """A site that answers on a port of this machine."""

    def __init__(self, site: Site, port: int) -> None:
        self.site, self.port = site, port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.site.settings.root_path}"


@pytest.fixture(scope="package")
def serve(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Serving]]:
    with ExitStack() as running:

        def serve(*, by: Assistant = assistant, **settings: Any) -> Serving:
            site = open_site(by, tmp_path_factory.mktemp("site"), **settings)
            return Serving(site, running.enter_context(live(site)))

        yield serve


@pytest.fixture(scope="package")
def serving(serve: Callable[..., Serving]) -> Serving:
    return serve(
        organisation="中国质量检验协会",
        contact="秘书处 010-12345678",
        icp="京ICP备00000000号",
        police="京公网安备11010000000000号",
    )


@pytest.fixture
def visit(chromium: Any, serving: Serving) -> Iterator[Callable[..., Any]]:
    """Open a page in a fresh profile; whatever it asks other hosts for is remembered in page.elsewhere."""
    contexts = []

    def visit(
        path: str = "/", *, width: int = 1280, height: int = 860, scheme: str = LIGHT, locale: str = "zh-CN",
        at: Serving = serving, **more: Any,
    ) -> Any:  # fmt: skip
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale,
            permissions=["clipboard-read", "clipboard-write"], reduced_motion="reduce", **more,
        )  # fmt: skip
        contexts.append(context)
        context.add_init_script(CLICKS)
        page = context.new_page()
        page.elsewhere = []
        home = f"http://127.0.0.1:{at.port}/"
        context.on(
            "request",
            lambda request: (
                page.elsewhere.append(request.url)
                if not request.url.startswith((home, "data:", "blob:", "about:"))
                else None
            ),
        )
        page.failures = []
        page.on("pageerror", lambda problem: page.failures.append(str(problem)))
        page.goto(path if path.startswith("http") else at.url + path)
        if path == "/" and more.get("java_script_enabled", True):
            page.wait_for_selector("#welcome .chip", timeout=30_000)
        return page

    yield visit
    for context in contexts:
        context.close()


def clicks(page: Any) -> int:
    """How often a pointer has been pressed on this site's pages since the page was opened."""
    return int(page.evaluate("Number(sessionStorage.clicks || 0)"))


@pytest.fixture
def shot() -> Callable[..., None]:
    """Save what is seen, or the whole page, when QA_SHOTS names a folder."""
    folder = os.environ.get("QA_SHOTS")

    def shot(page: Any, name: str, *, whole: bool = False) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)

    return shot
