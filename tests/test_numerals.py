import pytest

from vectorstore.numerals import number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十八", 18),
        ("一百零二", 102),
        ("一百二十", 120),
        ("二〇一八", 2018),
        ("１８", 18),
        ("18", 18),
        ("十", 10),
        ("两", 2),
    ]
    + [
        ("一千二百六十", 1260),
        ("三万五千", 35_000),
        ("一百亿", 10_000_000_000),
        ("一亿三千万", 130_000_000),
        ("亿", None),
        ("", None),
        ("甲", None),
        ("十八项", None),
    ],
)
def test_a_numeral_has_its_value_in_every_form(text, value):
    assert number(text) == value
