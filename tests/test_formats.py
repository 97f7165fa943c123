"""A charter as PDF and fees in Word: what they say is cited with its page and read as it was set."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.__main__ import _readable
from assistant.assistant import Assistant
from tests import office_files as made
from tests.conftest import Build
from tests.front import open_site
from vectorstore.generation import Generation
from web.explanation import explanation
from web.markup import cards
from web.site import Site
from web.staff.export import as_csv

CHARTER, FEES = "章程.pdf", "会费.docx"


@pytest.fixture(scope="module")
def formats(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generation]:
    folder = tmp_path_factory.mktemp("formats")
    (folder / CHARTER).write_bytes(made.charter())
    (folder / FEES).write_bytes(made.fees())
    generation = build(folder, tmp_path_factory.mktemp("index"))
    yield generation
    generation.close()


@pytest.fixture
def site(formats: Generation, tmp_path: Path) -> Site:
    return open_site(Assistant(formats), tmp_path)


def asked(site: Site, question: str) -> dict[str, Any]:
    return site.assistant().answer(question).to_json()


# Pages


def test_a_citation_says_on_which_page_its_quote_stands(site):
    answer = asked(site, "理事会每年召开几次会议？")
    [cited] = answer["citations"]  # the fifth article goes over the page
    assert "每年召开两次会议" in cited["quote"] and cited["pages"] == [1, 2]
    [card] = cards(answer, site.assistant().generation.archive, "")
    assert card.pages == "第 1–2 页" and card.citation == "《云岭茶叶学会章程》第二章第五条，第 1–2 页"


def test_a_document_without_pages_has_none(site):
    [cited, *_] = asked(site, "逾期几年不缴纳的视为自动退会？")["citations"]
    assert cited["document"] == FEES and cited["pages"] == []


def test_terminal_and_csv_say_the_page_too(site):
    assistant = site.assistant()
    answer = assistant.answer("理事会每年召开几次会议？")
    assert "第二章第五条（第 1–2 页）" in _readable(answer)
    record = site.records.get(site.records.add(answer, explanation(answer, assistant)))
    [row] = csv.DictReader(io.StringIO("".join(as_csv([record])).removeprefix("\ufeff")))
    assert row["出处"] == "《云岭茶叶学会章程》第二章第五条，第 1–2 页"
