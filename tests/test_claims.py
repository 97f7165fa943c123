import pytest

from assistant.claims import claims, figures, opened_body, units_asked, without


@pytest.mark.parametrize(
    ("question", "polar", "claimed"),
    [
        ("质量月为什么定在每年3月", False, [(3, "月")]),
        ("倡议书是2019年发布的吗", True, [(2019, "年")]),
        ("2019年质量月的主题是什么", False, []),
        ("为什么有三十四家企业参加", False, [(34, "家")]),
        ("第三章讲了什么", False, []),
        ("十年以后还有质量月吗", True, []),
        ("有一个问题想问", False, []),
    ],
)
def test_a_figure_is_a_claim_when_it_is_what_the_question_says(question, polar, claimed):
    assert [(figure.value, figure.unit) for figure in claims(question, polar)] == claimed


def test_a_date_in_digits_is_a_year_a_month_and_a_day():
    assert figures("时间:2018-09-02") == {(2018, "年"), (9, "月"), (2, "日")}
    assert figures("二〇一八年九月") == {(2018, "年"), (9, "月")}


def test_what_a_question_asks_about_is_left_when_its_claim_is_taken_out():
    text = "质量月为什么定在每年3月"
    assert without(text, claims(text, False)).split() == ["质量月为什么定在每年"]


def test_what_is_counted_tells_the_measure_that_the_question_leaves_out():
    assert units_asked("有多少企业参加") == units_asked("有多少家企业") == {"家"}
    assert units_asked("多少部门一起办的") == {"个"}


def test_a_body_that_no_document_names_is_opened_and_one_they_name_is_not():
    assert opened_body("协会归农业部管吧", lambda word: False) == "协会归哪个部门管吧"
    assert opened_body("协会归农业部管吧", lambda word: True) == "协会归农业部管吧"
    assert opened_body("活动在北京办吗", lambda word: False) == "活动在北京办吗"
