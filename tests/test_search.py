from pathlib import Path

import numpy as np
import pytest

from vectorstore.asking import telling
from vectorstore.dense import (
    Agreement,
    DamagedIndex,
    DenseIndex,
    chroma_digests,
    contexts_of,
    measured,
    rows_after,
    rows_held,
    write_chroma,
)
from vectorstore.generation import Generation
from vectorstore.langchain_adapter import EncoderEmbeddings, as_retriever
from vectorstore.search import DENSE, MOST, NEAR, WORDS, _counts, leg_hits, search
from vectorstore.words import grams

QUESTIONS = ["业务范围有哪些", "協會的宗旨是什麼", "质量月是什么时候", "怎么加入", "ISO 9001"]


class Speechless:
    """An encoder to which every text is one of unknown words."""

    name, fingerprint, dimension = "speechless", "0" * 16, 128

    def encode(self, texts):
        return np.zeros((len(texts), self.dimension), dtype=np.float32)


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("业务范围", "业务范围"),
        ("宗旨", "宗旨"),
        ("协会的宗旨是什么", "宗旨"),
        ("工匠精神", "同时·弘扬工匠精神"),
        ("三个转变", "业务范围（一）"),
        ("质量月", ""),
        ("质量第一", ""),
    ],
)
def test_each_lexical_leg_finds_short_official_terms_first(generation, question, label):
    hits = search(generation, question, dense=0)
    assert hits[0].passage.label.startswith(label) and (label or question[:2] in hits[0].passage.indexed_text)


def test_the_name_of_the_body_itself_does_not_drown_what_is_asked_of_it(generation):
    asked, named = search(generation, "出版哪些刊物"), search(generation, "中国质量检验协会出版哪些刊物")
    assert asked[0].passage == named[0].passage and asked[0].passage.label == "业务范围（六）"
    assert named[1].score < 0.5  # the next has nothing but the name in common
    assert search(generation, "中国质量检验协会")  # alone it is what is asked


def test_chroma_finds_what_exact_search_finds(generation):
    for row in range(0, generation.manifest.passages, 5):
        vector = generation.dense.vectors[row]
        assert list(generation.dense.nearest(vector, 5)) == list(generation.dense.nearest_exactly(vector, 5))


def with_chroma(folder: Path, vectors: np.ndarray, rows: np.ndarray, old: Path | None = None) -> Agreement:
    """How well the collection of these finds them, once it is opened again."""
    folder.mkdir()
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "contexts.npy", vectors.astype(np.float16))
    np.save(folder / "rows.npy", rows)
    write_chroma(folder, old)
    index = DenseIndex.open(folder, chroma_digests(folder / "chroma"))
    written = {path: path.read_bytes() for path in folder.rglob("data_level0.bin")}
    index.open_chroma()
    try:
        return measured(index.nearest, vectors)
    finally:
        index.close()
        # Opened in a process that has read other documents, it must not take their words from memory.
        assert written and written == {path: path.read_bytes() for path in folder.rglob("data_level0.bin")}


def test_chroma_finds_every_one_of_hundreds_of_nearly_equal_lines_however_often_it_is_opened(encoder, tmp_path):
    vectors = encoder.encode([f"第三稿的第{n}件事由秘书处办理。" for n in range(500)])
    for n in range(3):
        assert with_chroma(tmp_path / str(n), vectors, rows_held(vectors)).good


@pytest.mark.parametrize("good", [True, False])
def test_a_changed_copy_in_which_chroma_would_miss_some_is_made_anew_with_the_same_numbers(
    encoder, tmp_path, monkeypatch, good
):
    vectors = encoder.encode(
        [f"第{n}件事由{who}办理，每年第{n % 12}月报告。" for who in ("秘书处", "理事会") for n in range(300)]
    )
    with_chroma(tmp_path / "old", vectors[:500], np.arange(500))
    moved = np.concatenate([np.arange(10, 500), np.full(100, -1)])
    rows = rows_after(np.arange(500), moved, vectors[10:])
    assert rows is not None and list(rows[:12]) == [*[-1] * 10, 0, 1] and len(rows) == 600
    agreements = iter([Agreement(1.0 if good else 0.9, 1.0), Agreement(1.0, 1.0)])
    monkeypatch.setattr("vectorstore.dense._measured", lambda *collection: next(agreements))
    assert with_chroma(tmp_path / "new", vectors[10:], rows, tmp_path / "old").good
    assert len(list(agreements)) == (1 if good else 0)


def test_a_question_of_unknown_signs_has_no_dense_leg(generation):
    zero = np.zeros(generation.encoder.dimension, dtype=np.float32)
    assert len(generation.dense.nearest(zero, 5)) == 0
    assert leg_hits(generation, "！？……")["dense"] == []
    assert search(generation, "！？……") == []


def test_the_end_of_a_long_question_counts_more_than_its_beginning_and_a_short_one_all_alike():
    counts = _counts("今年在北京参加培训的会员单位,会费怎样收取", {}, grams)
    assert counts["今年"] < counts["培训"] < 1.01 < counts["会费"] < counts["收取"] < 1.5
    assert sum(counts.values()) == pytest.approx(len(grams("今年在北京参加培训的会员单位,会费怎样收取")), rel=0.05)
    assert set(_counts("会费怎样收取", {}, grams).values()) == {1.0}
    assert _counts("会费的会费", {}, grams)["会费"] == 2.0
    assert _counts("老板不发工钱怎么办", {"工钱": ("工资",)}, grams)["工资"] < 1.0


def test_what_all_passages_have_in_common_counts_less_in_a_question(generation, encoder):
    asked = encoder.encode(["质量"])[0]
    common = np.asarray(generation.dense.vectors).mean(axis=0)
    evened = generation.evened(asked)
    assert np.linalg.norm(evened) == pytest.approx(1)
    assert evened @ common < asked @ common
    assert not np.any(generation.evened(np.zeros_like(asked)))


def test_a_scope_limits_the_hits(generation):
    assert search(generation, "质量", scope=[]) == []
    assert len(search(generation, "质量", scope=list(generation.archive.document_ids))) == 10


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_question_finds_the_same_passages_best_first(generation, question):
    hits = search(generation, question)
    assert hits
    assert hits == search(generation, question)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_score_is_the_weighted_mean_of_the_legs_shown_with_it(generation, question):
    hits = search(generation, question)
    dense = dense_weight(hits)
    assert DENSE - 0.01 <= dense <= MOST + 0.01
    for hit in hits:
        fused = (1 - dense) * lexical(hit) + dense * hit.dense
        assert hit.fused == pytest.approx(fused, abs=0.01)
        assert hit.score == pytest.approx((hit.fused + NEAR * hit.near) / (1 + NEAR), abs=2e-4)


def lexical(hit):
    return WORDS * hit.words + (1 - WORDS) * hit.grams


def dense_weight(hits):
    """The one weight with which all hits are fused, from the hit that shows it best."""
    hit = max(hits, key=lambda hit: abs(hit.dense - lexical(hit)))
    return (hit.fused - lexical(hit)) / (hit.dense - lexical(hit))


def test_words_decide_where_a_passage_has_them_and_the_encoder_where_none_has(generation):
    assert dense_weight(search(generation, "组织出版学术性会刊")) == pytest.approx(DENSE, abs=0.01)
    assert dense_weight(search(generation, "老百姓怎么挑东西才不吃亏")) > DENSE + 0.1


def test_around_a_passage_are_those_near_it_in_its_own_document_alone():
    vectors = np.eye(4, dtype=np.float32)
    near, far = np.array([(0, 100), (100, 200), (900, 1000)]), np.array([(0, 50)])
    contexts = contexts_of([near, far], vectors)
    assert contexts[0] == pytest.approx([0.7071, 0.7071, 0, 0], abs=1e-3) and np.array_equal(contexts[0], contexts[1])
    assert np.array_equal(contexts[2:], vectors[2:])
    assert not contexts_of([np.array([(0, 10)])], np.zeros((1, 4), np.float32)).any()


def test_word_by_word_a_passage_is_as_near_as_its_nearest_word(generation):
    row = next(n for n, passage in enumerate(generation.archive.all_passages()) if "刊物" in passage.text)
    rows = np.array([row, (row + 1) % generation.manifest.passages])
    own, like, foreign = (generation.nearness.of(rows, [word], [1.0]) for word in ("刊物", "杂志", "蒸汽机车"))
    assert (
        own[0] == 1 and foreign[0] < like[0] < 1
    )  # a word that stands there, one like it, one that has nothing to do with it
    assert generation.nearness.of(rows, ["刊物", "杂志"], [3.0, 1.0]) == pytest.approx((3 * own + like) / 4)
    assert not generation.nearness.of(rows, [], []).any()


def test_pairs_that_stand_in_any_question_tell_little(generation):
    assert telling("什么") < telling("如何") < telling("业务") <= telling("鉶鉶") == pytest.approx(1)
    asked = leg_hits(generation, "什么样的刊物")["grams"]
    assert "刊物" in asked[0].passage.text


def test_a_question_with_the_zero_vector_is_scored_by_its_words_alone(generation):
    g = generation
    deaf = Generation(g.path, g.manifest, g.archive, g.words, g.grams, g.dense, Speechless(), g.lexicon)
    hits = search(deaf, "业务范围有哪些")
    assert hits
    for hit in hits:
        assert hit.dense == 0
        assert hit.score == pytest.approx(WORDS * hit.words + (1 - WORDS) * hit.grams, abs=2e-4)


def test_langchain_gets_documents_with_their_citation(generation):
    found = as_retriever(generation, limit=3).invoke("业务范围第七项")
    assert len(found) == 3
    document = generation.archive.document(found[0].metadata["document"])
    assert document.text[found[0].metadata["start"] : found[0].metadata["end"]] == found[0].page_content


def test_langchain_gets_the_index_s_own_vectors(generation):
    vector = EncoderEmbeddings(generation.encoder).embed_query("质量")
    assert np.allclose(vector, generation.encoder.encode(["质量"])[0])


def test_without_chroma_search_is_exact_and_says_so(generation, tmp_path):
    broken = tmp_path / "generation"
    (broken / "chroma").mkdir(parents=True)
    (broken / "chroma" / "chroma.sqlite3").write_bytes(b"not a database" * 100)
    np.save(broken / "vectors.npy", np.asarray(generation.dense.vectors))
    np.save(broken / "contexts.npy", np.asarray(generation.dense.vectors, dtype=np.float16))
    np.save(broken / "rows.npy", np.arange(len(generation.dense.vectors)))
    index = DenseIndex.open(broken, {})
    with pytest.raises(DamagedIndex, match="无法打开"):
        index.open_chroma()
    vector = generation.dense.vectors[0]
    assert list(index.nearest(vector, 5)) == list(index.nearest_exactly(vector, 5))
