"""Questions on the association's own text, through the whole path."""

import json
import re
from contextlib import closing

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
    "question",
    [
        *(
            "会费标准",
            "会费标准是什么",
            "会费标准是多少",
            "入会一年交多少会费？",
            "今天北京天气怎么样",
            "2019年质量月的主题是啥",
            "帮我写一首诗",
        ),
        *(
            "怎么加入协会",
            "协会能帮我打官司吗",
            "协会有多少员工",
            "协会有食堂吗",
            "协会提供住宿吗",
            "协会招聘吗",
            "协会在全国有几个分会",
            "理事会多久开一次",
        ),  # nothing but the name is in the documents
    ],
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
    assert render(said, answer["form"], answer["subject"], answer["asked"], answer["english"]) == answer["text"]
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


def test_an_article_of_a_work_that_is_not_there_is_not_another_work_s(statutes):
    answer = statutes.answer("专利法第二条的内容是什么？")
    assert answer.status == "refused" and answer.text.startswith("现有文件中没有收录《专利法》。")


def test_a_law_is_not_the_measures_that_carry_it_out(build, tmp_path):
    (tmp_path / "documents").mkdir()
    text = "# 广告管理办法\n\n第一条 根据广告法制定本办法。\n\n第二条 广告应当报送备案。\n"
    (tmp_path / "documents" / "办法.md").write_text(text, "utf-8")
    with closing(build(tmp_path / "documents", tmp_path / "data")) as generation:
        assert Assistant(generation).answer("广告法第二条的内容是什么？").status == "refused"
        assert "报送备案" in Assistant(generation).answer("广告办法第二条的内容是什么？").text


def test_an_article_past_the_last_one_is_said_not_to_be_there(statutes):
    answer = statutes.answer("食品安全法第九十条的内容是什么？")
    assert answer.text.startswith("《中华人民共和国食品安全法》没有第九十条，最后一条是：第二条")
    assert [citation.passage.document for citation in answer.citations] == ["食品安全法.md"]


def test_a_chapter_is_named_and_begun(statutes):
    answer = statutes.answer("广告法第一章讲什么")
    assert answer.text.startswith("第一章 总则：第一条 为了规范")
    assert statutes.answer("广告法第五章讲什么").text.startswith("《中华人民共和国广告法》没有第五章，这一层共1章")


def test_an_article_of_no_named_work_asks_which_is_meant(statutes):
    answer = statutes.answer("第二条是怎么规定的")
    assert answer.status == "clarify" and not answer.statements
    assert answer.choices == (
        "《中华人民共和国广告法》第二条是怎么规定的",
        "《中华人民共和国食品安全法》第二条是怎么规定的",
    )
    assert all(statutes.answer(choice).status == "answered" for choice in answer.choices)


def test_a_heading_that_several_works_have_asks_which_is_meant(statutes):
    answer = statutes.answer("总则有哪些条款")
    assert answer.status == "clarify" and answer.choices[0] == "《广告法》的总则有哪些条款"
    assert [c.passage.document for c in statutes.answer(answer.choices[0]).citations] == ["广告法.md"] * 2


def test_an_item_is_counted_from_the_end(assistant):
    assert [c.label for c in assistant.answer("业务范围倒数第二项").citations] == ["业务范围（十七）"]


def test_the_items_of_a_list_that_speak_of_something(assistant):
    answer = assistant.answer("业务范围里和培训有关的有哪些")
    assert answer.text.startswith("业务范围中提到“培训”的有2项：")
    assert [c.label for c in answer.citations] == ["业务范围（五）", "业务范围（十三）"]


@pytest.mark.parametrize(
    ("question", "beginning"),
    [
        ("质量月是每年3月举办吗", "不是3月，文件写的是："),
        ("质量月为什么定在每年5月", "不是5月，文件写的是："),
        ("总局是2019年成立的吗", "不是2019年，文件写的是："),
    ],
)
def test_a_figure_that_the_documents_give_otherwise_is_corrected_in_their_words(assistant, question, beginning):
    answer = assistant.answer(question)
    assert answer.text.startswith(beginning) and answer.citations


def test_a_place_is_named_by_the_label_of_its_quote(assistant):
    answer = assistant.answer("国际交流合作写在哪一条")
    assert answer.text.startswith("见〔中国质量检验协会〕业务范围（十七）：")


def test_two_sections_are_compared_by_their_own_words(assistant):
    answer = assistant.answer("宗旨和职能有什么区别？")
    assert [citation.label for citation in answer.citations] == ["宗旨", "职能简介"]


def test_one_sentence_on_both_sides_stands_once(assistant):
    answer = assistant.answer("工作精神和工作风尚有什么不同")
    assert len(answer.statements) == 1 and "精业笃行" in answer.text and "服务立会" in answer.text


def test_a_work_is_summed_up_by_the_first_words_of_its_sections_in_order(assistant):
    answer = assistant.answer("倡议书主要讲了什么？")
    starts = [citation.quote.start for citation in answer.citations]
    assert answer.text.startswith("《2018年全国“质量月”企业质量诚信倡议书》：为促进质量强国建设")
    assert starts == sorted(starts) and len(starts) == 4


def test_the_turn_before_does_not_vouch_for_a_question_the_documents_do_not_answer(assistant):
    history = [{"role": "user", "content": "业务范围有哪些？"}]
    assert assistant.answer("会费多少钱？", history).status == "refused"


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("后来呢", "没有看懂“后来呢”"),
        ("为什么", "现有文件没有写明原因"),
        ("还有呢", "除了刚才引用的"),
    ],
)
def test_a_follow_up_that_the_documents_cannot_fill_is_not_answered_with_what_lies_near(assistant, then, said):
    first = "质量月是哪一年开始的"
    history = [
        {"role": "user", "content": first},
        {"role": "assistant", "content": assistant.answer(first).text},
    ]
    answer = assistant.answer(then, history)
    assert answer.status == "refused" and answer.text.startswith(said)


def test_a_short_name_is_given_where_the_documents_define_it(assistant):
    assert "原质检总局" in assistant.answer("国家质量监督检验检疫总局简称什么").text


def test_a_short_name_that_is_left_blank_in_print_is_said_to_be(assistant):
    answer = assistant.answer("国家市场监督管理总局的简称是什么")
    assert answer.status == "refused" and answer.text.startswith("原文在写简称的地方是空的")


def test_what_several_places_state_is_given_from_each(assistant):
    answer = assistant.answer("主题是什么")
    assert answer.text.startswith("文件中有2处说法：") and len(answer.statements) == 2


@pytest.mark.parametrize("question", ["中国质量检验协会的会长是谁", "协会电话是多少", "协会网址是什么"])
def test_a_passage_without_the_kind_of_thing_asked_for_is_no_answer(assistant, question):
    assert assistant.answer(question).status == "refused"


def test_an_insult_gets_a_calm_word(assistant):
    assert assistant.answer("你个废物").status == "chat"


@pytest.mark.parametrize(
    "question",
    ["倡议书是什么时候发布的？", "倡议书哪天发的", "倡议书发布的时间", "倡议书是谁发布的", "倡议书的来源是哪家单位"],
)
def test_when_and_by_whom_a_work_was_published_is_its_own_line(assistant, question):
    assert assistant.answer(question).text == "时间:2018-09-02 来源:中国质量检验协会[1]。"


def test_a_wrong_year_of_publication_is_corrected(assistant):
    assert assistant.answer("倡议书是2019年发布的吗").text.startswith("不是2019年，文件写的是：时间:2018-09-02")


@pytest.mark.parametrize(
    ("question", "beginning"),
    [
        ("中国质量检验协会是不是非营利性社会组织", "是的，文件写明："),
        ("质量月始于1978年吗", "是的，文件写明："),
        ("中国质量检验协会是营利性社会组织吗", "不是，文件写明："),
        ("中国质量检验协会是政府机关吗", "中国质量检验协会是由"),
    ],
)
def test_yes_and_no_are_said_only_where_the_quote_says_them(assistant, question, beginning):
    assert assistant.answer(question).text.startswith(beginning)


def test_a_point_is_counted_by_its_place_and_told_from_its_heading_on(assistant):
    history = [{"role": "user", "content": "对全社会有哪些倡议"}]
    answer = assistant.answer("其中第二条具体怎么说的", history)
    assert answer.text.startswith("坚持质量第一,开创质量时代[1]。21世纪是质量的世纪")


@pytest.fixture(scope="module")
def charters(build, tmp_path_factory):
    """Two versions of one charter: the fee was raised, and one article was struck out."""
    folder = tmp_path_factory.mktemp("charters")
    common = "".join(f"第{n}条 协会设立第{n}个工作委员会，负责有关工作。\n\n" for n in "三四五六七八九")
    old = f"# 某某协会章程\n\n第一条 本会名称为某某协会。\n\n第二条 会费标准为每年一千元。\n\n{common}第十条 本会会刊由秘书处编印。\n"
    (folder / "旧.md").write_text(old, "utf-8")
    new = old.replace("一千元", "两千元").replace("第十条 本会会刊由秘书处编印。\n", "")
    (folder / "新.md").write_text(new, "utf-8")
    dated = "旧.md:\n  某某协会章程:\n    date: 2010-05-01\n新.md:\n  某某协会章程:\n    date: 2020-05-01\n"
    (folder / "catalogue.yaml").write_text(dated, "utf-8")
    generation = build(folder, tmp_path_factory.mktemp("charters-data"))
    yield Assistant(generation)
    generation.close()


@pytest.mark.parametrize("question", ["会费标准是每年多少", "某某协会章程第二条"])
def test_of_two_versions_the_newer_answers(charters, question):
    answer = charters.answer(question)
    assert "两千元" in answer.text and "一千元" not in answer.text and not answer.notices


def test_an_answer_from_an_old_version_says_so(charters):
    answer = charters.answer("会刊由谁编印")
    assert "秘书处编印" in answer.text
    assert answer.notices == ("所引的《某某协会章程》（2010-05-01）已有新版本，请以新版本为准。",)


def test_an_answer_from_a_repealed_work_says_so(build, tmp_path):
    (tmp_path / "旧.md").write_text(
        "---\n状态: 已废止\n---\n# 某某协会收费办法\n\n第一条 会费标准为每年一千元。\n", "utf-8"
    )
    generation = build(tmp_path, tmp_path / "data")
    answer = Assistant(generation).answer("会费标准是每年多少")
    generation.close()
    assert "一千元" in answer.text and answer.notices == ("所引的《某某协会收费办法》已经废止。",)
