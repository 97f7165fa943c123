"""Questions on the association's own text, through the whole path."""

import json
import re

import pytest

from assistant.assistant import Assistant, rendered
from assistant.render import render

QUESTIONS = [
    "业务范围有哪些？",
    "业务范围一共多少项",
    "业务范围第七项是什么",
    "业务范围第20项讲什么",
    "宗旨是什么",
    "备注",
    "质量月从哪一年开始？",
    "工匠精神彰显的是什么",
    "会费标准",
    "你好",
    "今天天气怎么样",
    "",
    "倡議書裡說，引領高質量發展的第一動力是什麼？",
    "<script>alert(1)</script>",
    "囧" * 100_000,
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda text: text[:12] or "空")
def test_every_citation_is_exact_and_the_text_comes_from_the_statements(assistant, question):
    answer = assistant.answer(question)
    archive = assistant.generation.archive
    for citation in answer.citations:
        document = archive.document(citation.passage.document)
        assert document.text[citation.quote.start : citation.quote.end] == citation.quote.text
        assert not any(
            u.reason == "疑似导航" and u.start < citation.quote.end and citation.quote.start < u.end
            for u in document.unindexed
        )
    if answer.status == "answered":
        assert answer.statements and rendered(answer) == answer.text
    else:
        assert not answer.statements and not answer.citations and answer.text


def test_a_whole_list_comes_in_order_counted_and_with_a_citation_each(assistant):
    answer = assistant.answer("业务范围有哪些？")
    marks = [re.match(r"[（(].+?[)）]", statement.text)[0] for statement in answer.statements]
    numerals = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]
    expected = numerals + ["十" + n for n in numerals[:8]]
    assert [mark[1:-1] for mark in marks] == expected
    assert [citation.label for citation in answer.citations] == [f"业务范围（{n}）" for n in expected]
    assert answer.text.startswith("业务范围共18项：")
    assert {citation.passage.date for citation in answer.citations} == {""}  # the proposal's date is not theirs


@pytest.mark.parametrize("question", ["业务范围有几项", "协会业务范围一共多少项？", "协会的业务范围共有多少条"])
def test_a_count_is_that_of_the_items(assistant, question):
    assert assistant.answer(question).text.startswith("业务范围共18项")


@pytest.mark.parametrize(
    "question", ["业务范围第七项是什么？", "业务范围（七）", "业务范围第7项", "质检协会业务范围第七项讲什么"]
)
def test_one_item_comes_alone_in_every_numeral_form(assistant, question):
    answer = assistant.answer(question)
    assert [citation.label for citation in answer.citations] == ["业务范围（七）"]
    assert "全民质量意识" in answer.text


def test_an_item_that_is_not_there_is_not_made_up(assistant):
    answer = assistant.answer("业务范围第20项讲什么？")
    assert answer.text.startswith("业务范围没有第20项，共18项")


def test_the_next_item_is_counted_on_from_the_turns_before(assistant):
    history = [{"role": "user", "content": "业务范围第一项讲什么"}, {"role": "user", "content": "第二项呢"}]
    assert [c.label for c in assistant.answer("再往下一项呢", history).citations] == ["业务范围（三）"]
    assert assistant.answer("再下一项呢", [{"role": "user", "content": "业务范围第十八项"}]).form == "absent"


@pytest.mark.parametrize(
    "question", ["会费标准", "入会一年交多少会费？", "今天北京天气怎么样", "2019年质量月的主题是啥", "帮我写一首诗"]
)
def test_what_the_documents_do_not_say_is_refused_with_the_nearest_passages(assistant, question):
    answer = assistant.answer(question)
    assert answer.status == "refused" and not answer.citations
    assert answer.hits


def test_a_greeting_says_what_the_documents_cover(assistant):
    answer = assistant.answer("你好")
    assert answer.status == "chat" and "质量月" in answer.text and not answer.hits


def test_a_scope_keeps_the_search_to_its_documents(assistant):
    assert assistant.answer("业务范围有哪些？", scope=["没有的文件"]).status == "refused"


def test_cited_passages_are_among_the_hits_or_in_the_listed_section(assistant):
    for question in QUESTIONS:
        answer = assistant.answer(question)
        read = {hit.passage.id for hit in answer.hits}
        if answer.form == "plain":
            assert all(citation.passage.id in read for citation in answer.citations)


def test_the_json_of_an_answer_rebuilds_its_text(assistant):
    answer = json.loads(json.dumps(assistant.answer("业务范围有哪些？").to_json(), ensure_ascii=False))
    said = [(statement["text"], statement["citations"]) for statement in answer["statements"]]
    assert render(said, answer["form"], answer["subject"], answer["asked"]) == answer["text"]
    assert set(answer["milliseconds"]) == {"understand", "retrieve", "write", "verify", "total"}


@pytest.fixture(scope="module")
def statutes(build, tmp_path_factory):
    """Two invented laws with an article each of the same number."""
    folder = tmp_path_factory.mktemp("laws")
    for title, article in (("食品安全法", "国家建立食品安全标准。"), ("广告法", "广告应当真实、合法。")):
        text = f"# 中华人民共和国{title}\n\n## 第一章 总则\n\n第一条 为了规范，制定本法。\n\n第二条 {article}\n"
        (folder / f"{title}.md").write_text(text, "utf-8")
    generation = build(folder, tmp_path_factory.mktemp("laws-data"))
    yield Assistant(generation)
    generation.close()


@pytest.mark.parametrize(
    "question", ["食品安全法第二条的内容是什么？", "中华人民共和国食品安全法第2条", "请问食安法第二条怎么规定"]
)
def test_an_article_is_found_by_the_work_s_name_and_its_number(statutes, question):
    answer = statutes.answer(question)
    assert [(c.passage.document, c.label) for c in answer.citations] == [("食品安全法.md", "第一章第二条")]
    assert answer.hits[0].passage.id == answer.citations[0].passage.id


@pytest.mark.parametrize("question", ["专利法第二条的内容是什么？", "食品安全法第九十条的内容是什么？"])
def test_an_article_that_is_not_there_is_not_another_work_s(statutes, question):
    assert statutes.answer(question).status == "refused"


def test_the_turn_before_does_not_vouch_for_a_question_the_documents_do_not_answer(assistant):
    history = [{"role": "user", "content": "业务范围有哪些？"}]
    assert assistant.answer("会费多少钱？", history).status == "refused"
