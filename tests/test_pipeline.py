"""Ingesting: what becomes of each file, and that nothing is done twice or lost."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.check import CheckFailed, check
from ingest.lock import Busy, only_writer
from ingest.pipeline import NothingToIngest, ingest, stale
from vectorstore.dense import DamagedIndex
from vectorstore.generation import Generation, IndexMismatch, Manifest, NoIndex, current


@pytest.fixture
def folder(tmp_path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "章程.md").write_text(
        "# 某某协会章程\n\n## 第一章 总则\n\n第一条 本会名称是某某协会。\n\n第二条 本会宗旨是服务会员。\n",
        encoding="utf-8",
    )
    (documents / "通知.txt").write_text("关于召开年会的通知\n\n各会员单位：定于2024年5月召开年会。\n", encoding="utf-8")
    return documents


@pytest.fixture
def run(folder, tmp_path, encoder):
    def run(check=lambda folder: None, force=False, passage_chars=500):
        return ingest(
            folder,
            tmp_path / "data",
            encoder=encoder,
            passage_chars=passage_chars,
            check=check,
            progress=lambda t: None,
            force=force,
        )

    return run


def test_ingesting_twice_changes_nothing_the_second_time(run, tmp_path):
    first, second = run(), run()
    assert [file.status for file in first.files] == ["ingest", "ingest"] and first.embedded == first.passages > 0
    assert [file.status for file in second.files] == ["unchanged", "unchanged"] and second.embedded == 0
    assert first.generation == second.generation
    assert len(list((tmp_path / "data" / "generations").iterdir())) == 1


def test_equal_documents_give_equal_content_wherever_they_are(run, folder, tmp_path, encoder):
    first = run()
    again = ingest(
        folder, tmp_path / "other", encoder=encoder, passage_chars=500, check=lambda f: None, progress=lambda t: None
    )
    contents = [
        Manifest.read(tmp_path / d / "generations" / g).content
        for d, g in (("data", first.generation), ("other", again.generation))
    ]
    assert contents[0] == contents[1]


def test_only_what_changed_is_embedded_and_what_left_the_folder_is_gone(run, folder, tmp_path, encoder):
    run()
    (folder / "章程.md").write_text((folder / "章程.md").read_text("utf-8").replace("服务会员", "服务社会"), "utf-8")
    (folder / "通知.txt").unlink()
    report = run()
    assert {file.path: file.status for file in report.files} == {"章程.md": "ingest", "通知.txt": "removed"}
    assert report.embedded == 1
    generation = Generation.open(current(tmp_path / "data"), encoder)
    text = "".join(passage.text for passage in generation.archive.all_passages())
    assert "服务社会" in text and "服务会员" not in text and "年会" not in text
    generation.close()


def test_a_bad_file_is_named_and_stops_nothing(run, folder):
    (folder / "坏.txt").write_bytes(b"\x00\x01\x02\x03" * 50)
    (folder / "空.txt").write_text("  \n", "utf-8")
    (folder / "图.png").write_bytes(b"\x89PNG")
    report = run()
    statuses = {file.path: (file.status, bool(file.reason)) for file in report.files}
    assert statuses["坏.txt"] == ("reject", True) and statuses["图.png"][1]
    assert statuses["空.txt"] == ("skip", True)
    assert report.documents == 2 and report.rejected


def test_an_unreadable_new_version_keeps_the_old_one_serving(run, folder):
    first = run()
    (folder / "通知.txt").write_bytes(b"\x00\x01\x02\x03" * 50)
    report = run()
    [file] = [file for file in report.files if file.path == "通知.txt"]
    assert file.status == "reject" and "保留" in file.reason
    assert report.documents == first.documents


def test_a_bad_line_of_a_bulk_corpus_is_named_and_the_rest_is_taken(run, folder):
    lines = [
        '{"doc_id":"a","title":"甲","text":"甲的内容。"}',
        "{坏",
        '{"doc_id":"a","title":"乙","text":"重复。"}',
        '{"doc_id":"b","title":"丙","text":"丙的内容。"}',
    ]
    (folder / "bulk.jsonl").write_text("\n".join(lines), "utf-8")
    report = run()
    assert sorted(file.path for file in report.files if file.status == "reject") == ["bulk.jsonl:2", "bulk.jsonl:3"]
    assert report.documents == 4


def test_a_check_that_objects_leaves_the_old_index_serving(run, folder, tmp_path):
    first = run()
    (folder / "新.txt").write_text("新的通知。\n", "utf-8")

    def objects(folder):
        raise CheckFailed(folder.name, "试验")

    with pytest.raises(CheckFailed):
        run(check=objects)
    assert current(tmp_path / "data").name == first.generation
    assert [folder.name for folder in (tmp_path / "data" / "generations").iterdir()] == [first.generation]


def test_a_damaged_generation_does_not_pass_its_check(run, tmp_path, encoder):
    run()
    folder = current(tmp_path / "data")
    check(folder, encoder)
    vectors = (folder / "vectors.npy").read_bytes()
    (folder / "vectors.npy").write_bytes(vectors[:-4] + b"\x00\x00\x80\x3f")
    with pytest.raises(DamagedIndex):
        check(folder, encoder)


def test_an_index_refuses_another_encoder(run, tmp_path, encoder):
    run()

    class Other:
        name, fingerprint, dimension = "other", "0" * 16, encoder.dimension

    with pytest.raises(IndexMismatch, match="编码模型"):
        Generation.open(current(tmp_path / "data"), Other())


def test_the_second_writer_is_told_who_and_since_when(tmp_path):
    with only_writer(tmp_path), pytest.raises(Busy, match=r"进程 \d+.*自 \d{4}-"), only_writer(tmp_path):
        pass


def test_where_nothing_can_be_taken_in_each_file_is_named_with_its_reason(tmp_path, encoder):
    folder = tmp_path / "文件"
    folder.mkdir()
    (folder / "坏.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(NothingToIngest, match="没有可以入库的内容.*\n  坏.pdf：文件已损坏"):
        ingest(
            folder,
            tmp_path / "d",
            encoder=encoder,
            passage_chars=500,
            check=lambda f: None,
            progress=lambda t: None,
        )


def test_no_index_and_no_folder_are_said_kindly(tmp_path, encoder):
    with pytest.raises(NoIndex, match="python -m ingest"):
        current(tmp_path)
    with pytest.raises(NothingToIngest, match="没有这个文件夹"):
        ingest(
            tmp_path / "无",
            tmp_path / "d",
            encoder=encoder,
            passage_chars=500,
            check=lambda f: None,
            progress=lambda t: None,
        )


def test_documents_newer_than_the_index_are_noticed(run, folder, tmp_path):
    run()
    assert not stale(folder, tmp_path / "data", 500)
    (folder / "新.txt").write_text("新的通知。\n", "utf-8")
    assert stale(folder, tmp_path / "data", 500)


def test_a_manifest_names_every_file_and_its_end(run, folder, tmp_path):
    (folder / "空.txt").write_text("", "utf-8")
    report = run()
    manifest = json.loads((tmp_path / "data" / "generations" / report.generation / "manifest.json").read_text("utf-8"))
    assert {file["path"]: file["status"] for file in manifest["files"]} == {
        "章程.md": "ingest",
        "通知.txt": "ingest",
        "空.txt": "skip",
    }
    assert set(manifest["hashes"]) >= {"passages.db", "vectors.npy"}
    assert replace(Manifest.read(tmp_path / "data" / "generations" / report.generation)).passages == report.passages
