import pytest

from vectorstore.lexical import LexicalIndex


def test_the_passage_with_the_rare_word_scores_highest(tmp_path):
    LexicalIndex.build([["质量", "检验"], ["质量", "宗旨"], ["质量"]]).save(tmp_path / "words")
    index = LexicalIndex.open(tmp_path / "words", 3)
    assert index.scores(["宗旨", "质量"]).argmax() == 1
    assert index.rarity("宗旨") > index.rarity("质量")
    assert index.rarity("没有的词") > index.rarity("宗旨")


def test_a_token_counts_as_it_is_weighed(tmp_path):
    LexicalIndex.build([["质量", "检验"], ["质量", "宗旨"], ["质量"]]).save(tmp_path / "words")
    index = LexicalIndex.open(tmp_path / "words", 3)
    asked = ["宗旨", "质量", "质量", "会费"]
    assert index.scores(asked, lambda token: 1.0) == pytest.approx(index.scores(asked))
    alone = index.scores(asked, lambda token: float(token == "宗旨"))
    assert alone == pytest.approx(index.scores(["宗旨"]))


def test_unknown_words_score_nothing():
    assert not LexicalIndex.build([["质量"]]).scores(["会费"]).any()


def test_an_index_of_passages_without_words_can_be_saved_and_asked(tmp_path):
    LexicalIndex.build([[], []]).save(tmp_path)
    assert list(LexicalIndex.open(tmp_path, 2).scores(["质量"])) == [0, 0]
