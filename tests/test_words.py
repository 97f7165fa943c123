import marshal
import tempfile
import time

import pytest

from vectorstore.normalise import normalise
from vectorstore.words import _segmenter, content_words, grams, nominal, proper, words


def test_search_words_hold_the_long_word_and_the_short_ones_in_it():
    assert {"业务范围", "业务", "范围"} <= set(words("业务范围有哪些"))


def test_a_decimal_stays_whole():
    assert "3.15" in words("组织3.15活动") and "3.15" in grams("组织3.15活动")


def test_pairs_do_not_cross_punctuation():
    assert grams("质量,检验") == ["质量", "检验"]


def test_function_words_carry_no_content():
    assert content_words("协会的业务范围有哪些?") == ["协会", "业务范围"]


def test_a_hundred_thousand_equal_characters_are_segmented_at_once():
    started = time.process_time()
    words(normalise("囧" * 100_000))
    assert time.process_time() - started < 5  # without the cut jieba takes over a minute


def test_a_noun_or_a_name_can_be_spoken_of_and_a_verb_or_a_number_cannot():
    assert all(map(nominal, ["门票", "消费者", "白浪灯塔"]))
    assert not any(map(nominal, ["位于", "开始", "第三项", "什么"]))
    assert proper("香港") and not proper("门票")


def test_who_has_no_home_takes_no_dictionary_that_somebody_left_in_the_shared_folder(tmp_path, monkeypatch):
    planted = tmp_path / "jieba.cache"
    planted.write_bytes(marshal.dumps(({"质量检验": 10**9}, 10**9)))
    (tmp_path / "home").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert _segmenter.__wrapped__().FREQ == _segmenter().FREQ
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "jieba.cache"]


@pytest.mark.parametrize("found", [b"", b"no dictionary", marshal.dumps(3)])
def test_a_cached_dictionary_that_cannot_be_read_is_made_anew(tmp_path, monkeypatch, found):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cached = tmp_path / "association-qa" / "jieba.cache"
    cached.parent.mkdir()
    cached.write_bytes(found)
    assert _segmenter.__wrapped__().FREQ == _segmenter().FREQ
    assert marshal.loads(cached.read_bytes())[0] == _segmenter().FREQ
    assert _segmenter.__wrapped__().FREQ == _segmenter().FREQ
