"""The way back, what is kept and for how long, what is taken out for good, and what can be put back elsewhere."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from ingest.backup import backup
from ingest.check import check
from ingest.history import NoSuchGeneration, earlier, history, retain
from ingest.pipeline import ingest
from ingest.purge import NothingToPurge, purge
from vectorstore.generation import Generation, Manifest, current, switch
from vectorstore.search import search

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "通知.txt").write_text("关于会费的通知\n\n会费标准为每年一千元，由秘书处收取。\n", "utf-8")
    (documents / "秘密.txt").write_text("关于欧阳慕容的处分决定\n\n经研究，给予会员欧阳慕容警告处分。\n", "utf-8")
    return documents


@pytest.fixture
def run(folder, tmp_path, encoder):
    def run(text=None, **more):
        if text:
            (folder / "通知.txt").write_text(f"关于会费的通知\n\n会费标准为每年{text}元，由秘书处收取。\n", "utf-8")
        return ingest(
            folder,
            tmp_path / "data",
            encoder=encoder,
            passage_chars=500,
            check=lambda f: check(f, encoder),
            progress=lambda t: None,
            **more,
        ).generation

    return run


def command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "ingest", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def content(data: Path) -> str:
    return Manifest.read(current(data)).content


def test_rolling_back_and_applying_again_gives_the_same_again(run, folder, tmp_path):
    data = tmp_path / "data"
    first = run()
    run("两千")
    newer = content(data)
    found = command("rollback", "--data", data, "--json")
    assert found.returncode == 0 and json.loads(found.stdout)["generation"] == first == current(data).name
    again = command("--documents", folder, "--data", data, "--json")
    assert again.returncode == 0 and content(data) == newer


def test_a_name_says_how_far_back_and_a_wrong_one_is_named(run, tmp_path):
    names = [run(), run("两千"), run("三千")]
    data = tmp_path / "data"
    assert earlier(data).name == names[1] and earlier(data, names[0]).name == names[0]
    with pytest.raises(NoSuchGeneration, match="没有名为 无"):
        earlier(data, "无")
    switch(data, names[0])
    with pytest.raises(NoSuchGeneration, match="没有更早"):
        earlier(data)
    assert command("rollback", "--data", data).returncode == 2


def test_a_damaged_generation_is_not_gone_back_to(run, tmp_path):
    data, first = tmp_path / "data", run()
    second = run("两千")
    (data / "generations" / first / "vectors.npy").write_bytes(b"damaged")
    assert command("rollback", "--data", data).returncode == 5
    assert current(data).name == second


def test_history_says_what_is_kept_and_why(run, tmp_path):
    names = [run(), run("两千")]
    entries = history(tmp_path / "data", 5)
    assert [(entry.name, entry.current) for entry in entries] == [(names[1], True), (names[0], False)]
    assert entries[0].why == "正在使用" and entries[1].why == "保留最近 5 个" and entries[0].documents == 2
    lines = command("history", "--data", tmp_path / "data").stdout.splitlines()
    assert lines[0].startswith(f"* {names[1]}") and len(lines) == 2


def test_only_old_generations_go_and_never_the_one_that_serves(run, tmp_path):
    data = tmp_path / "data"
    names = [run(), run("两千"), run("三千"), run("四千")]
    assert retain(data, 1) == ()  # all are younger than a minute
    for name in names:
        os.utime(data / "generations" / name, (time.time() - 100, time.time() - 100))
    switch(data, names[0])
    assert set(retain(data, 1, spare=names[1])) == {names[2]}
    assert {path.name for path in (data / "generations").iterdir()} == {names[0], names[1], names[3]}


def test_an_ingest_keeps_no_more_than_told(run, tmp_path):
    data = tmp_path / "data"
    for text in ("一", "二", "三"):
        name = run(text, keep=2)
        os.utime(data / "generations" / name, (time.time() - 100, time.time() - 100))
    run("四", keep=2)
    assert len(list((data / "generations").iterdir())) == 2


def test_a_purged_document_is_in_no_file_of_any_generation(run, folder, tmp_path, encoder):
    data = tmp_path / "data"
    run()
    run("两千")
    (folder / "秘密.txt").unlink()
    done = purge(data, "秘密.txt", encoder=encoder, check=lambda f: check(f, encoder), progress=lambda t: None)
    assert len(done.generations) == 2 and done.source == "秘密.txt"
    assert {entry.name for entry in history(data, 5)} == {pair.new for pair in done.generations}
    # Eight bytes at least: four of them stand by chance in a megabyte of vectors now and then.
    needles = [text.encode(code) for text in ("欧阳慕容", "警告处分") for code in ("utf-8", "utf-16-le")]
    needles.append("欧阳慕容".encode("unicode_escape"))
    for path in data.rglob("*"):
        assert not path.is_file() or not any(needle in path.read_bytes() for needle in needles), path
    generation = Generation.open(current(data), encoder)
    assert all("欧阳" not in hit.passage.text for hit in search(generation, "欧阳慕容受到什么处分？"))
    assert "两千" in search(generation, "会费标准")[0].passage.text
    generation.close()
    before = current(data).name
    assert run() == before  # and the folder without the file is what is indexed


def test_purging_what_is_not_there_or_all_there_is_is_refused(run, folder, tmp_path, encoder):
    run()
    with pytest.raises(NothingToPurge, match="没有 无"):
        purge(tmp_path / "data", "无.txt", encoder=encoder, check=lambda f: None, progress=lambda t: None)
    (folder / "秘密.txt").unlink()
    run()
    (tmp_path / "data" / "generations").joinpath(history(tmp_path / "data", 5)[1].name).rename(tmp_path / "aside")
    assert command("purge", "通知.txt", "--data", tmp_path / "data").returncode == 2


def test_a_backup_put_back_elsewhere_answers_the_same(run, folder, tmp_path, encoder):
    name = run()
    done = backup(tmp_path / "data", folder, tmp_path / "b.tar.gz")
    assert done.generation == name and [entry.path for entry in done.files] == ["秘密.txt", "通知.txt"]
    elsewhere = tmp_path / "elsewhere"
    with tarfile.open(tmp_path / "b.tar.gz") as tar:
        tar.extractall(elsewhere, filter="data")
    check(current(elsewhere), encoder)
    opened = [Generation.open(current(data), encoder) for data in (tmp_path / "data", elsewhere)]
    assert search(opened[0], "会费标准") == search(opened[1], "会费标准")
    for generation in opened:
        generation.close()
    assert json.loads((elsewhere / "backup.json").read_text("utf-8"))["content"] == content(tmp_path / "data")


def test_a_backup_that_fails_leaves_no_half_file(run, folder, tmp_path):
    run()
    vectors = current(tmp_path / "data") / "vectors.npy"
    vectors.write_bytes(b"damaged")
    found = command("backup", tmp_path / "b.tar", "--data", tmp_path / "data", "--documents", folder)
    assert found.returncode == 5 and not list(tmp_path.glob("*b.tar*"))


def test_check_says_what_is_in_order_and_what_is_not(run, folder, tmp_path):
    run()
    data = tmp_path / "data"
    found = command("check", "--data", data, "--documents", folder, "--json")
    rows = {row["name"]: row for row in json.loads(found.stdout)}
    assert all(rows[name]["ok"] for name in ("索引", "编码模型", "文件夹", "磁盘", "写入权限", "时钟"))
    assert found.returncode == (0 if rows["中文字体"]["ok"] else 5)
    segment = current(data) / "chroma" / "chroma.sqlite3"
    segment.write_bytes(segment.read_bytes()[: segment.stat().st_size // 2])
    found = command("check", "--data", data, "--documents", folder)
    assert found.returncode == 5 and "问题  索引" in found.stdout and "python -m ingest" in found.stdout


@pytest.mark.parametrize("part", ["chroma", "vectors.npy", "passages.db"])
def test_every_command_names_a_missing_index_kindly(part, run, tmp_path):
    run()
    target = current(tmp_path / "data") / part
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    found = command("check", "--data", tmp_path / "data")
    assert found.returncode == 5 and "Traceback" not in found.stderr
