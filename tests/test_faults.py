"""Whatever goes wrong, the old index serves, and the next ingest mends it."""

import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest.check import CheckFailed, CheckingChild, check, check_protected
from ingest.history import clear_leftovers, remove
from ingest.pipeline import ingest, open_previous
from ingest.purge import purge
from tests.kills import PHASES, kill_ingests
from vectorstore.build import NoSpace
from vectorstore.dense import DamagedIndex
from vectorstore.generation import Generation, Manifest, current

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    lines = [f'{{"doc_id":"d{n}","title":"批量{n}","text":"第{n}件事由第{n * 7}号文件规定。"}}' for n in range(1200)]
    (documents / "批量.jsonl").write_text("\n".join(lines), "utf-8")
    (documents / "通知.txt").write_text("关于会费的通知\n\n会费标准为每年一千元，由秘书处收取。\n", "utf-8")
    return documents


@pytest.fixture
def run(folder, tmp_path, encoder):
    said = []

    def run(**more):
        report = ingest(
            folder,
            tmp_path / "data",
            encoder=encoder,
            passage_chars=500,
            progress=said.append,
            **{"check": lambda f: check(f, encoder), **more},
        )
        return report, current(tmp_path / "data")

    run.said = said
    return run


def change(folder: Path, fee: str) -> None:
    (folder / "通知.txt").write_text(f"关于会费的通知\n\n会费标准为每年{fee}元，由秘书处收取。\n", "utf-8")


def test_an_ingest_killed_in_any_phase_leaves_a_sound_index_and_the_next_run_makes_it_good():
    phases = [phase for _ in range(4) for phase in PHASES]
    kills = kill_ingests(phases, seed=11, rerun_each=False)
    assert len(kills) == 20 and all(kill.sound for kill in kills)
    assert {kill.phase for kill in kills if kill.rerun} == set(PHASES)
    hit = Counter(kill.phase for kill in kills if kill.said.startswith(PHASES[kill.phase][0]))
    assert all(hit[phase] for phase in ("parse", "embed", "write", "check")), hit


def test_a_child_begun_early_checks_what_it_is_told_later_and_none_stays_behind(run):
    _, sound = run()
    with CheckingChild("builtin") as child:
        child.begin()
        child.check(sound)
        (sound / "contexts.npy").write_bytes(b"")
        with pytest.raises(CheckFailed, match="contexts.npy"):
            child.check(sound)
        child.begin()
        waiting = child._begun
    assert waiting is not None and waiting.returncode is not None


def test_what_killed_ingests_left_is_cleared(run, folder, tmp_path):
    run()
    for name in (".building-99999", ".removing-x"):
        (tmp_path / "data" / "generations" / name).mkdir()
    run()
    assert not list((tmp_path / "data" / "generations").glob(".*"))


def test_a_full_disk_is_noticed_before_anything_is_written_and_the_missing_is_named(run, folder, tmp_path, monkeypatch):
    _, before = run()
    change(folder, "两千")
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(total=10**9, used=0, free=10_000_000))
    with pytest.raises(NoSpace, match=r"还差 \d+ MB（建立新索引需要 \d+ MB，现有 10 MB）"):
        run()
    assert current(tmp_path / "data") == before and not list(before.parent.glob(".*"))


def test_the_command_ends_with_six_on_a_full_disk(run, folder, tmp_path):
    run()
    change(folder, "两千")
    program = (
        "import shutil, sys, types; shutil.disk_usage = lambda path: types.SimpleNamespace(free=1_000_000)\n"
        "from ingest.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    where = ["--documents", str(folder), "--data", str(tmp_path / "data")]
    found = subprocess.run(
        [sys.executable, "-c", program, *where], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 6 and "还差" in found.stderr and "原有索引继续使用" in found.stderr


@pytest.mark.parametrize(
    "call", ["numpy.save", "os.fsync", "os.rename", "os.replace", "vectorstore.generation._sha256"]
)
def test_a_write_that_fails_damages_nothing(call, run, folder, tmp_path, monkeypatch, encoder):
    _, before = run()
    change(folder, "两千")

    def fails(*arguments, **more):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(call, fails)
        if call == "os.rename":
            patch.setattr("pathlib.Path.rename", fails)
        with pytest.raises(OSError, match="No space"):
            run()
    assert current(tmp_path / "data") == before
    check(before, encoder)
    _, after = run()
    assert after != before and not list(after.parent.glob(".*"))


def test_two_ingests_at_once_one_works_and_the_other_names_it_at_once(run, folder, tmp_path):
    data = tmp_path / "data"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from ingest.lock import only_writer\n"
            "with only_writer(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)",
            str(data),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    command = [sys.executable, "-m", "ingest", "--documents", str(folder), "--data", str(data)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 3 and f"进程 {holder.pid}" in found.stderr and "自 2" in found.stderr
    holder.kill()
    holder.wait()
    holder.stdout.close()
    run()  # the kernel has freed the lock


def damages(generation: Path) -> dict[str, Path]:
    segment = next(path.parent for path in (generation / "chroma").glob("*/index_metadata.pickle"))
    return {
        "vectors": generation / "vectors.npy",
        "archive": generation / "passages.db",
        "rows": generation / "rows.npy",
        "words": generation / "words" / "grams" / "data.csc.index.npy",
        "tokens": generation / "tokens" / "words" / "ids.npy",
        "manifest": generation / "manifest.json",
        "level": segment / "data_level0.bin",
        "pickle": segment / "index_metadata.pickle",
        "links": segment / "link_lists.bin",
        "database": generation / "chroma" / "chroma.sqlite3",
    }


CHROMAS = {"level", "pickle", "links", "database"}


@pytest.mark.parametrize("how", ["half", "missing", "flipped"])
@pytest.mark.parametrize("what", ["vectors", "archive", "rows", "words", "tokens", "manifest", *sorted(CHROMAS)])
def test_damage_is_noticed_and_mended(what, how, run, folder, tmp_path, encoder):
    data = tmp_path / "data"
    shutil.copytree(_made(run, tmp_path), data, dirs_exist_ok=True)
    before = current(data)
    content = Manifest.read(before).content
    path = damages(before)[what]
    bytes_ = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "half":
        path.write_bytes(bytes_[: len(bytes_) // 2])
    else:
        flipped = bytearray(bytes_)
        for place in (len(bytes_) * eighth // 8 for eighth in range(1, 8)):  # one might fall on a page that is not used
            flipped[place : place + 50] = bytes(b ^ 0xFF for b in flipped[place : place + 50])
        path.write_bytes(bytes(flipped))
    if what in CHROMAS:  # the files are compared before Chroma opens them, which can end the process
        previous = open_previous(data, lambda text: None)
        assert previous is not None and not previous.chroma
        with pytest.raises(DamagedIndex):
            generation = Generation.open(before, encoder)
            generation.dense.open_chroma()
    else:
        assert open_previous(data, lambda text: None) is None
    report, after = run()
    assert after != before and Manifest.read(after).content == content
    assert report.embedded == (0 if what in CHROMAS else report.passages)
    assert any("已损坏" in text for text in run.said)
    check(after, encoder)


_MADE: dict[str, Path] = {}


def _made(run, tmp_path) -> Path:
    """One index for all kinds of damage: of the same documents, made once."""
    if "data" not in _MADE or not _MADE["data"].exists():
        run()
        _MADE["data"] = tmp_path / "kept"
        (tmp_path / "data").rename(_MADE["data"])
    return _MADE["data"]


# Protected questions


QUESTION = """- id: fee
  kind: 事实
  question: 会费标准是每年多少
  expect: answered
  must_contain: [一千元]
  quotes: [会费标准为每年一千元]
  protected: true
"""


@pytest.fixture
def guarded(folder, tmp_path):
    (folder / "questions.yaml").write_text(QUESTION, "utf-8")
    return lambda generation: check_protected(generation, folder, tmp_path / "data", "builtin")


def test_an_index_that_keeps_the_protected_citations_serves(run, guarded, folder):
    run(check=guarded)
    _, before = run(check=guarded)
    (folder / "公告.txt").write_text("关于年会的公告\n\n年会在北京召开，由秘书处承办。\n", "utf-8")
    assert run(check=guarded)[1] != before


def test_an_index_that_loses_a_protected_citation_does_not_serve(run, guarded, folder, tmp_path):
    _, before = run(check=guarded)
    change(folder, "两千")
    with pytest.raises(CheckFailed, match="fee　会费标准是每年多少"):
        run(check=guarded)
    assert current(tmp_path / "data") == before and len(list(before.parent.iterdir())) == 1


def test_what_the_serving_index_cannot_cite_either_is_no_loss(run, guarded, folder):
    change(folder, "两千")
    _, before = run(check=guarded)
    change(folder, "三千")
    assert run(check=guarded)[1] != before


def test_questions_that_cannot_be_asked_are_an_objection(run, guarded, folder, tmp_path):
    _, before = run(check=guarded)
    (folder / "questions.yaml").write_text("- question: [", "utf-8")
    change(folder, "两千")
    with pytest.raises(CheckFailed, match="没有核对成"):
        run(check=guarded)
    assert current(tmp_path / "data") == before


def test_without_such_a_file_nothing_is_asked(folder, tmp_path):
    check_protected(tmp_path, folder, tmp_path, "builtin")


def test_a_purge_that_is_objected_to_changes_nothing(run, folder, tmp_path, encoder):
    _, before = run()

    def objects(generation):
        raise CheckFailed(generation.name, "试验")

    with pytest.raises(CheckFailed):
        purge(tmp_path / "data", "通知.txt", encoder=encoder, check=objects, progress=lambda t: None)
    assert current(tmp_path / "data") == before and not list(before.parent.glob(".*"))


def test_what_a_killed_ingest_left_is_gone_though_its_check_goes_on_writing(tmp_path):
    left = tmp_path / "generations" / ".building-99999"
    left.mkdir(parents=True)
    for n in range(300):
        (left / str(n)).write_text("x")
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            with suppress(OSError):
                (left / f"journal-{time.monotonic_ns()}").write_text("x")

    writer = threading.Thread(target=write)
    writer.start()
    clear_leftovers(tmp_path)
    over.set()
    writer.join()
    assert list((tmp_path / "generations").iterdir()) == []


def test_removing_a_generation_is_a_rename_first(run, folder, monkeypatch):
    _, old = run()
    change(folder, "两千")
    run()
    monkeypatch.setattr("shutil.rmtree", lambda path, **more: None)  # killed just then
    remove(old)
    assert not old.exists() and (old.parent / f".removing-{old.name}").exists()
    monkeypatch.undo()
    time.sleep(0)
    run()
    assert not list(old.parent.glob(".*"))
