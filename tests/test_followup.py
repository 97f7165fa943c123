"""Follow-ups made to stand alone: each form, a change of topic, and histories nobody would write."""

import json

import pytest

from assistant.followup import stand_alone
from assistant.names import Names, names_of
from assistant.question import understand

NAMES = Names.of(
    ["质量月", "业务范围", "宗旨", "倡议书", "中国质量检验协会", "白浪灯塔", "云坡茶园", "云坡茶园博物馆", "广告法"]
)


def asked(text, *said, names=NAMES):
    """The question after a talk in which the user and the assistant took turns, the user first."""
    turns = [{"role": ("user", "assistant")[i % 2], "content": content} for i, content in enumerate(said)]
    question = understand(text, turns)
    return stand_alone(question.text, question.said, names)


FORMS = [
    ("它的主题是什么", "质量月是什么", "质量月的主题是什么"),
    ("搞这个是为了什么", "质量月是什么", "搞质量月是为了什么"),
    ("他们的电话是多少", "中国质量检验协会在哪", "中国质量检验协会的电话是多少"),
    ("其主题是什么", "质量月是什么", "质量月的主题是什么"),
    ("这里几点开门", "云坡茶园在哪", "云坡茶园几点开门"),
    ("那边有停车场吗", "云坡茶园在哪", "云坡茶园有停车场吗"),
    ("里面怎么说企业的", "倡议书是谁发的", "倡议书里面怎么说企业的"),
    ("该协会什么时候成立的", "中国质量检验协会的宗旨是什么", "中国质量检验协会什么时候成立的"),
    ("这个博物馆要门票吗", "云坡茶园博物馆在哪", "云坡茶园博物馆要门票吗"),
    ("嗯，那它几月办", "质量月是什么", "质量月几月办"),
    ("几月办", "质量月是什么", "质量月几月办"),
    ("你知道地址吗", "白浪灯塔有多高", "你知道白浪灯塔的地址吗"),
    ("好的，地址在哪", "白浪灯塔有多高", "白浪灯塔的地址在哪"),
    ("那第三项呢", "业务范围有哪些", "业务范围第三项"),
    ("第三项讲什么", "业务范围有哪些", "业务范围第三项讲什么"),
    ("第三项呢", "业务范围第一项讲什么", "业务范围第三项讲什么"),
    ("再下一项呢", "业务范围第二项讲什么", "业务范围第3项讲什么"),
    ("一共几项", "中国质量检验协会的业务范围有哪些", "业务范围一共几项"),
    ("2020年的呢", "2019年质量月的主题是什么", "2020年质量月的主题是什么"),
    ("2020年的呢", "质量月的主题是什么", "2020年质量月的主题是什么"),
    ("那媒体呢", "质量月里消费者能做什么", "质量月里媒体能做什么"),
    ("那消费者方面呢？", "质量月活动中企业应当怎么做", "质量月活动中消费者应当怎么做"),
    ("电话呢", "白浪灯塔的门票是多少钱", "白浪灯塔的电话呢"),
    ("那白浪灯塔呢", "云坡茶园的门票是多少钱", "白浪灯塔的门票是多少钱"),
    ("为什么", "质量月几月办", "质量月几月办,为什么"),
    ("接下来一项呢", "业务范围第二项讲什么", "业务范围第3项讲什么"),
    ("再往下呢", "业务范围第二项讲什么", "业务范围第3项讲什么"),
    ("其他的呢", "业务范围第二项讲什么", "业务范围有哪些"),
    ("原文怎么写的", "中国质量检验协会能出书吗", "中国质量检验协会能出书吗,原文怎么写的"),
    ("依据是哪一条", "中国质量检验协会能出书吗", "中国质量检验协会能出书吗,依据是哪一条"),
    ("能举几个例子吗", "质量月有哪些活动", "质量月有哪些活动,能举几个例子吗"),
    ("有哪些企业", "倡议书有多少家企业参加", "倡议书有哪些企业参加"),
    ("对消费者呢", "倡议书里对企业提了什么", "倡议书里对消费者提了什么"),
    ("争先做到的呢", "倡议书里率先做到哪几条", "倡议书里争先做到哪几条"),
    ("第二条呢", "倡议书里率先做到哪几条", "倡议书里率先做到第二条"),
]


@pytest.mark.parametrize(("text", "before", "alone"), FORMS, ids=[text for text, _, _ in FORMS])
def test_a_follow_up_is_rewritten_into_a_readable_question(text, before, alone):
    assert asked(text, before) == alone


@pytest.mark.parametrize(("text", "before", "alone"), FORMS, ids=[text for text, _, _ in FORMS])
def test_a_question_that_stands_alone_stays_what_it_is(text, before, alone):
    assert asked(alone, before) == alone


WHOLE = [
    "白浪灯塔有多高",
    "消费者权益保护费用由谁承担",
    "什么是留置权",
    "《质量检验》杂志几月出",
    "云坡茶园是我一直想去的，它在哪儿",
    "2019年诺贝尔文学奖得主是谁",
]


@pytest.mark.parametrize("text", WHOLE)
def test_a_change_of_topic_leaves_the_talk_behind(text):
    text = understand(text).text
    assert asked(text, "业务范围有哪些", "业务范围共18项：（一）……[1]") == text


@pytest.mark.parametrize("text", [*WHOLE, *(text for text, _, _ in FORMS), ""])
def test_without_a_talk_nothing_is_rewritten(text):
    assert asked(text) == understand(text).text


def test_the_subject_is_carried_from_turn_to_turn():
    assert asked("搞这个是为了什么", "质量月是什么", "……", "几月份办", "九月[1]") == "搞质量月是为了什么"
    assert asked("上一项呢", "业务范围第五项讲什么", "……", "再下一项呢", "……") == "业务范围第5项讲什么"


def test_a_new_topic_is_the_one_that_is_carried_on():
    assert asked("在哪", "质量月是什么", "……", "白浪灯塔有多高", "32米[1]") == "白浪灯塔在哪"


def test_a_name_that_the_reply_brings_up_is_the_subject_when_such_a_thing_was_asked_for():
    assert asked("它几点开门", "白浪灯塔附近有什么茶园", "附近有云坡茶园[1]。") == "云坡茶园几点开门"
    assert asked("它几点开门", "白浪灯塔是谁建的", "白浪灯塔在云坡茶园以东，是渔民建的[1]。") == "白浪灯塔几点开门"


def test_a_place_in_passing_is_not_the_subject():
    assert asked("门票多少", "白浪灯塔有多高", "32米。", "它位于云坡茶园以东。", "是的。") == "白浪灯塔的门票多少"


def test_another_thing_beside_the_subject_does_not_hide_the_pronoun():
    assert asked("云坡茶园也在它附近吗", "白浪灯塔有多高") == "云坡茶园也在白浪灯塔附近吗"


def test_without_names_the_nouns_of_the_last_question_are_the_subject():
    assert asked("它的作者是谁", "你知道百年孤独吗", "一部小说", names=Names.of(())) == "百年孤独的作者是谁"
    assert asked("他有哪些作品", "你听说过萧伯纳吗", "听说过", names=Names.of(())) == "萧伯纳有哪些作品"


def test_the_longest_name_is_found():
    assert NAMES.found("从云坡茶园博物馆到白浪灯塔,宗") == ["云坡茶园博物馆", "白浪灯塔"]
    assert Names.of(["一", ""]).found("一一一") == []


def test_an_index_is_known_by_titles_headings_and_what_is_quoted_in_them(generation):
    known = names_of(generation.archive).known
    assert {"中国质量检验协会", "质量月", "倡议书", "宗旨", "业务范围", "协会"} <= known


HOSTILE = [
    [{"role": "user", "content": "它" * 100_000}],
    [{"role": "user", "content": "对了,一下" * 2_000}, {"role": "user", "content": "一下" * 200 + "x"}],
    [{"role": "assistant", "content": "附近有云坡茶园"}] * 300,
    [
        {"role": "system", "content": "质量月"},
        {"role": None, "content": "质量月"},
        {"role": ["user"], "content": "质量月"},
    ],
    [{"role": "user", "content": json.dumps({"role": "user", "content": [{"text": "质量月"}]})}],
    [{"role": "user", "content": {"text": "质量月"}}, {"content": "质量月"}, {}, "质量月", None, 7],
    [{"role": "user", "content": "质量月.*+?()[{^$\\"}, {"role": "user", "content": "\\1 (?P<x>) 那\\g<0>呢"}],
    [{"role": "user", "content": "\ud800\x00\u202e？？？"}, {"role": "user", "content": "   "}],
    [{"role": "user", "content": "还有呢"}] * 40,
]


@pytest.mark.parametrize("history", HOSTILE, ids=range(len(HOSTILE)))
def test_an_absurd_talk_breaks_nothing_and_swells_nothing(history):
    for text in ("它几月办", "还有呢", "那媒体呢", "第三项呢", "一下" * 200 + "x", "白浪灯塔有多高", "？", "它" * 500):
        question = understand(text, history)
        alone = stand_alone(question.text, question.said, NAMES)
        assert len(alone) <= 1200
        assert stand_alone(alone, question.said, NAMES) == alone


def test_turns_of_unknown_roles_are_not_heard():
    assert understand("它几月办", [{"role": "system", "content": "质量月是什么"}]).said == ()


def test_an_answer_shows_and_searches_the_rewritten_question(assistant):
    history = [{"role": "user", "content": "业务范围有哪些？"}]
    answer = assistant.answer("第三项呢", history)
    assert (answer.question, answer.searched) == ("第三项呢", "业务范围第三项")
    assert [c.label for c in answer.citations] == ["业务范围（三）"]


def test_an_answer_to_a_question_that_stands_alone_is_the_same_after_any_talk(assistant):
    history = [{"role": "user", "content": "质量月是什么"}, {"role": "assistant", "content": "质量月是……[1]"}]
    for text in ("业务范围有哪些？", "宗旨是什么", "工匠精神彰显的是什么", "中国质量检验协会的会费标准是多少"):
        after, before = (assistant.answer(text, said).to_json() | {"milliseconds": 0} for said in (history, ()))
        assert after == before


def test_a_verb_said_again_is_said_of_the_same_thing_whomever_the_reply_named():
    before = ("倡议书是谁组织发的", "中国质量检验协会组织企业联合发出[1]。")
    assert asked("哪天发的", *before) == "倡议书哪天发的"
    assert asked("地址在哪", *before) == "中国质量检验协会的地址在哪"


def test_when_something_was_is_not_which_thing():
    assert asked("主题是什么", "倡议书是什么时候发布的", "来源:中国质量检验协会[1]") == "倡议书的主题是什么"
