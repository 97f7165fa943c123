import pytest

from assistant.expected import aim_of, aims, attribute, classed, clefts, defined, defines, lacks_what_is_asked


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("会长是谁", "会长为张建国。"),
        ("质量月从哪一年开始", "活动始于1978年。"),
        ("哪年建成", "始建于嘉靖九年。"),
        ("联系电话", "电话:010-12345678"),
        ("会费多少钱", "每年会费二千元。"),
        ("单位会员会费多少钱", "类别:单位会员;会费(元/年):2000"),
        ("非会员培训费多少", "类别:非会员;培训费(元/人)·5月1日后缴费:2200"),
        ("理事会多久开一次", "理事会每年召开一次会议。"),
        ("大会几年一次", "会员大会每届五年,两年一次。"),
        ("任期多久", "会长任期四年。"),
        ("有几个副会长", "设会长一人,副会长三人。"),
        ("有多少个部门", "等34个相关部门、行业协会"),
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
        ("会费多少钱", "类别 | 会费(元/年) | 理事名额:3"),
        ("网址是什么", "建设本团体官方网站"),
        ("理事会多久开一次", "副会长、常务理事、理事单位"),
        ("任期多久", "会长由理事会选举产生。"),
        ("有几个副会长", "副会长、常务理事、理事单位组织开展“3.15”活动,2018年9月"),
        ("副会长有几位", "副会长、常务理事、理事单位"),
        ("协会有多少名员工", "每一名员工都要负责"),
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


@pytest.mark.parametrize(
    ("question", "said", "lacks"),
    [
        ("有多少家会员单位", "理事单位和会员单位,3.15活动", True),
        ("有多少家企业", "等1600余家企业", False),
        ("有多少名专家", "专家120人", False),
        ("怎么联系你们", "本团体与境外组织联系", True),
    ],
)
def test_a_number_of_another_measure_does_not_answer(question, said, lacks):
    assert lacks_what_is_asked(question, said) is lacks


@pytest.mark.parametrize(
    "question", ["质量月的目的是什么", "质量月有什么目的", "质量月的目的呢", "质量月为了什么办的", "“质量月”的用意何在"]
)
def test_an_aim_is_asked_for_in_many_ways(question):
    assert aim_of(question) == "质量月"


def test_an_aim_is_said_outright():
    assert aims("质量月", "全国“质量月”活动旨在提高质量意识")
    assert not aims("质量月", "质量是建设质量强国的根本目的")


def test_what_a_verb_is_asked_for_is_set_out_after_it():
    cleft = clefts("工匠精神追求什么")
    assert cleft is not None and cleft.search("追求的是精益求精") and not cleft.search("追求卓越的理念")
    assert clefts("协会成立了吗") is None


def test_an_attribute_is_given_in_several_forms():
    form = attribute("倡议书的主题是什么")
    assert form is not None
    assert all(form.search(said) for said in ("主题为“质量第一”", "以“质量第一”为主题联合发出", "“质量第一”的主题"))
    assert not form.search("质量是社会进步的永恒主题")


def test_a_term_that_a_work_mentions_is_the_term():
    assert defined("倡议书中提到的工匠精神指什么") == "工匠精神"


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("协会是不是赚钱的公司", "协会"),
        ("协会是政府机关,对吧", "协会"),
        ("质量月是1987年开始的吧", ""),
        ("协会是哪年成立的", ""),
        ("协会有法人资格吗", ""),
    ],
)
def test_whether_something_is_of_a_kind_is_asked_of_it(question, what):
    assert classed(question) == what


@pytest.mark.parametrize(
    ("question", "said", "lacks"),
    [
        ("会长是谁", "经会长办公会审定,拟确定五家。", True),
        ("秘书长叫什么名字", "专职秘书长为顾明远。", False),
        ("会刊叫啥名字", "编印会刊《青石茶话》", False),
        ("会刊叫啥名字", "依照规定编印会刊", True),
        ("会长手机号多少", "会长单位:12000", True),
        ("会费打到哪个账号", "账号:6200 1187 0433 5209", False),
        ("召回了多少台冰箱", "组织1600余家企业", True),
        ("最高任职年龄几岁", "不超过七十周岁", False),
        ("会长今年多大岁数", "最高任职年龄不超过七十周岁", True),
        ("占地面积有多大", "占地三十亩", False),
        ("有几个副会长,都叫什么", "副会长每届任期五年", True),
    ],
)
def test_what_is_asked_for_is_known_by_its_form(question, said, lacks):
    assert lacks_what_is_asked(question, said) is lacks


def test_no_fee_is_an_amount_and_no_second_one_is_none():
    assert not lacks_what_is_asked("评审费是多少钱", "本次评价不向申报机构收取任何费用。")
    assert lacks_what_is_asked("会费一年交多少", "按其中较高的标准交纳一份会费,不重复收取。")
