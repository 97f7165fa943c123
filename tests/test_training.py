"""Training: what is held back stays out, and a tiny run gives a directory that loads."""

import json
import lzma
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("sentencepiece", reason="training needs sentencepiece; asking does not")

from vectorstore.encoder import SentenceEncoder, StaticEncoder
from vectorstore.training.__main__ import main
from vectorstore.training.asking import shares
from vectorstore.training.batches import Bags, ClozeTexts
from vectorstore.training.data import held_back, held_back_pairs, read_corpus
from vectorstore.training.formal import said

EXAMPLES = [
    ("law", "上海口岸服务条例", True),
    ("law", "消费者权益保护法", True),
    ("law", "产品质量法", False),
    ("manual", "产品质量法", True),
    ("cmrc_train", "范廷颂", False),
    ("cmrc_train", "天津", True),
    ("lctt", "", False),
    ("dynamics", "", True),
]


def write_rows(path, rows):
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    passages = [
        [
            "manual",
            f"设备{number}",
            f"设备{number}应当每年检验。检验由机构进行；费用为{number}元。结果须公布！不合格的，应当维修。",
        ]
        for number in range(60)
    ]
    pairs = [["manual", f"设备{number}的检验", text] for number, (_, _, text) in enumerate(passages)]
    pairs += [
        ["cmrc_train", f"第{number}号标准是什么？", f"第{number}号标准规定了产品的质量要求。"] for number in range(60)
    ]
    write_rows(folder / "passages.jsonl.xz", passages)
    write_rows(folder / "pairs.jsonl.xz", pairs)
    return folder


@pytest.mark.parametrize(("source", "key", "expected"), EXAMPLES)
def test_the_rule_for_what_is_held_back_never_changes(source, key, expected):
    assert held_back(source, key) is expected


def test_about_one_key_in_ten_is_held_back():
    assert 80 <= sum(held_back("law", f"第{number}条") for number in range(1000)) <= 120


def test_a_held_back_title_keeps_its_passages_and_pairs_out(data):
    corpus = read_corpus(data)
    titles = {passage.title for passage in corpus.passages}
    assert titles == {f"设备{number}" for number in range(60) if not held_back("manual", f"设备{number}")}
    assert len(titles) < 60
    assert {pair.title for pair in corpus.pairs if pair.source == "manual"} == titles


def test_trained_and_held_back_pairs_together_are_all_pairs(data):
    trained, kept = read_corpus(data).pairs, held_back_pairs(data)
    assert kept
    assert not set(trained) & set(kept)
    assert len(trained) + len(kept) == 120


def test_a_text_held_back_under_one_title_is_left_out_under_another(data):
    held = next(f"设备{number}" for number in range(60) if held_back("manual", f"设备{number}"))
    text = "同一段文字出现在两个标题之下，只要其中一个标题被留出，就不得用于训练。"
    write_rows(data / "passages.jsonl.xz", [["manual", held, text], ["manual", "另一个标题", text]])
    assert not held_back("manual", "另一个标题")
    assert not read_corpus(data).passages


def test_bags_are_taken_thinned_and_joined_each_for_itself():
    bags = Bags(np.array([1, 2, 3, 4, 5], dtype=np.int32), np.array([0, 2, 2, 5]))
    taken = bags.take(np.array([2, 1, 0]))
    assert taken.ids.tolist() == [3, 4, 5, 1, 2]
    assert taken.bounds.tolist() == [0, 3, 3, 5]
    odd = taken.where(taken.ids % 2 == 1)
    assert (odd.ids.tolist(), odd.bounds.tolist()) == ([3, 5, 1], [0, 2, 2, 3])
    joined = odd.joined(bags)
    assert (joined.ids.tolist(), joined.bounds.tolist()) == ([3, 5, 1, 2, 1, 3, 4, 5], [0, 4, 4, 8])


def test_a_cloze_sentence_is_absent_from_its_surroundings_seven_times_in_ten():
    first = np.array([0, 5])
    sentences = Bags(np.arange(1, 6, dtype=np.int32), np.arange(6))
    titles = Bags(np.array([9], dtype=np.int32), np.array([0, 1]))
    batch = ClozeTexts(sentences, first, titles).batch(np.zeros(2000, dtype=np.int64), np.random.default_rng(1))
    asked = [batch.queries.ids[low:high] for low, high in pairwise(batch.queries.bounds)]
    around = [batch.texts.ids[low:high] for low, high in pairwise(batch.texts.bounds)]
    kept = [query[0] in text for query, text in zip(asked, around, strict=True) if len(query)]
    titled = [9 in text for text in around]
    assert 0.25 < np.mean(kept) < 0.35
    assert 0.25 < np.mean(titled) < 0.35
    assert all(len(set(text) - {9}) >= 3 for text in around)


def test_a_tiny_run_gives_an_encoder_that_loads(data, tmp_path):
    out = tmp_path / "model"
    arguments = ["--data", str(data), "--out", str(out), "--steps", "3", "--batch", "16", "--words", "8000"]
    assert main(arguments) == 0
    encoder = StaticEncoder.open(out)
    vectors = encoder.encode(["设备的检验", "設備的檢驗", "，。"])
    assert vectors.shape == (3, 128)
    assert np.allclose(vectors[0], vectors[1])
    assert not vectors[2].any()
    assert np.abs(SentenceEncoder.open(out).encode(["设备的检验"]) - vectors[0]).max() < 1e-3
    assert "--seed 1" in (out / "README.md").read_text(encoding="utf-8")
    further = tmp_path / "further"
    assert main([*arguments[:2], "--out", str(further), "--steps", "2", "--batch", "16", "--start", str(out)]) == 0
    assert StaticEncoder.open(further).fingerprint != encoder.fingerprint


def test_missing_data_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "model")]) == 2
    assert "passages.jsonl.xz is missing" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_a_pair_asks_when_questions_of_every_kind_hold_it():
    wiki = [f"第{n}座塔建于什么时候" for n in range(4)] * 2
    patients = [f"血压{n}要吃什么药" for n in range(16)]
    found = shares([wiki, patients])
    assert found == {"什么": 1.0}  # not 血压, of patients alone, nor 座塔; a wording that comes twice counts once


def test_words_that_official_texts_use_are_words_of_the_dictionary_that_several_hold():
    texts = ["会员应当缴纳会费。", "会费的标准", "收取会费，撒手不管", "会费由大会决定", "奥利维埃缴纳", "标准"]
    assert said(texts) == ["会费"]
