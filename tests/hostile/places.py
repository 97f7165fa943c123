"""Names, places, sizes, doubles, and files that are not what they are called."""

from __future__ import annotations

import json
import os
import socket
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import office_files as made
from tests.hostile.case import FEE, TEXT, Case, text

WORDS = TEXT.encode()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SECRET = "外面的秘密"  # stands in outside/secret.txt beside the folder


def cases() -> Iterator[Case]:
    yield text("章程.txt", shows=FEE)  # one good file among them all
    yield from _names()
    yield from _file_system()
    yield from _size()
    yield from _doubles()
    yield from _wrong_types()


def _names() -> Iterator[Case]:
    for name in (" 空格 .txt", "-rf.txt", "<img src=x onerror=alert(1)>.txt", '引"号\'.txt', "a;rm -rf $HOME;`id`.txt", "%2e%2e%2fetc.txt", "win\\..\\..\\etc.txt", "CON.txt", "表情😀.txt", "点..txt", "𠮷.txt", "{{7*7}}.txt", "=1+1.txt", "长" * 80 + ".txt", "catalogue.yaml.txt", "?*|.txt", "é̂.txt"):  # fmt: skip
        yield text(f"names/{name}", shows=FEE, told=f"names/{unicodedata.normalize('NFC', name)}")
    yield text("names/大写.TXT", shows=FEE)
    for name, told in (
        (b"\xff\xfe.txt", "��.txt"),
        ("换\n行.txt".encode(), "换�行.txt"),
        (b"\x1b[31m.txt", "�[31m.txt"),
        ("左\u202etxt.exe".encode(), "左�txt.exe"),
        ("段\u2028.txt".encode(), "段�.txt"),
    ):
        yield Case(f"names/{os.fsdecode(name)}", WORDS, "reject", "改名", told=f"names/{told}")
    for name in (".隐藏.txt", "~$章程.docx", "Thumbs.db", "~WRL0001.tmp", ".txt"):
        yield Case(f"names/{name}", WORDS, "skip", "隐藏|临时")
    yield Case("names/questions.yaml", WORDS, "reject", "暂不支持")  # only at the top is it a setting


def _link(to: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(to)


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # its address has room for a short path only
    try:
        with socket.socket(socket.AF_UNIX) as made_:
            made_.bind(path.name)
    finally:
        os.chdir(here)


def _locked(path: Path) -> None:
    path.write_bytes(WORDS)
    path.chmod(0)


def _locked_folder(path: Path) -> None:
    path.mkdir()
    (path / "里面.txt").write_bytes(WORDS)
    path.chmod(0)


def _hidden_folder(path: Path) -> None:
    path.mkdir()
    (path / "里面.txt").write_text(SECRET, "utf-8")


def _hard_link(path: Path) -> None:
    path.with_name("原件.md").write_bytes(WORDS)
    path.hardlink_to(path.with_name("原件.md"))


def _deep(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(WORDS)


def _file_system() -> Iterator[Case]:
    for name, to in (
        ("out.txt", "../../outside/secret.txt"),
        ("folder-out", "../../outside"),
        ("absolute.txt", "/etc/passwd"),
        ("nowhere.txt", "no-such"),
        ("itself.txt", "itself.txt"),
        ("up", ".."),
        ("process.txt", "/proc/self/environ"),
        ("standard-input.txt", "/dev/stdin"),
    ):
        yield Case(f"files/{name}", _link(to), "skip", "链接", hides=SECRET)
    yield Case("files/pipe.txt", lambda path: os.mkfifo(path), "skip", "不是普通文件")
    yield Case("files/pipe.docx", lambda path: os.mkfifo(path), "skip", "不是普通文件")
    yield Case("files/socket.txt", _socket, "skip", "不是普通文件")
    yield Case("files/.git", _hidden_folder, "skip", "隐藏文件夹", hides=SECRET)
    yield Case("files/hard.txt", _hard_link, "ingest", shows=FEE)
    yield Case(f"files/{'深/' * 60}章程.txt", _deep, "ingest", shows=FEE)
    yield Case("files/locked.txt", _locked, "ingest", user="reject")
    yield Case("files/locked", _locked_folder, "ingest", user="reject", told="files/locked/里面.txt")


def _sparse(size: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return make


def _size() -> Iterator[Case]:
    yield Case("size/text.txt", _sparse(60_000_000), "reject", "超过 .*MB")
    yield Case("size/text.md", _sparse(5_000_000_000), "reject", "超过 .*MB")
    yield Case("size/pdf.pdf", _sparse(200_000_000), "reject", "超过 .*MB")
    yield Case("size/word.docx", _sparse(5_000_000_000), "reject", "超过 .*MB")
    yield Case("size/zeros.txt", bytes(1_000_000), "reject", "不是文本")
    yield text("size/lines.txt", "会\n" * 250_000, "reject", reason="万行")
    yield text("size/blank-lines.txt", "\n" * 300_000 + TEXT, shows=FEE)
    yield text("size/long-sentence.txt", "会员应当缴纳会费，" * 20_000)
    yield text("size/long-line.jsonl", json.dumps({"doc_id": "s1", "text": "长" * 2_000_000}) + "\n" + json.dumps({"doc_id": "s2", "text": TEXT}) + "\n", told="size/long-line.jsonl")  # fmt: skip
    yield text("size/lines-of-one.jsonl", json.dumps({"doc_id": "s3", "text": "会\n" * 250_000}) + "\n" + json.dumps({"doc_id": "s4", "text": TEXT}) + "\n")  # fmt: skip
    yield text("size/deep.jsonl", "[" * 100_000 + "\n" + json.dumps({"doc_id": "s5", "text": TEXT}) + "\n")
    yield text("size/long-id.jsonl", json.dumps({"doc_id": "d" * 3000, "title": "长" * 9000, "text": TEXT}) + "\n")
    yield text("size/huge-number.jsonl", '{"doc_id": "s6", "n": ' + "9" * 9000 + ', "text": "会费"}\n', "any")


def _doubles() -> Iterator[Case]:
    yield text("doubles/一.txt", shows=FEE)
    yield text("doubles/二.txt", shows=FEE)
    yield text("doubles/a.txt", shows=FEE)
    yield text("doubles/A.txt", shows=FEE)
    yield text("doubles/" + unicodedata.normalize("NFC", "é") + ".txt", shows=FEE)
    yield text(
        "doubles/" + unicodedata.normalize("NFD", "é") + ".txt", status="reject", reason="改名", told="doubles/é.txt"
    )
    line = json.dumps({"doc_id": "twin", "text": TEXT}) + "\n"
    yield text("doubles/within.jsonl", line + line)
    yield text("doubles/x-across.jsonl", line, "ingest")
    yield text("doubles/y-file.jsonl", json.dumps({"doc_id": "doubles/一.txt", "text": TEXT}) + "\n")
    yield text("doubles/新版.txt", TEXT.replace("二百", "三百"), shows="三百元")
    yield Case("doubles/一.docx", made.word(*TEXT.split("\n")), "ingest", shows=FEE, child=True)


def _wrong_types() -> Iterator[Case]:
    zipped, workbook = made.word("会费。"), made.sheet({"会费": [["类", "费", "额"], ["甲", 1, 2], ["乙", 3, 4]]})
    other = "内容与扩展名"
    for name, data in (
        ("pdf.txt", made.pdf([[(72, 700, "会费二百元")]])),
        ("picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("zip.md", zipped),
        ("program.docx", b"MZ\x90\0" + bytes(500)),
        ("program.pdf", b"\x7fELF" + bytes(500)),
        ("web.pdf", f"<html><body>{TEXT}</body></html>".encode()),
        ("text.pdf", WORDS),
        ("text.docx", WORDS),
        ("text.png", WORDS),
        ("picture.xlsx", b"\xff\xd8\xff\xe0" + bytes(500)),
        ("csv.xlsx", b"a,b\n1,2\n"),
        ("word.csv", zipped),
        ("rar.zip.docx", b"Rar!\x1a\x07\0" + bytes(500)),
        ("word.html", zipped),
        ("old.html", OLE + bytes(600)),
        ("rtf.txt", b"{\\rtf1\\ansi hello}"),
    ):
        yield Case(f"types/{name}", data, "reject", other)
    for name, data in (("sheet.docx", workbook), ("word.xlsx", zipped), ("old.docx", OLE + bytes(600)), ("old.xlsx", OLE + bytes(600))):  # fmt: skip
        yield Case(f"types/{name}", data, "reject", "已损坏|旧格式", child=True)
    for name, reason in (("none", "暂不支持"), ("a.txt.exe", "暂不支持"), ("a.pptx", "另存为 PDF"), ("a.zip", "解压"), ("a.rar", "解压"), ("a.7z", "解压"), ("a.tar", "解压"), ("a.gz", "解压"), ("a.svg", "暂不支持"), ("a.epub", "暂不支持"), ("a.json", "暂不支持"), ("a.xml", "暂不支持"), ("a.eml", "暂不支持"), ("a.mht", "另存为网页"), ("a.ofd", "另存为 PDF"), ("a.gif", "暂不支持")):  # fmt: skip
        yield Case(f"formats/{name}", WORDS, "reject", reason)
