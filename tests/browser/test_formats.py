"""Documents of other formats as a visitor reads them: tables, pages and headings, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

import pytest

from assistant.assistant import Assistant
from tests.browser.conftest import DARK, LIGHT, Serving
from tests.browser.test_pages import ask, pytestmark, sideways
from tests.conftest import CHARTER, FEES
from vectorstore.generation import Generation

__all__ = ["pytestmark"]
Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def papers(serve: Callable[..., Serving], formats: Generation) -> Serving:
    return serve(by=Assistant(formats), organisation="云岭茶叶学会")


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
@pytest.mark.parametrize("width", [1280, 390])
def test_tables_and_pages_read_well(visit: Visit, shot: Any, papers: Serving, formats, width, scheme) -> None:
    row = formats.archive.document(FEES).rows[1]
    fifth = next(s for s in formats.archive.document(CHARTER).sections if s.label == "第二章第五条")
    for name, part in ((FEES, row), (CHARTER, fifth)):
        page = visit(f"/d/{quote(name)}?q={part.start}-{part.end}", width=width, scheme=scheme, at=papers)
        assert sideways(page) == 0
        lit = page.evaluate("[...document.querySelectorAll('mark')].map(mark => mark.textContent).join('')")
        assert lit == formats.archive.document(name).text[part.start : part.end]
        shot(page, f"{name}-{width}-{scheme}")
        if find_spec("axe_playwright_python"):
            from axe_playwright_python.sync_playwright import Axe

            found = Axe().run(page).response["violations"]
            assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def test_a_wide_table_moves_inside_itself_on_a_phone(visit: Visit, papers: Serving) -> None:
    page = visit(f"/d/{quote(FEES)}", width=390, at=papers)
    table = page.get_by_role("region", name="表 1")
    table.focus()
    page.keyboard.press("ArrowRight")
    for _ in range(50):  # wait_for_function would ask again by eval, which this page's policy forbids
        if moved := page.evaluate("document.querySelector('.scroll').scrollLeft") > 0:
            break
        page.wait_for_timeout(100)
    assert moved and sideways(page) == 0


def test_the_card_of_a_quote_from_a_pdf_names_its_pages(visit: Visit, shot: Any, papers: Serving) -> None:
    page = visit(at=papers)
    turn = ask(page, "理事会每年召开几次会议？")
    assert "第 1–2 页" in turn.locator(".source .place").first.inner_text()
    shot(page, "card-pages")
