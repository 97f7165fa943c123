from hypothesis import given
from hypothesis import strategies as st

from vectorstore.sentences import clauses, phrases, sentences

chinese = st.text(alphabet="质量检验。！？；，、“”（）()《》\n 3.15a", max_size=80)


@given(chinese)
def test_nothing_but_white_space_is_lost_and_the_pieces_are_in_order(text):
    for split in (sentences, clauses, phrases):
        pieces = split(text)
        assert "".join("".join(text[a:b].split()) for a, b in pieces) == "".join(text.split())
        assert all(b <= c for (_, b), (c, _) in zip(pieces, pieces[1:], strict=False))


def test_a_sentence_takes_its_closing_quote_along():
    text = "他说：“质量第一。”然后走了。"
    assert [text[a:b] for a, b in sentences(text)] == ["他说：“质量第一。”", "然后走了。"]


def test_a_decimal_ends_no_sentence():
    assert len(sentences("组织“3.15”活动")) == 1


def test_commas_inside_quotes_do_not_cut():
    text = "按照“服务会员,服务企业”的原则,贯彻精神"
    assert [text[a:b] for a, b in phrases(text)] == ["按照“服务会员,服务企业”的原则,", "贯彻精神"]
