import pytest

from assistant.polar import affirmed


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("协会是不是社团法人", "协会是社团法人"),
        ("协会是社团法人吗?", "协会是社团法人"),
        ("协会有没有会刊", "协会有会刊"),
        ("请问质量月是每年9月,对吧?", "质量月是每年9月"),
        ("难道协会不是营利性组织么", "协会不是营利性组织"),
    ],
)
def test_a_question_becomes_the_statement_it_asks_about(question, statement):
    assert affirmed(question) == statement
