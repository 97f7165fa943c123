import pytest

from assistant.english import in_chinese

GLOSSES = {
    "busi": {"业务": 1.0, "行业": 0.62},
    "scope": {"范围": 0.83},
    "nonprofit": {"非营利": 1.0},
    "organ": {"组织": 1.0},
    "organiz": {"组织": 1.0},
    "compani": {"企业": 1.0, "公司": 0.9},
}
COUNTS = {"业务": 20, "行业": 9, "范围": 2, "非营利": 1, "组织": 5, "企业": 30, "公司": 2}


@pytest.mark.parametrize(
    ("question", "chinese"),
    [
        ("what is the scope of business?", "业务范围是什么"),
        ("how many companies are there?", "有多少企业"),
        ("is it a non-profit organization?", "非营利组织吗"),
    ],
)
def test_a_question_is_put_into_the_documents_words(question, chinese):
    assert in_chinese(question, GLOSSES, COUNTS, lambda pair: True) == chinese


def test_a_question_of_other_words_stays_as_it_is():
    assert in_chinese("what is the annual membership fee?", GLOSSES, COUNTS, lambda pair: True) == ""


def test_of_two_words_the_one_that_stands_beside_its_neighbour_is_taken():
    glosses = {"qualiti": {"品质": 1.0, "质量": 0.9}, "month": {"月": 0.5}}
    meets = {"量月"}.__contains__
    assert in_chinese("quality month", glosses, {"品质": 3, "质量": 3, "月": 3}, meets) == "质量月"


@pytest.mark.parametrize(
    "asked", ["select scope from business", "{business.scope}", "/organization/business", "a = business"]
)
def test_programs_and_paths_ask_for_nothing(asked):
    assert in_chinese(asked, GLOSSES, COUNTS, lambda pair: True) == ""


def test_a_word_that_hardly_fits_is_none():
    assert in_chinese("business above", {**GLOSSES, "abov": {"上": 0.25}}, COUNTS, lambda pair: True) == ""
