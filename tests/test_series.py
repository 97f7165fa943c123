"""Series inside a sentence: found, counted, and given as they are printed."""

import pytest

from assistant.series import how_many_listed, series


def members(text):
    return [[text[a:b] for a, b in found.members] for found in series(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("坚持“专业化,技术化,社会化”的目标", [["专业化", "技术化", "社会化"]]),
        ("围绕创新、协调、绿色发展", [["围绕创新", "协调", "绿色发展"]]),
        ("主题为“质量第一”", []),
        ("", []),
    ],
)
def test_the_members_of_a_series_come_in_order(text, found):
    assert members(text) == found


def test_a_series_is_called_what_stands_after_it_and_stands_in_its_clause():
    text = "按照会议精神,坚持“甲化,乙化”的发展目标,引导各级机构"
    (found,) = series(text)
    assert found.name == "发展目标" and text[found.start : found.end] == "坚持“甲化,乙化”的发展目标"


@pytest.mark.parametrize(
    ("question", "number"), [("三个转变是哪三个", 3), ("哪五个词", 5), ("哪一年", None), ("有哪些", None)]
)
def test_a_question_may_say_how_many_it_wants(question, number):
    assert how_many_listed(question) == number


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "工作原则里讲了几个“服务”？",
            "工作原则共6项：服务会员、服务企业、服务政府、服务社会、服务消费、服务发展[1]。",
        ),
        ("协会的发展目标有哪几个“化”", "发展目标共4项：专业化、技术化、社会化、服务化[1]。"),
    ],
)
def test_what_is_counted_in_a_sentence_is_given_whole_with_one_citation(assistant, question, text):
    answer = assistant.answer(question)
    assert answer.text == text and answer.form == "count"
    (citation,) = answer.citations
    assert all(statement.text in citation.quote.text for statement in answer.statements)


def test_of_several_series_the_one_whose_members_are_of_the_kind_asked_for_is_given(assistant):
    answer = assistant.answer("“三个转变”指的是哪三个转变")
    assert [statement.text[-2:] for statement in answer.statements] == ["转变"] * 3


def test_the_last_two_may_be_joined():
    from assistant.series import series

    text = "不断提升标准的先进性、有效性和适用性"
    (found,) = series(text)
    assert [text[a:b] for a, b in found.members][1:] == ["有效性", "适用性"]
    (plain,) = series("产品质量、服务质量和诚信建设")
    assert len(plain.members) == 2
