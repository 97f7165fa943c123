"""Files to canonical texts: what every offset of this project counts in."""

from __future__ import annotations

import io
import json
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.apart import Pages, has_ocr, read_apart, unheard
from ingest.decode import NoEncoding, decode
from ingest.office import OFFICE, PACKED, SHEETS, has_office, read_converted
from ingest.readers.kinds import KINDS, READERS, Unreadable, content_kind
from vectorstore.passage import Page, Row

TEXT_BYTES = 20_000_000  # twenty times the longest statute; above this it is not one document but a dump
TEXT_LINES = 200_000  # that hold something, of one document; a line takes fifty microseconds and a kilobyte
FILE_BYTES = 100_000_000  # of other formats, pictures included
HEAD_BYTES = 4096  # enough to tell a format
TOO_MANY_LINES = f"超过 {TEXT_LINES // 10_000} 万行，请拆成几个文件"
LINE_BYTES = 5_000_000  # of a bulk corpus: one document
TEXT_VERSION = 2  # raised when plain text would be read differently
UNNAMEABLE = "\ufffd"
TEMPORARY = (".", "~$", "~WRL", "Thumbs.db", "desktop.ini")
TEXTS = {".txt", ".md", ".markdown", ".text"}
# Extensions of what is read, the usual ones first.
SUFFIXES = (".txt", ".md", ".jsonl", *KINDS, *sorted(OFFICE))
# What the content may be, by the kind that the extension says; "" where it cannot be told from the first bytes.
ALLOWED = {
    "html": {"html", ""},
    "word": {"zip"},
    "sheet": {"zip", "ole"},
    "pdf": {"pdf"},
    "csv": {""},
    "image": {"image"},
    "office": {"ole", "rtf", "html"},
}
BINARY = {"zip", "ole", "pdf", "image", "archive", "program", "rtf"}
CONTENT_NAMES = {
    "zip": "压缩包或新版办公文件",
    "ole": "旧版办公文件",
    "pdf": " PDF",
    "image": "图片",
    "archive": "压缩包",
    "program": "程序",
    "rtf": " RTF",
    "html": "网页",
}
ADVICE = {
    **dict.fromkeys((".zip", ".rar", ".7z", ".gz", ".tar"), "是压缩包，请先解压"),
    **dict.fromkeys((".ppt", ".pptx", ".dps", ".ofd", ".caj"), "暂不支持的格式，请另存为 PDF"),
    **dict.fromkeys((".mht", ".mhtml"), "暂不支持的格式，请另存为网页（.html）"),
}
SETTINGS = {".yaml", ".yml"}  # beside the documents: catalogue, aliases, questions


@dataclass(frozen=True, slots=True)
class Source:
    """One document as read, before its structure is known."""

    id: str  # path in the folder (NFC), or doc_id of a bulk line
    path: str  # path in the folder (NFC) of the file
    title: str  # given title; "" when none
    text: str  # canonical
    headings: tuple[tuple[int, int], ...] = ()  # start of a line, and its level as # in Markdown has them
    rows: tuple[Row, ...] = ()  # of tables
    pages: tuple[Page, ...] = ()
    notice: str = ""  # what a maintainer should know though the file was read


class UnreadableDocument(Exception):
    """A file, or a line of a bulk corpus, that cannot be read. skip: nothing in it to read, so nothing is wrong."""

    def __init__(self, path: str, reason: str, *, skip: bool = False) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
        self.skip = skip

    def __str__(self) -> str:
        return f"无法读取《{self.path}》：{self.reason}。"


def find_files(folder: Path) -> list[Path]:
    """Everything in a folder that is to be accounted for, in the order of names: all but the settings. Neither links nor
    hidden folders are followed; what is no document says so when it is loaded.
    """
    found = [path for path in _walk(folder) if not (path.parent == folder and path.suffix.lower() in SETTINGS)]
    return sorted(found, key=lambda path: (name_of(path, folder), os.fsencode(path)))


def regular_files(folder: Path) -> list[Path]:
    """Those of a folder that can be copied: no links, pipes or folders."""
    return [path for path in find_files(folder) if stat.S_ISREG(path.lstat().st_mode)]


def name_of(path: Path, folder: Path) -> str:
    """The same name on every file system: 章程.txt is composed (NFC) also where the disk decomposes it. What no text can
    hold, bytes that are no characters and control characters, is �.
    """
    name = path.relative_to(folder).as_posix()
    return unicodedata.normalize("NFC", "".join(UNNAMEABLE if _is_unnameable(c) else c for c in name))


def fingerprint_of(path: Path) -> str:
    """How a file of this name would be read; one that was read otherwise is read again."""
    suffix = path.suffix.lower()
    kind = "word" if suffix in OFFICE else KINDS.get(suffix, "text")
    reader = READERS.get(kind)
    tools = [name for name, there in (("office", suffix in OFFICE and has_office()), ("ocr", kind in ("pdf", "image") and has_ocr())) if there]  # fmt: skip
    return f"{kind}/{reader.version if reader else TEXT_VERSION}/{'+'.join(tools)}"


def load(path: Path, folder: Path, pages: Pages = unheard) -> Iterator[Source | UnreadableDocument]:
    """The documents of a file. A bad line of a bulk corpus is yielded as the error it is; a bad file raises.

    pages: is told how far the reading of a scan has come.
    """
    name = name_of(path, folder)
    try:
        with open_regular(path) as file:
            yield from _read(file, path.suffix.lower(), name, pages)
    except NotRegular as problem:
        raise UnreadableDocument(name, problem.reason, skip=True) from problem
    except Unreadable as problem:
        raise UnreadableDocument(name, problem.reason, skip=problem.skip) from problem
    except OSError as problem:
        raise UnreadableDocument(name, f"系统无法打开文件（{problem.strerror}）") from problem


def is_too_large(file: BinaryIO, suffix: str) -> bool:
    """Of this extension; a bulk corpus is read line by line and may be of any size."""
    return suffix != ".jsonl" and os.fstat(file.fileno()).st_size > _limit(suffix)


def _limit(suffix: str) -> int:
    return TEXT_BYTES if suffix in TEXTS else FILE_BYTES


class NotRegular(Exception):
    """Not a file with contents of its own: a link, a pipe, a device, a hidden folder."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason


@contextmanager
def open_regular(path: Path) -> Iterator[io.BufferedReader]:
    """Reads a regular file and nothing else, whatever stands there by now. Raises NotRegular, OSError."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise NotRegular(path, "是链接（快捷方式），请放文件本身")
    if stat.S_ISDIR(mode) and path.name.startswith("."):
        raise NotRegular(path, "是隐藏文件夹")
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise NotRegular(path, "不是普通文件")
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:  # a folder that could not be listed raises here
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegular(path, "不是普通文件")
        yield file


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_symlink() or not path.is_dir() or path.name.startswith("."):
            yield path
            continue
        try:
            yield from _walk(path)
        except PermissionError:
            yield path


def _is_unnameable(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Cc", "Cs"}
        or character in "\u2028\u2029"
        or "\u202a" <= character <= "\u202e"
    )


def _read(file: BinaryIO, suffix: str, name: str, pages: Pages) -> Iterator[Source | UnreadableDocument]:
    base = name.rpartition("/")[2]
    if UNNAMEABLE in name:
        raise Unreadable("文件名里有无法显示的字符，请改名")
    if base.startswith(TEMPORARY):
        raise Unreadable("是隐藏文件或办公软件的临时文件", skip=True)
    if suffix == ".jsonl":
        yield from _read_bulk(file, name)
        return
    if is_too_large(file, suffix):
        raise Unreadable(f"文件超过 {_limit(suffix) // 1_000_000} MB")
    if os.fstat(file.fileno()).st_size == 0 and suffix in TEXTS | KINDS.keys() | OFFICE:
        raise Unreadable("文件是空的", skip=True)
    source = _read_text(file, suffix, name) if suffix in TEXTS else _read_format(file, suffix, name, pages)
    if _has_too_many_lines(source.text):
        raise Unreadable(TOO_MANY_LINES)
    yield source


def _read_format(file: BinaryIO, suffix: str, name: str, pages: Pages) -> Source:
    kind = _kind(file, suffix)
    found = read_converted(file.fileno(), suffix) if kind == "office" else read_apart(file.fileno(), kind, pages)
    return Source(name, name, "", found.text, found.headings, found.rows, found.pages, found.notice)


def _kind(file: BinaryIO, suffix: str) -> str:
    """Of READERS, or office; by extension and content together. Raises Unreadable when they contradict each other."""
    kind = KINDS.get(suffix) or ("office" if suffix in OFFICE else "")
    if not kind:
        raise Unreadable(ADVICE.get(suffix, "暂不支持的格式；是文字材料的，请另存为 docx、pdf 或 txt"))
    content = content_kind(file.read(HEAD_BYTES))
    if content in ALLOWED[kind] or (kind == "word" and content == "ole"):
        return kind
    if suffix in PACKED and content == "zip":
        return kind
    if kind == "office" and content == "zip":  # a new file under an old name
        return "sheet" if suffix in SHEETS else "word"
    said = CONTENT_NAMES.get(content, "")
    raise Unreadable(f"内容与扩展名 {suffix} 不符" + (f"，其实是{said}" if said else "，或文件已损坏"))


def _read_text(file: BinaryIO, suffix: str, name: str) -> Source:
    data = file.read(TEXT_BYTES + 1)
    head = data[:HEAD_BYTES]
    content = content_kind(head)
    # A text may begin with BM or MZ; none has NUL bytes.
    if content in BINARY and (b"\0" in head or head.lstrip().startswith((b"%PDF-", b"{\\rtf"))):
        raise Unreadable(f"内容与扩展名 {suffix} 不符，其实是{CONTENT_NAMES[content]}")
    try:
        text = _canonical(decode(data))
    except NoEncoding as problem:
        raise Unreadable(problem.reason) from problem
    if _is_blank(text):
        raise Unreadable("文件是空的", skip=True)
    return Source(id=name, path=name, title="", text=text)


def _read_bulk(file: BinaryIO, name: str) -> Iterator[Source | UnreadableDocument]:
    seen: set[str] = set()
    lines = 0
    while line := file.readline(LINE_BYTES + 1):
        lines += 1
        place = f"{name}:{lines}"
        if len(line) > LINE_BYTES:
            yield UnreadableDocument(place, f"这一行超过 {LINE_BYTES // 1_000_000} MB")
            _finish_line(file.readline, line)
            continue
        if line.strip():
            yield _bulk_line(line, name, place, seen)
    if not seen and not lines:
        raise Unreadable("文件是空的", skip=True)


def _finish_line(read: Callable[[int], bytes], line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = read(LINE_BYTES)


def _bulk_line(line: bytes, name: str, place: str, seen: set[str]) -> Source | UnreadableDocument:
    try:
        fields = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return UnreadableDocument(place, "不是有效的 JSON")
    if not isinstance(fields, dict):
        return UnreadableDocument(place, "不是一个 JSON 对象")
    document, title, text = fields.get("doc_id"), fields.get("title"), fields.get("text")
    if not isinstance(document, str) or not document.strip() or not _encodable(document):
        return UnreadableDocument(place, "没有 doc_id")
    if not isinstance(text, str) or not _encodable(text):
        return UnreadableDocument(place, "没有 text")
    if document in seen:
        return UnreadableDocument(place, f"doc_id 重复：{document}")
    if _is_blank(text):
        return UnreadableDocument(place, "text 是空的", skip=True)
    if _has_too_many_lines(text):
        return UnreadableDocument(place, TOO_MANY_LINES)
    seen.add(document)
    given = title.strip() if isinstance(title, str) and _encodable(title) else ""
    return Source(id=document, path=name, title=given, text=text)


def _encodable(text: str) -> bool:
    """Half of a surrogate pair is legal in JSON, but cannot be stored or shown."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_blank(text: str) -> bool:
    """Spaces, and characters that are drawn nowhere."""
    return all(c.isspace() or unicodedata.category(c) in {"Cc", "Cf"} for c in text)


def _has_too_many_lines(text: str) -> bool:
    return text.count("\n") >= TEXT_LINES and sum(1 for line in text.split("\n") if line.strip()) > TEXT_LINES


def _canonical(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n")
