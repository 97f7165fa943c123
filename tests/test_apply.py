"""A delta is a fresh build: the same content, files, rows of Chroma and answers, whatever was kept of the index before."""

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ingest.check import check
from ingest.pipeline import ingest
from vectorstore.dense import COLLECTION, _client, rows_after
from vectorstore.generation import Generation, Manifest, current
from vectorstore.lexical import LexicalIndex
from vectorstore.search import search
from vectorstore.tokens import Tokens, taken_over

ROOT = Path(__file__).parents[1]
TOPICS = (
    "会费 会员 理事会 秘书处 年会 评选 培训 标准 检验 质量 诚信 宣传 调研 合作 出版 咨询 认证 表彰 统计 监督".split()
)


def notice(topic: str, n: int) -> str:
    return f"关于{topic}工作的通知\n\n各会员单位：第{n}号{topic}工作定于{n % 12 + 1}月开展，由秘书处负责，请于月底前报送材料。\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    for n, topic in enumerate(TOPICS):
        (documents / f"{topic}.txt").write_text(notice(topic, n), "utf-8")
    lines = [f'{{"doc_id":"d{n}","title":"批量{n}","text":"第{n}件事是{topic}。"}}' for n, topic in enumerate(TOPICS)]
    (documents / "批量.jsonl").write_text("\n".join(lines), "utf-8")
    return documents


@pytest.fixture
def run(folder, tmp_path, encoder):
    def run(data="data", said=None, **more):
        report = ingest(
            folder,
            tmp_path / data,
            encoder=encoder,
            passage_chars=500,
            check=lambda f: check(f, encoder),
            progress=(said if said is not None else []).append,
            **more,
        )
        return report, current(tmp_path / data)

    return run


def rows_in_chroma(folder: Path) -> dict[int, np.ndarray]:
    """Row -> its vector, as the collection holds it (Chroma divides by the length once more)."""
    client = _client(folder / "chroma")
    found = client.get_collection(COLLECTION, embedding_function=None).get(include=["embeddings"])
    client.close()
    rows = np.load(folder / "rows.npy")
    vectors = zip(found["ids"], found["embeddings"], strict=True)
    return {int(rows[int(number)]): np.asarray(vector, np.float32) for number, vector in vectors}


def assert_alike(delta: Path, fresh: Path, encoder) -> None:
    assert Manifest.read(delta).content == Manifest.read(fresh).content
    for name in ("vectors.npy", "words/words/data.csc.index.npy", "words/grams/indices.csc.index.npy"):
        assert (delta / name).read_bytes() == (fresh / name).read_bytes()
    for name in ("tokens/words", "tokens/grams"):
        for file in ("ids.npy", "starts.npy", "vocabulary.json"):
            assert (delta / name / file).read_bytes() == (fresh / name / file).read_bytes()
    vectors = np.load(fresh / "vectors.npy")
    for folder in (delta, fresh):
        found = rows_in_chroma(folder)
        assert sorted(found) == list(np.flatnonzero(vectors.any(axis=1)))
        np.testing.assert_allclose(np.stack([found[row] for row in sorted(found)]), vectors[sorted(found)], atol=1e-6)
    opened = [Generation.open(folder, encoder) for folder in (delta, fresh)]
    try:
        assert list(opened[0].archive.documents()) == list(opened[1].archive.documents())
        for generation in opened:
            generation.dense.open_chroma()
        for topic in TOPICS:
            assert search(opened[0], f"{topic}工作何时开展？") == search(opened[1], f"{topic}工作何时开展？")
    finally:
        for generation in opened:
            generation.close()


def test_a_small_change_is_applied_by_delta_and_is_a_fresh_build(run, folder, encoder):
    run()
    (folder / "会员.txt").write_text(notice("会员", 77), "utf-8")
    (folder / "年会.txt").unlink()
    (folder / "新增.txt").write_text(notice("交流", 5), "utf-8")
    said = []
    report, delta = run(said=said)
    assert [text for text in said if text.startswith("正在读取")] == ["正在读取 会员.txt", "正在读取 新增.txt"]
    assert report.embedded < 5
    assert len(np.load(delta / "rows.npy")) > report.passages  # numbers of rows that are gone are not given again
    _, fresh = run("fresh")
    assert_alike(delta, fresh, encoder)


def test_after_many_changes_in_a_row_it_still_is(run, folder, encoder):
    chance = random.Random(3)
    run()
    for n in range(6):
        topic = chance.choice(TOPICS)
        if (folder / f"{topic}.txt").exists() and chance.random() < 0.4:
            (folder / f"{topic}.txt").unlink()
        else:
            (folder / f"{topic}.txt").write_text(notice(topic, 100 + n), "utf-8")
        _, delta = run()
    _, fresh = run("fresh")
    assert_alike(delta, fresh, encoder)


def test_when_much_has_changed_chroma_is_built_afresh(run, folder, encoder):
    run()
    for n, topic in enumerate(TOPICS[:12]):
        (folder / f"{topic}.txt").write_text(notice(topic, n + 50), "utf-8")
    report, delta = run()
    assert len(np.load(delta / "rows.npy")) == report.passages
    _, fresh = run("fresh")
    assert_alike(delta, fresh, encoder)


def test_a_process_of_its_own_writes_the_same_collection(run, folder, encoder, monkeypatch):
    monkeypatch.setattr("vectorstore.build.MANY", 1)
    run()
    (folder / "会员.txt").write_text(notice("会员", 77), "utf-8")
    (folder / "年会.txt").unlink()
    _, delta = run()
    monkeypatch.undo()
    _, fresh = run("fresh")
    assert len(np.load(delta / "rows.npy")) > len(np.load(fresh / "rows.npy"))  # a changed copy
    assert_alike(delta, fresh, encoder)


def test_of_a_bulk_file_only_the_changed_lines_are_new(run, folder, encoder):
    run()
    bulk = folder / "批量.jsonl"
    bulk.write_text(bulk.read_text("utf-8").replace("第3件事", "第三件事"), "utf-8")
    report, delta = run()
    assert report.embedded == 1
    _, fresh = run("fresh")
    assert_alike(delta, fresh, encoder)


def test_with_force_nothing_is_kept_and_all_is_the_same(run):
    _, first = run()
    report, second = run(force=True)
    assert report.embedded == report.passages and second != first
    assert Manifest.read(first).content == Manifest.read(second).content


def test_the_old_generation_is_not_touched(run, folder):
    _, old = run()
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file() and path.name != "chroma.sqlite3"}
    (folder / "会员.txt").write_text(notice("会员", 77), "utf-8")
    run()
    assert before == {p: p.read_bytes() for p in old.rglob("*") if p.is_file() and p.name != "chroma.sqlite3"}


def test_locale_time_zone_and_order_of_files_change_nothing(run, folder, tmp_path):
    _, here = run()
    command = [sys.executable, "-m", "ingest", "--documents", str(folder), "--data", str(tmp_path / "there"), "--json"]
    env = {**os.environ, "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7"}
    for path in reversed(sorted(folder.iterdir())):  # another order of creation, where the disk lists by it
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
    assert Manifest.read(current(tmp_path / "there")).content == Manifest.read(here).content


# Tokens and Chroma by themselves


def test_tokens_kept_and_new_are_numbered_as_if_all_were_new():
    chance = random.Random(1)
    old = [[f"w{chance.randint(0, 40)}" for _ in range(chance.randint(0, 9))] for _ in range(50)]
    new = [["w1", "x"], [], *old[10:40], ["y"], *old[:5]]
    rows = np.array([-1, -1, *range(10, 40), -1, *range(5)])
    kept = taken_over(Tokens.of(old), rows, lambda i: " ".join(new[i]), str.split)
    fresh = Tokens.of(new)
    assert kept.vocabulary == fresh.vocabulary
    assert np.array_equal(kept.ids, fresh.ids) and np.array_equal(kept.starts, fresh.starts)


def test_a_word_learned_since_is_cut_anew_where_it_stands_and_nowhere_else():
    texts, asked = ["质量月活动", "会费标准"], []

    def cut(text):
        asked.append(text)
        return [text]

    old = Tokens.of([[text] for text in texts])
    tokens = taken_over(old, np.array([0, 1]), texts.__getitem__, cut, ("质量月",))
    assert asked == ["质量月活动"] and tokens.learned == ("质量月",)


def test_scores_are_those_of_bm25s():
    import bm25s

    chance = random.Random(2)
    passages = [[f"w{int(chance.paretovariate(0.8))}" for _ in range(chance.randint(0, 30))] for _ in range(300)]
    tokens = Tokens.of(passages)
    ours = LexicalIndex.of(tokens)
    theirs = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    numbers = {token: n for n, token in enumerate(tokens.vocabulary)}
    theirs.index(
        ([[numbers[t] for t in passage] for passage in passages], numbers),
        create_empty_token=False,
        show_progress=False,
    )
    for query in (["w1"], ["w2", "w3", "w1"], ["w17", "w4"]):
        known = [token for token in query if token in numbers]
        np.testing.assert_allclose(ours.scores(Counter(known)), theirs.get_scores(known), atol=1e-5)


def test_a_copied_collection_is_left_alone_when_too_much_would_change():
    rows = np.arange(10)
    moved = np.array([0, 1, 2, -1, -1, -1, 6, 7, 8, 9])
    assert rows_after(rows, moved, np.ones((10, 4), np.float32)) is None
