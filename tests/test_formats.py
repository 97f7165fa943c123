"""A charter as PDF and fees in Word: what they say is cited with its page and read as it was set."""

from __future__ import annotations

import csv
import html
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from assistant.__main__ import _readable
from assistant.assistant import Assistant
from tests.conftest import CHARTER, FEES
from tests.front import open_site
from tests.office_files import MORE, TOLD, word
from tests.test_reader import shows_all_and_marks_the_quotes
from vectorstore.generation import Generation
from web.explanation import explanation
from web.markup import cards
from web.reader import reader_router
from web.site import Site
from web.staff.export import as_csv


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


@pytest.fixture(scope="module")
def report(build, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("report")
    fees = [
        ("类别", "会费标准", "", "说明"),
        ("", "年费（元）", "入会费（元）", ""),
        ("单位会员", "2000", "500", "含期刊"),
        ("个人会员", "200", "50", "含期刊"),
    ]
    (folder / "报告.docx").write_bytes(
        word(
            ("Title", "云岭茶叶学会2023年度工作报告"),
            "一、2023年工作回顾",
            "2023年，学会举办培训班6期，组织制定团体标准4项，较好地完成了全年的任务。",
            "二、会费标准",
            fees,
            "三、2024年工作计划",
            "2024年，学会将重点做好以下工作：",
            "（一）召开会员大会，完成换届；",
            "（二）举办质量检验培训班8期。",
        )
    )
    generation = build(folder, tmp_path_factory.mktemp("data"))
    yield Assistant(generation)
    generation.close()


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("2024年工作计划有哪些？", "2024年工作计划共2项："),
        ("个人会员年费多少钱？", "类别：个人会员；会费标准·年费（元）：200；"),
    ],
)
def test_what_a_report_plans_and_what_its_table_says_under_two_names_can_be_asked(report, question, begins):
    answer = report.answer(question)
    assert answer.status == "answered" and answer.text.startswith(begins)


# The reader


def page_of(site: Site, name: str, query: str = "") -> str:
    app = FastAPI()
    app.include_router(reader_router(site))
    return TestClient(app, headers={"accept-language": "zh-CN"}).get(f"/d/{quote(name)}{query}").text


def bare(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


@given(st.sampled_from([CHARTER, FEES]), st.lists(st.tuples(st.integers(0, 320), st.integers(0, 320)), max_size=9))
def test_every_word_of_any_format_stays_in_its_place_and_exactly_the_quotes_are_marked(formats, name, asked):
    shows_all_and_marks_the_quotes(formats.archive.document(name), asked)


def test_a_table_is_a_table_and_a_quoted_row_of_it_is_lit_as_it_is_cited(site, formats):
    document = formats.archive.document(FEES)
    row = document.rows[1]
    page = page_of(site, FEES, f"?q={row.start}-{row.end}")
    assert [bare(cell) for cell in re.findall(r"<th.*?</th>", page)] == [
        "类别",
        *(f" | {name}" for name in ("会费（元/年）", "理事名额", *MORE)),
    ]
    lit = "".join(bare(mark) for mark in re.findall(r"<mark.*?</mark>", page))
    assert lit == document.text[row.start : row.end]
    assert lit.startswith("类别：单位会员；会费（元/年）：2000；理事名额：3；期刊：")
    drawn = [bare(cell) for cell in re.findall(r"<td.*?</td>", re.sub(r'<span class="away">.*?</span>', "", page))]
    assert drawn == ["单位会员", "2000", "3", *TOLD, "个人会员", "200", "", *TOLD]


def test_headings_and_items_are_what_they_are(site):
    page = page_of(site, FEES)
    assert [bare(title) for title in re.findall(r"<h2.*?</h2>", page)] == ["云岭茶叶学会会费管理办法"]
    assert [bare(heading) for heading in re.findall(r"<h3.*?</h3>", page)] == ["一、会费标准", "二、缴纳办法"]
    [items] = re.findall(r"<ul class=\"items\".*?</ul>", page, re.DOTALL)
    assert [bare(item).strip()[:3] for item in re.findall(r"<li.*?</li>", items)] == ["（一）", "（二）"]


def test_pages_begin_where_they_do_and_can_be_linked_to(site, formats):
    page = page_of(site, CHARTER)
    first, second = re.findall(r'<span class="page"[^>]*id="(p\d)" aria-label="(第 \d 页)"', page)
    assert (first, second) == (("p1", "第 1 页"), ("p2", "第 2 页"))
    turn = formats.archive.document(CHARTER).pages[1].start
    after = html.unescape(page[page.index('id="p2"') :].partition("</span>")[2])
    assert after.startswith(formats.archive.document(CHARTER).text[turn : turn + 5])
