import pytest

from assistant.expected import defined, defines, lacks_what_is_asked


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("会长是谁", "会长为张建国。"),
        ("质量月从哪一年开始", "活动始于1978年。"),
        ("哪年建成", "始建于嘉靖九年。"),
        ("联系电话", "电话:010-12345678"),
        ("会费多少钱", "每年会费二千元。"),
        ("有多少家企业", "等1600余家企业"),
        ("宗旨是什么", "按照服务会员的原则"),
        ("办公地址在哪里", "北京市海淀区知春路1号"),
    ],
)
def test_words_that_hold_what_is_asked_for_may_answer(question, said):
    assert not lacks_what_is_asked(question, said)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("会长是谁", "副会长、常务理事、理事单位"),
        ("协会哪一年成立", "协会依法成立。"),
        ("联系电话是多少", "欢迎来电。"),
        ("会费多少钱", "会员应当缴纳会费。"),
        ("网址是什么", "建设本团体官方网站"),
    ],
)
def test_words_that_lack_it_do_not(question, said):
    assert lacks_what_is_asked(question, said)


@pytest.mark.parametrize("question", ["什么叫工匠精神", "工匠精神是什么?", "工匠精神指什么", "何谓工匠精神"])
def test_a_definition_is_asked_for_in_many_ways(question):
    assert defined(question) == "工匠精神"


def test_a_definition_says_what_the_term_is():
    assert defines("工匠精神", "工匠精神坚守的是质量第一")
    assert not defines("工匠精神", "都要用工匠精神这种执着的态度")
    assert not defines("工匠精神", "弘扬工匠精神,推动质量提升")
