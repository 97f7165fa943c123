"""What asking does to words is undone before they are looked for."""

import pytest

from assistant.wording import joins, plain, tells
from vectorstore.words import importance


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("协会搞不搞培训", "协会搞培训"),
        ("去没去过", "去过"),
        ("愿不愿意", "愿意"),
        ("给我们验一验、鉴一鉴", "给我们验、鉴"),
        ("质量月年年都办吗", "质量月每年都办吗"),
        ("天天检验", "每天检验"),
    ],
)
def test_what_is_said_twice_is_looked_for_once(asked, meant):
    assert plain(asked) == meant


@pytest.mark.parametrize(
    "text", ["2018年年底", "今年年初", "今天天气", "差不多", "第一一条", "第二十一十二条", "三年年限", "不不", ""]
)
def test_what_only_looks_like_it_stays(text):
    assert plain(text) == text


@pytest.mark.parametrize("text", ["协会搞不搞培训", "年年天天", "看一看验一验"])
def test_what_has_been_made_plain_stays(text):
    assert plain(plain(text)) == plain(text)


def test_a_compound_tells_no_more_than_its_parts_and_a_single_word_what_it_tells():
    assert tells("会员单位") == importance("会员") + importance("单位") < importance("会员单位")
    assert tells("宗旨") == importance("宗旨")


def test_function_words_that_the_segmenter_lists_as_one_join():
    assert joins("是从") and not joins("培训") and not joins("应对")
