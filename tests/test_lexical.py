import numpy as np
import pytest

from vectorstore.lexical import LexicalIndex


def test_the_passage_with_the_rare_word_scores_highest(tmp_path):
    LexicalIndex.build([["质量", "检验"], ["质量", "宗旨"], ["质量"]]).save(tmp_path / "words")
    index = LexicalIndex.open(tmp_path / "words", 3)
    assert index.scores({"宗旨": 1, "质量": 1}).argmax() == 1
    assert index.rarity("宗旨") > index.rarity("质量")
    assert index.rarity("没有的词") > index.rarity("宗旨")


def test_a_token_counts_as_it_is_weighed(tmp_path):
    LexicalIndex.build([["质量", "检验"], ["质量", "宗旨"], ["质量"]]).save(tmp_path / "words")
    index = LexicalIndex.open(tmp_path / "words", 3)
    once, twice = index.scores({"宗旨": 1}), index.scores({"宗旨": 2, "会费": 1})
    assert twice == pytest.approx(2 * once) and once.argmax() == 1 and np.count_nonzero(once) == 1


def test_unknown_words_score_nothing():
    assert not LexicalIndex.build([["质量"]]).scores({"会费": 1}).any()


def test_an_index_of_passages_without_words_can_be_saved_and_asked(tmp_path):
    LexicalIndex.build([[], []]).save(tmp_path)
    assert list(LexicalIndex.open(tmp_path, 2).scores({"质量": 1})) == [0, 0]
