"""A foreign file is read by a child that can neither outgrow its limits nor reach beyond the file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.apart import ROOT, environment, read_apart, run_bounded
from ingest.load import UnreadableDocument, fingerprint_of, load
from ingest.pipeline import ingest
from ingest.readers.kinds import READERS, Unreadable
from tests import office_files as made


def confined(program: str, *, memory: int = 1 << 30, processor: int = 20) -> subprocess.CompletedProcess[str]:
    begin = f"from ingest.readers.limits import *; confine(Limits(memory={memory}, processor={processor}))\n"
    return subprocess.run(
        [sys.executable, "-c", begin + program], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "deed",
    [
        "import socket; socket.create_connection(('127.0.0.1', {port}))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "open('{folder}/new', 'w')",
        "import os; os.remove('{folder}/canary')",
        "import os; os.rename('{folder}/canary', '{folder}/moved')",
    ],
)
def test_a_child_neither_connects_nor_starts_nor_writes(deed, tmp_path):
    (tmp_path / "canary").write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        found = confined(deed.format(port=listener.getsockname()[1], folder=tmp_path))
        assert found.returncode == 1 and "Forbidden" in found.stderr
        with pytest.raises(TimeoutError):
            listener.accept()
    assert [path.name for path in tmp_path.iterdir()] == ["canary"]


def has_landlock():
    """Whether this kernel has it, files and connections both; asked in a child, which is then shut in."""
    program = "import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 4)"
    return sys.platform == "linux" and subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


kernel = pytest.mark.skipif(not has_landlock(), reason="needs Landlock (Linux 6.7)")


@kernel
@pytest.mark.parametrize(
    "deed",
    [
        "libc.open(b'{folder}/new', 0o101, 0o600)",
        "libc.unlink(b'{folder}/canary')",
        "libc.rename(b'{folder}/canary', b'{folder}/moved')",
        "libc.mkdir(b'{folder}/new', 0o700)",
        "libc.truncate(b'{folder}/canary', 0)",
        "libc.connect(libc.socket(2, 1, 0), ctypes.c_char_p(bytes([2, 0, {port} >> 8, {port} & 255, 127, 0, 0, 1]) + bytes(8)), 16)",
    ],
)
def test_a_library_in_c_that_is_taken_over_gets_no_further(deed, tmp_path):
    (tmp_path / "canary").write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        program = "import ctypes; libc = ctypes.CDLL(None); print('done', " + deed + ")"
        found = confined(program.format(port=listener.getsockname()[1], folder=tmp_path))
        assert found.stdout == "done -1\n", found.stderr
        with pytest.raises(TimeoutError):
            listener.accept()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("canary", "x")]


@kernel
def test_a_program_that_converts_writes_in_its_folder_alone_and_connects_to_nobody(tmp_path):
    (tmp_path / "own").mkdir()
    program = (
        "import socket, sys\nfrom pathlib import Path\n"
        "Path(sys.argv[1], 'own/new').write_text('x')\n"
        "def tried(deed):\n    try:\n        deed()\n        print('done')\n    except OSError as problem:\n        print('no')\n"
        "tried(lambda: Path(sys.argv[1], 'new').write_text('x'))\n"
        "tried(lambda: socket.create_connection(('127.0.0.1', int(sys.argv[2]))))\n"
        "tried(lambda: Path(sys.argv[1], 'own/large').write_bytes(bytes(2_000_000)))\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        bounds = ["-m", "ingest.readers.limits", str(1 << 30), "20", "1000000", str(tmp_path / "own")]
        told = [sys.executable, "-c", program, str(tmp_path), str(listener.getsockname()[1])]
        found = subprocess.run([sys.executable, *bounds, *told], cwd=ROOT, capture_output=True, text=True, check=False)
        assert found.stdout.split() == ["no", "no", "no"], found.stderr
        with pytest.raises(TimeoutError):
            listener.accept()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["large", "new", "own"]


def test_a_child_that_wants_too_much_memory_or_time_ends():
    assert "MemoryError" in confined("x = bytearray(2 << 30)").stderr
    assert confined("while True: pass", processor=1).returncode == -signal.SIGXCPU  # which is told from other ends


def test_a_child_that_sleeps_is_ended_with_all_it_started():
    program = (
        "import subprocess, sys; subprocess.Popen(['sleep', '60']); sys.stdout.flush(); import time; time.sleep(60)"
    )
    said, code, late = run_bounded([sys.executable, "-c", program], None, 0.5, environment())
    assert late and code == -9 and said == b""


def test_a_child_knows_no_setting(monkeypatch):
    monkeypatch.setenv("QA_STAFF_TOKEN", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert "secret" not in environment().values()


def test_what_the_child_reads_arrives_whole(tmp_path):
    (tmp_path / "章程.docx").write_bytes(
        made.word(("Title", "章程"), "第一条 本会。", [("类", "费", "额"), ("甲", "1", "2"), ("乙", "3", "4")])
    )
    [source] = load(tmp_path / "章程.docx", tmp_path)
    assert source.text.startswith("章程\n第一条 本会。") and source.headings == ((0, 1),)
    assert len(source.rows) == 3 and source.rows[0].head and source.text[slice(*source.rows[1].cells[0])] == "甲"


def test_a_picture_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.apart.has_ocr", lambda: False)
    path = made.picture(tmp_path)
    with pytest.raises(UnreadableDocument, match=r"requirements-ocr\.txt") as caught:
        list(load(path, tmp_path))
    assert caught.value.skip


def test_an_old_office_file_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.office.has_office", lambda: "")
    (tmp_path / "章程.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(UnreadableDocument, match="LibreOffice.*另存为 docx"):
        list(load(tmp_path / "章程.doc", tmp_path))


def test_a_file_whose_bytes_are_nonsense_is_a_sentence(tmp_path):
    for kind in ("html", "word", "pdf", "sheet", "csv"):
        path = tmp_path / kind
        path.write_bytes(b"\x00\xff" * 300)
        descriptor = os.open(path, os.O_RDONLY)
        with pytest.raises(Unreadable) as caught:
            read_apart(descriptor, kind)
        os.close(descriptor)
        assert caught.value.reason


def test_an_unreadable_new_version_keeps_the_old_one_and_a_new_reader_reads_again(tmp_path, encoder, monkeypatch):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "章程.docx").write_bytes(made.word(("Title", "章程"), "第一条 本会名称为云岭茶叶学会。"))
    (folder / "其他.txt").write_text("会费每年二百元。\n", "utf-8")

    def run():
        report = ingest(folder, tmp_path / "data", encoder=encoder, passage_chars=500, check=lambda f: None, progress=lambda t: None)  # fmt: skip
        return report.documents, {file.path: (file.status, file.reason) for file in report.files}

    assert run() == (2, {"章程.docx": ("ingest", ""), "其他.txt": ("ingest", "")})
    assert run()[1]["章程.docx"] == ("unchanged", "")
    before = fingerprint_of(Path("章程.docx"))
    monkeypatch.setitem(READERS, "word", type(READERS["word"])("word", " Word 文档", 99))
    assert fingerprint_of(Path("章程.docx")) != before
    assert run()[1] == {"章程.docx": ("ingest", ""), "其他.txt": ("unchanged", "")}
    (folder / "章程.docx").write_bytes(b"PK\x03\x04 broken")
    documents, files = run()
    assert documents == 2 and files["章程.docx"][0] == "reject" and files["章程.docx"][1].endswith("（已保留原有版本）")
