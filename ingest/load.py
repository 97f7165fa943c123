"""Files to canonical texts: what every offset of this project counts in."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.decode import NoEncoding, decode

TEXT_BYTES = 50_000_000  # a hundred times the longest statute; above this it is not one document but a dump
LINE_BYTES = 5_000_000  # of a bulk corpus: one document
SETTINGS = {".yaml", ".yml"}  # beside the documents: catalogue, aliases, questions


@dataclass(frozen=True, slots=True)
class Source:
    """One document as read, before its structure is known."""

    id: str  # path in the folder (NFC), or doc_id of a bulk line
    path: str  # path in the folder (NFC) of the file
    title: str  # given title; "" when none
    text: str  # canonical


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
    """The documents of a folder in the order of their names: no hidden files, no links, no settings."""
    found = [path for path in _walk(folder) if not (path.parent == folder and path.suffix.lower() in SETTINGS)]
    return sorted(found, key=lambda path: name_of(path, folder))


def name_of(path: Path, folder: Path) -> str:
    """The same name on every file system: 章程.txt is composed (NFC) also where the disk decomposes it."""
    return unicodedata.normalize("NFC", path.relative_to(folder).as_posix())


def load(path: Path, folder: Path) -> Iterator[Source | UnreadableDocument]:
    """The documents of a file. A bad line of a bulk corpus is yielded as the error it is; a bad file raises."""
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise UnreadableDocument(name_of(path, folder), "暂不支持的格式")
    try:
        yield from read(path, name_of(path, folder))
    except OSError as problem:
        raise UnreadableDocument(name_of(path, folder), f"系统无法打开文件（{problem.strerror}）") from problem


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.is_file():
            yield path


def _read_text(path: Path, name: str) -> Iterator[Source]:
    if path.stat().st_size > TEXT_BYTES:
        raise UnreadableDocument(name, f"文件超过 {TEXT_BYTES // 1_000_000} MB")
    text = _canonical(_decoded(path.read_bytes(), name))
    if not text.strip():
        raise UnreadableDocument(name, "文件是空的", skip=True)
    yield Source(id=name, path=name, title="", text=text)


def _read_bulk(path: Path, name: str) -> Iterator[Source | UnreadableDocument]:
    seen: set[str] = set()
    lines = 0
    with path.open("rb") as file:
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
        raise UnreadableDocument(name, "文件是空的", skip=True)


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
    if not text.strip():
        return UnreadableDocument(place, "text 是空的", skip=True)
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


def _decoded(data: bytes, name: str) -> str:
    try:
        return decode(data)
    except NoEncoding as problem:
        raise UnreadableDocument(name, problem.reason) from problem


def _canonical(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


READERS: dict[str, Callable[[Path, str], Iterator[Source | UnreadableDocument]]] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".jsonl": _read_bulk,
}
