"""Chinese text arrives right in whatever encoding it is, or is refused; never as other characters."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from ingest.decode import NoEncoding, decode

TEXTS = [path.read_text("utf-8") for path in sorted((Path(__file__).parent / "captures").iterdir())]
TEXTS += [path.read_text("utf-8") for path in sorted((Path(__file__).parents[1] / "documents").glob("*.txt"))]
TRADITIONAL = (
    "第一條　本會定名為雲嶺茶葉學會，以研究茶葉品質、推廣飲茶風氣、聯絡茶農與茶商之情誼為宗旨。\n"
    "第二條　凡年滿二十歲，贊同本會宗旨者，經會員二人介紹，由理事會審查通過，繳納入會費後即為本會會員。\n"
    "第三條　會員大會每年召開一次，由理事長召集之；遇有重要事項，經理事會決議，得召開臨時會員大會。\n"
) * 5
SIMPLIFIED = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"]


def test_a_thousand_stretches_of_text_arrive_right_in_eight_encodings():
    chance = random.Random(7)
    ended: Counter[str] = Counter()
    for _ in range(1000):
        text = chance.choice(TEXTS)
        length = chance.randint(10, 600)
        start = chance.randrange(max(1, len(text) - length))
        for encoding in SIMPLIFIED:
            ended[outcome(text[start : start + length], encoding)] += 1
        start = chance.randrange(len(TRADITIONAL) - 60)
        ended[outcome(TRADITIONAL[start : start + length], "big5")] += 1
    assert ended["wrong"] == 0 and ended["right"] >= 0.995 * ended.total()


def outcome(text: str, encoding: str) -> str:
    try:
        return "right" if decode(text.encode(encoding)) == text else "wrong"
    except NoEncoding:
        return "refused"


@pytest.mark.parametrize("text", ["会费5000元", "第一条", "联系电话：010-62345678"])
@pytest.mark.parametrize("encoding", SIMPLIFIED)
def test_a_few_characters_are_enough_or_are_refused(text, encoding):
    assert outcome(text, encoding) != "wrong"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("euc-kr", "대한민국은 민주공화국이다. 대한민국의 주권은 국민에게 있고, 모든 권력은 국민으로부터 나온다."),
        ("euc-jp", "すべて国民は、法の下に平等であつて、人種、信条、性別、社会的身分により差別されない。"),
        ("shift-jis", "第一条　天皇は、日本国の象徴であり日本国民統合の象徴であつて、この地位は国民の総意に基く。"),
        ("latin-1", "Les hommes naissent et demeurent libres et égaux en droits. Café société à Paris, été."),
        ("cp1252", "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Mit Vernunft begabt."),
        ("koi8-r", "Все люди рождаются свободными и равными в своем достоинстве и правах."),
        ("cp1251", "Все люди рождаются свободными и равными в своем достоинстве и правах."),
        ("utf-8", "第一条 本会名称为云岭茶叶学会。".encode().decode("gb18030", "replace") * 5),
        ("utf-8", "第一条 本会名称为云岭茶叶学会。".encode().decode("latin-1") * 5),
        ("utf-8", "第一条 本会名称为云岭茶叶学会。".encode("gb18030").decode("latin-1") * 5),
        ("utf-8", "本会\ufffd\ufffd为云岭茶\ufffd学会。"),
    ],
)
def test_what_would_be_other_characters_is_refused(encoding, text):
    data = text.encode(encoding)
    with pytest.raises(NoEncoding) as caught:
        decode(data)
    assert caught.value.reason and "。" not in caught.value.reason


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"\xff\xfe\x00\xd8", b"\xef\xbb\xbf\xff", b"\xff\xfe\0\0\xff\xff\xff\xff"]
)
def test_a_mark_that_the_bytes_belie_is_refused(data):
    with pytest.raises(NoEncoding):
        decode(data)


@pytest.mark.parametrize("data", [b"\x8e\\", b"\xf9\xd6a" * 9, b"\xa1\xe3 b" * 9])
def test_characters_that_one_makers_big5_has_and_anothers_lacks_end_in_no_error(data):
    assert outcome_of(data) in ("text", "refused")


def outcome_of(data: bytes) -> str:
    try:
        decode(data).encode()
    except NoEncoding:
        return "refused"
    return "text"


def test_other_languages_in_utf8_are_text():
    for text in ("Café à Paris", "すべて国民は", "대한민국", "Все люди", "数据\x1a", "第二条\x0c第三页"):
        assert decode(text.encode()) == text
