from hypothesis import given
from hypothesis import strategies as st

from vectorstore.normalise import normalise


@given(st.text())
def test_normalising_twice_changes_nothing_the_second_time(text):
    once = normalise(text)
    assert normalise(once) == once


def test_traditional_text_becomes_simplified():
    assert normalise("倡議書裡說，質量發展") == normalise("倡议书里说，质量发展")


def test_simplified_text_that_opencc_would_damage_is_left_alone():
    assert normalise("破坏土地") == "破坏土地"
    assert normalise("毁坏土地，損失") == "毁坏土地,损失"


def test_full_width_and_zero_width_characters_do_not_matter():
    assert normalise("ＡＢＣ１２３\u200b质\ufeff量") == "abc123质量"


def test_spaces_inside_chinese_do_not_matter_and_line_ends_do():
    assert normalise("备 注\n业务  范围") == "备注\n业务范围"


def test_a_run_of_one_character_is_cut():
    assert normalise("啊" * 100_000) == "啊" * 20
