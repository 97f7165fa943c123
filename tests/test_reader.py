"""The reader, shared answers, as a visitor without scripts sees them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from assistant.assistant import Assistant
from tests.front import open_site
from tests.test_chat import EVIL, FILE, harmless
from vectorstore.generation import Generation
from vectorstore.passage import Document
from web.explanation import explanation
from web.paragraphs import Items, Piece, Table, apart, blocks
from web.reader import outline, reader_router
from web.site import Site


def visitor(site: Site) -> TestClient:
    app = FastAPI()
    app.include_router(reader_router(site))
    return TestClient(
        app, root_path=site.settings.root_path, headers={"accept-language": "zh-CN"}, follow_redirects=False
    )


@pytest.fixture
def site(assistant: Assistant, tmp_path: Path) -> Site:
    return open_site(assistant, tmp_path)


@pytest.fixture
def document(generation: Generation) -> Document:
    found = generation.archive.document(FILE)
    assert found
    return found


def recorded(site: Site, question: str) -> str:
    assistant = site.assistant()
    answer = assistant.answer(question)
    return site.records.add(answer, explanation(answer, assistant))


# --- paragraphs ------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000)), max_size=12))
def test_every_word_stays_in_its_place_and_exactly_the_quotes_are_marked(
    generation: Generation, asked: list[tuple[int, int]]
) -> None:
    document = generation.archive.document(FILE)
    assert document
    shows_all_and_marks_the_quotes(document, asked)


def shows_all_and_marks_the_quotes(document: Document, asked: list[tuple[int, int]]) -> None:
    quotes = apart(asked, len(document.text))
    marked = dict.fromkeys(range(len(quotes)), "")
    shown = []
    for start, pieces in read_through(document, quotes):
        shown.append("".join(piece.text for piece in pieces))
        assert document.text[start:].startswith(shown[-1])
        for piece in pieces:
            if piece.quote is not None:
                marked[piece.quote] += piece.text
    assert shown == [line for line in document.text.split("\n") if line.strip()]
    for nth, (start, end) in enumerate(quotes):
        assert marked[nth] == "".join(_within(document.text, start, end))


def read_through(document: Document, quotes: list[tuple[int, int]]) -> Iterator[tuple[int, list[Piece]]]:
    """Every line that is shown: where it starts, and its pieces."""
    for block in blocks(document, quotes):
        if isinstance(block, Table):
            for row in block.rows:
                yield row.line.start, [p for cell in row.cells for p in (*cell.between, *cell.words)]
        else:
            for paragraph in block.paragraphs if isinstance(block, Items) else (block,):
                yield paragraph.line.start, list(paragraph.line.pieces)


def _within(text: str, start: int, end: int) -> list[str]:
    """The parts of a stretch that lie in lines with something in them."""
    found, here = [], 0
    for line in text.split("\n"):
        a, b = max(start, here), min(end, here + len(line))
        if line.strip() and a < b:
            found.append(text[a:b])
        here += len(line) + 1
    return found


def test_quotes_that_overlap_or_lie_outside_are_left_out() -> None:
    assert apart([(5, 9), (8, 12), (0, 5), (90, 120), (4, 4), (5, 9)], 100) == [(5, 9), (0, 5)]


def test_the_outline_names_sections_and_leaves_bare_items_to_the_text(document: Document) -> None:
    named = [(depth, section.label) for depth, section in outline(document.sections)]
    assert (0, "业务范围") in named and (1, "首先·提高企业质量管理水平") in named
    assert not any("（七）" in label for _, label in named)


# --- documents -------------------------------------------------------------------------------------------------------


def test_the_quote_is_marked_under_the_name_that_the_link_scrolls_to(site: Site, document: Document) -> None:
    seventh = next(s for s in document.sections if s.label == "业务范围（七）")
    page = visitor(site).get(f"/d/{FILE}?q={seventh.start}-{seventh.end}&q=40-60").text
    found = re.search(r'<mark class="main" id="quote">(.*?)</mark>', page, re.DOTALL)
    assert found and html.unescape(found[1]) == document.text[seventh.start : seventh.end]
    assert 'href="#quote-2"' in page and 'id="quote-2"' in page


def test_a_page_shows_every_line_of_the_text_exactly(site: Site, document: Document) -> None:
    page = visitor(site).get(f"/d/{FILE}").text
    shown = [html.unescape(line) for line in re.findall(r'data-start="\d+">(.*?)</(?:p|h[2-6])>', page, re.DOTALL)]
    assert shown == [line for line in document.text.split("\n") if line.strip()]


def test_what_is_not_indexed_is_muted(site: Site) -> None:
    page = visitor(site).get(f"/d/{FILE}").text
    assert re.search(r'<p class="muted" data-start="\d+">Baidu', page)


@pytest.mark.parametrize("query", ["q=x", "q=9-3", "q=0-99999999", "q=-1-4", "q=1-2" * 400, "q=" + "1" * 5000])
def test_a_query_that_makes_no_sense_shows_the_document_all_the_same(site: Site, query: str) -> None:
    reply = visitor(site).get(f"/d/{FILE}?{query}")
    assert reply.status_code == 200 and "业务范围" in reply.text


def test_the_list_has_every_work_with_kind_and_date(site: Site) -> None:
    page = visitor(site).get("/d/").text
    assert "《2018年全国“质量月”企业质量诚信倡议书》" in page and "2018年9月2日" in page and "倡议书" in page


def test_links_are_right_behind_a_prefix(assistant: Assistant, tmp_path: Path) -> None:
    site = open_site(assistant, tmp_path, root_path="/qa")
    for path in ("/qa/d/", f"/qa/d/{FILE}", "/qa/privacy", "/qa/a/nothing"):
        page = visitor(site).get(path).text
        links = re.findall(r'(?:href|action)="(/[^"]*)"', page)
        assert links and all(link.startswith("/qa/") for link in links), path


def test_documents_full_of_markup_are_only_text(build: Callable[[Path, Path], Generation], tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "<b>会费.txt").write_text(f"{EVIL}办法\n\n一、会费\n会费标准是每年五百元{EVIL}。\n", encoding="utf-8")
    generation = build(folder, tmp_path / "index")
    client = visitor(open_site(Assistant(generation), tmp_path / "site"))
    for path in ("/d/", f"/d/{generation.archive.document_ids[0]}?q=3-60"):
        page = client.get(path).text
        assert harmless(page.replace('<link rel="icon" href="data:,">', "")) and "&lt;script&gt;" in page
    generation.close()


@pytest.mark.parametrize(
    "path", ["/d/nothing.txt", "/d/..%2Fapp.py", "/a/nothing", f"/a/{quote(EVIL.replace('/', ''))}"]
)
def test_what_is_not_there_gets_a_kind_page(site: Site, path: str) -> None:
    reply = visitor(site).get(path)
    assert reply.status_code == 404 and "没有找到这个页面" in reply.text


# --- answers ---------------------------------------------------------------------------------------------------------


def test_a_shared_answer_leads_with_quotes_and_stays_out_of_search_engines(site: Site) -> None:
    number = recorded(site, "宗旨是什么？")
    token = site.records.share(number, 30)
    reply = visitor(site).get(f"/a/{token}")
    page = reply.text
    assert reply.headers["x-robots-tag"] == "noindex" and '<meta name="robots" content="noindex">' in page
    assert 'property="og:title" content="〔中国质量检验协会〕宗旨"' in page and 'name="description"' in page
    assert page.index("<blockquote") < page.index("宗旨是什么？") and number in page


def test_a_number_is_no_key_to_a_shared_answer(site: Site) -> None:
    number = recorded(site, "宗旨是什么？")
    site.records.share(number, 30)
    assert visitor(site).get(f"/a/{number}").status_code == 404


def test_a_link_that_has_ended_leads_to_a_kind_page(site: Site) -> None:
    token = site.records.share(recorded(site, "宗旨是什么？"), 30)
    site.records.expire(10_000, datetime.now(UTC) + timedelta(days=31))
    reply = visitor(site).get(f"/a/{token}")
    assert reply.status_code == 404 and "失效" in reply.text


# --- duties ----------------------------------------------------------------------------------------------------------


def test_the_privacy_page_says_how_long_and_whom_to_ask(assistant: Assistant, tmp_path: Path) -> None:
    told: dict[str, Any] = {
        "contact": "秘书处",
        "retention_days": 45,
        "icp": "京ICP备1号",
        "police": "京公网安备110102号",
    }
    page = visitor(open_site(assistant, tmp_path, **told)).get("/privacy").text
    assert "45 天" in page and "秘书处" in page and "记录号" in page
    assert "https://beian.miit.gov.cn/" in page and "code=110102" in page


def test_english_for_a_browser_that_asks_for_it(site: Site) -> None:
    reply = visitor(site).get("/privacy", headers={"accept-language": "en-US"})
    assert (
        '<html lang="en"' in reply.text
        and "Privacy" in reply.text
        and "accept-language" in reply.headers["vary"].lower()
    )
