"""Files become canonical texts, or a clear sentence says why not."""

from __future__ import annotations

import json
import os
import unicodedata

import pytest

from ingest.catalogue import CatalogueError, read_catalogue
from ingest.load import LINE_BYTES, Source, UnreadableDocument, find_files, load, name_of

TEXT = "第一条 本会名称为云岭茶叶学会。\n第二条 会员每年缴纳会费200元。\n"


def read(path, folder):
    [source] = load(path, folder)
    assert isinstance(source, Source)
    return source


def problem_of(path, folder):
    with pytest.raises(UnreadableDocument) as caught:
        list(load(path, folder))
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_text_is_the_same_in_every_encoding(tmp_path, encoding):
    path = tmp_path / "章程.txt"
    path.write_bytes(TEXT.encode(encoding))
    assert read(path, tmp_path) == Source(id="章程.txt", path="章程.txt", title="", text=TEXT)


def test_only_byte_order_mark_and_windows_line_ends_are_changed(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes("\ufeff一\r\n二\r三\u3000\n\n ".encode())
    assert read(path, tmp_path).text == "一\n二\r三\u3000\n\n "


@pytest.mark.parametrize("content", [b"", b"  \n\t\n", "\ufeff\u3000\n".encode()])
def test_an_empty_file_is_skipped(tmp_path, content):
    path = tmp_path / "空.txt"
    path.write_bytes(content)
    problem = problem_of(path, tmp_path)
    assert problem.skip and str(problem) == "无法读取《空.txt》：文件是空的。"


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\0\0\0", b"\xff" * 50, os.urandom(2000) + b"\0", b"\x81\x01\x02\x03" * 30]
)
def test_what_is_no_text_is_refused(tmp_path, content):
    path = tmp_path / "图.txt"
    path.write_bytes(content)
    problem = problem_of(path, tmp_path)
    assert not problem.skip and problem.path == "图.txt"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("章程.xyz", b"?", "暂不支持的格式；是文字材料的，请另存为 docx、pdf 或 txt"),
        ("章程.pptx", b"PK\x03\x04", "暂不支持的格式，请另存为 PDF"),
        ("章程.zip", b"PK\x03\x04", "是压缩包，请先解压"),
        ("章程.txt", b"%PDF-1.7\n1 0 obj", "内容与扩展名 .txt 不符，其实是 PDF"),
        ("章程.pdf", b"<html><body>\xe6\x9c\xac</body></html>", "内容与扩展名 .pdf 不符，其实是网页"),
        ("章程.docx", b"MZ\x90\0", "内容与扩展名 .docx 不符，其实是程序"),
        ("章程.png", b"plain words", "内容与扩展名 .png 不符，或文件已损坏"),
    ],
)
def test_what_is_no_document_says_what_it_is(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    assert str(problem_of(tmp_path / name, tmp_path)) == f"无法读取《{name}》：{reason}。"


def test_a_file_that_is_gone_is_a_clear_problem(tmp_path):
    assert "系统无法打开文件" in str(problem_of(tmp_path / "无.txt", tmp_path))


def test_files_are_found_in_the_order_of_their_composed_names(tmp_path):
    for name in (
        "b.txt",
        "a/c.md",
        ".hidden.txt",
        ".git/x.txt",
        "catalogue.yaml",
        "a/notes.yml",
        unicodedata.normalize("NFD", "é.txt"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "b.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    names = [name_of(path, tmp_path) for path in find_files(tmp_path)]
    assert names == [".git", ".hidden.txt", "a/c.md", "a/notes.yml", "b.txt", "link.txt", "pipe.txt", "é.txt"]


def test_what_is_no_file_of_its_own_is_skipped_and_never_followed(tmp_path):
    documents = tmp_path / "documents"
    (documents / ".git").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("外面的秘密", "utf-8")
    for name, target in (("a.txt", "../secret.txt"), ("b", ".."), ("c.txt", "nowhere"), ("d.txt", "d.txt")):
        (documents / name).symlink_to(target)
    os.mkfifo(documents / "pipe.txt")
    (documents / ".x.txt").write_text("隐藏", "utf-8")
    (documents / "~$章程.docx").write_bytes(b"lock")
    problems = [problem_of(path, documents) for path in find_files(documents)]
    assert len(problems) == 8 and all(problem.skip for problem in problems)
    assert sum("链接" in problem.reason for problem in problems) == 4


def test_a_text_may_begin_like_a_picture_or_speak_of_pdf(tmp_path):
    for text in ("BMW车友会章程。", "MZ是什么？", "文件以 %PDF-1.7 开头。", "<html>是什么意思？"):
        (tmp_path / "a.txt").write_text(text, "utf-8")
        assert read(tmp_path / "a.txt", tmp_path).text == text


def test_a_name_that_no_page_can_show_is_refused(tmp_path):
    for name in (b"\xff\xfe.txt", "甲\n乙.txt".encode(), "\x1b[31m红.txt".encode(), "左\u202etxt.exe".encode()):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(TEXT.encode())
    problems = [problem_of(path, tmp_path) for path in find_files(tmp_path)]
    assert [problem.skip for problem in problems] == [False] * 4
    assert all("改名" in problem.reason and problem.path.isprintable() for problem in problems)


def test_a_bad_line_of_a_bulk_corpus_is_named_and_the_rest_is_read(tmp_path):
    good = {"doc_id": "1", "title": " 茶 ", "text": "甲\r\n乙", "other": 3}
    lines = [
        json.dumps(good),
        "{broken",
        "",
        json.dumps({"text": "无编号"}),
        json.dumps({"doc_id": "2", "text": 5}),
        json.dumps(good),
        json.dumps({"doc_id": "3", "text": " "}),
        "[1]",
        '{"doc_id": "4", "text": "' + "长" * (LINE_BYTES // 3 + 1) + '"}',
        '{"doc_id": "5", "text": "\\ud800"}',
        json.dumps({"doc_id": "6", "text": "末行"}),
    ]
    path = tmp_path / "bulk.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = list(load(path, tmp_path))
    assert [s for s in found if isinstance(s, Source)] == [
        Source("1", "bulk.jsonl", "茶", "甲\r\n乙"),
        Source("6", "bulk.jsonl", "", "末行"),
    ]
    problems = [p for p in found if isinstance(p, UnreadableDocument)]
    assert [p.path for p in problems] == [f"bulk.jsonl:{n}" for n in (2, 4, 5, 6, 7, 8, 9, 10)]
    assert "doc_id 重复：1" in str(problems[3]) and [p.skip for p in problems].count(True) == 1


def test_no_catalogue_is_an_empty_one(tmp_path):
    assert dict(read_catalogue(tmp_path)) == {}


def test_the_catalogue_names_works_and_restores_lines(tmp_path):
    (tmp_path / "catalogue.yaml").write_text(
        "a.txt:\n  〔某会〕:\n    title: 某会简介\n    date: 2018-09-02\n    restore:\n      - 国家\n  空: \nb.txt:\n",
        encoding="utf-8",
    )
    catalogue = read_catalogue(tmp_path)
    work = catalogue["a.txt"].work("〔某会〕")
    assert (work.title, work.date, work.kind) == ("某会简介", "2018-09-02", "")
    assert catalogue["a.txt"].restore == ("国家",)
    assert catalogue["b.txt"].works == ()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a.txt:\n  标题:\n    colour: 红\n", 3, "不认识“colour”"),
        ("a.txt:\n  标题: 字\n", 2, "这里应当是"),
        ("a.txt: {\n", 2, "YAML"),
        ("a.txt:\na.txt:\n", 2, "重复"),
        ("a.txt:\n  标题:\n    restore: 国家\n", 3, "列表"),
    ],
)
def test_a_broken_catalogue_says_where(tmp_path, text, line, reason):
    (tmp_path / "catalogue.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(tmp_path)
    assert caught.value.line == line and reason in str(caught.value)
