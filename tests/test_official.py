"""Official documents as GB/T 9704-2012 sets them, and what an author says in front matter."""

from __future__ import annotations

import pytest

from ingest.catalogue import CatalogueEntry, WorkEntry
from ingest.front_matter import front_matter
from ingest.load import Source
from ingest.structure import read_structure
from vectorstore.passage import Document

NOTICE = """云岭茶叶学会文件

云茶学〔2024〕18号

关于举办2024年春茶品鉴活动的通知

各会员单位、各分会：

　　为推广春茶，现将有关事项通知如下：

　　一、活动时间

　　2024年3月1日至3月15日。

　　二、有关要求

　　（一）各单位应当认真组织。

　　（二）请于2月20日前报名。

　　特此通知。

云岭茶叶学会
2024年1月15日

抄送：云岭市农业农村局
"""


def parse(text: str, entry: CatalogueEntry | None = None) -> Document:
    return read_structure(Source("通知.txt", "通知.txt", "", text), entry)


def close(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line)


@pytest.mark.parametrize("text", [NOTICE, close(NOTICE)], ids=["spaced", "close"])
def test_the_parts_of_a_notice_are_told_apart(text):
    document = parse(text)
    [work] = document.works
    assert (work.title, work.kind) == ("关于举办2024年春茶品鉴活动的通知", "通知")
    assert (work.file_number, work.date, work.source) == ("云茶学〔2024〕18号", "2024-01-15", "云岭茶叶学会")
    assert [section.label for section in document.sections] == ["一", "二", "二（一）", "二（二）"]
    assert document.passages[0].text == "云茶学〔2024〕18号"
    assert document.passages[1].text.startswith("各会员单位、各分会：")
    assert document.passages[1].label == ""
    assert document.passages[-1].text.endswith("抄送：云岭市农业农村局") and document.passages[-1].label == ""


def test_a_title_of_several_lines_stands_under_the_number():
    text = NOTICE.replace("关于举办2024年春茶品鉴活动的通知", "关于举办2024年\n春茶品鉴活动的\n通知")
    assert parse(text).works[0].title == "关于举办2024年春茶品鉴活动的通知"


def test_an_announcement_is_numbered_within_its_year():
    text = "云岭茶叶学会公告\n2024年第3号\n\n关于发布春茶标准的公告\n\n现发布春茶标准，自即日起施行。\n\n云岭茶叶学会\n2024年4月1日\n"
    [work] = parse(text).works
    assert (work.title, work.file_number, work.date) == ("关于发布春茶标准的公告", "2024年第3号", "2024-04-01")


def test_a_number_below_the_title_is_the_work_s_too():
    text = "关于举办茶会的通知\n云茶学〔2024〕19号\n\n各会员单位：\n\n定于3月1日举办茶会。\n\n云岭茶叶学会\n2024年1月16日\n"
    [work] = parse(text).works
    assert (work.title, work.file_number) == ("关于举办茶会的通知", "云茶学〔2024〕19号")


def test_a_number_in_a_sentence_begins_no_work():
    text = "关于茶会的通知\n\n各会员单位：\n\n根据云茶学〔2023〕2号文件，\n\n现定于3月1日举办茶会。\n"
    assert [work.title for work in parse(text).works] == ["关于茶会的通知"]


FRONT = "---\ntitle: 云岭茶叶学会收费办法\ndate: 2023-05-01\n状态: 现行\n文号: 云茶学〔2023〕7号\ntags: [茶]\n---\n\n会费每年100元。\n"


def test_front_matter_tells_of_the_work_and_is_never_quoted():
    document = parse(FRONT)
    [work] = document.works
    assert (work.title, work.kind, work.date, work.status, work.file_number) == (
        *("云岭茶叶学会收费办法", "办法", "2023-05-01", "现行", "云茶学〔2023〕7号"),
    )
    assert [passage.text for passage in document.passages] == ["会费每年100元。"]


def test_the_catalogue_has_the_last_word():
    known = CatalogueEntry((("云岭茶叶学会收费办法", WorkEntry(status="已废止")),))
    assert parse(FRONT, known).works[0].status == "已废止"


@pytest.mark.parametrize(
    "text",
    [
        "---\n会费\n---\n正文。\n",
        "---\na: [\n---\n正文。\n",
        "---\ndate: 2024-02-30\n---\n正文。\n",
        "---\n正文。\n",
        "正文。\n---\n",
    ],
)
def test_what_is_no_front_matter_is_text(text):
    assert front_matter(text) == (WorkEntry(), 0)
