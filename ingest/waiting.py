"""What maintainers have brought or changed and not yet applied: kept under the data folder, out of everybody's reach.

data/waiting/entries.json lists it, data/waiting/files/ holds the files under names of our own. Facts, aliases and
questions wait as what is to be changed, not as changed files, so that whoever edits the file by hand meanwhile loses nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal

from ingest.aliases import NAME as ALIASES
from ingest.aliases import read_aliases
from ingest.catalogue import NAME as CATALOGUE
from ingest.catalogue import STATUSES, TEXT_FIELDS, CatalogueError, read_catalogue
from ingest.check import QUESTIONS
from ingest.edits import with_alias, with_fact, with_question, with_restored
from ingest.load import SUFFIXES, UnreadableDocument, load, name_of, regular_files
from ingest.names import file_name

FILE_BYTES = 20_000_000  # one file
ALL_BYTES = 200_000_000  # all that wait
ENTRIES = 500
VALUE_CHARS = 500
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
Kind = Literal["file", "removal", "fact", "restore", "alias", "question"]


class Refused(Exception):
    """Something that is not taken into the waiting area: one kind sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that waits. name: path of a document, full name of an alias, id of a question."""

    id: str
    kind: Kind
    name: str
    work: str = ""  # title of the work, as read from the text
    field: str = ""  # of the catalogue
    values: tuple[str, ...] = ()
    size: int = 0  # bytes of a file
    by: str = ""  # who
    since: str = ""  # UTC, ISO 8601

    @property
    def target(self) -> tuple[str, ...]:
        """What it is about: a later entry about the same takes its place."""
        kind = "file" if self.kind == "removal" else self.kind
        return (kind, self.name, self.work, self.field, *(self.values if self.kind == "restore" else ()))


class WaitingArea:
    """One maintainer at a time changes it; each change is whole or not there."""

    def __init__(self, data: Path, documents: Path) -> None:
        self._folder, self._documents = data / "waiting", documents

    def entries(self) -> tuple[Entry, ...]:
        """In the order in which they came."""
        try:
            listed = json.loads((self._folder / "entries.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ()
        return tuple(Entry(**{**entry, "values": tuple(entry["values"])}) for entry in listed)

    def file(self, entry: Entry) -> Path:
        """Where the bytes of a waiting file are."""
        return self._folder / "files" / f"{entry.id}{Path(entry.name).suffix.lower()}"

    def paths(self) -> tuple[str, ...]:
        """The documents of the folder."""
        found = regular_files(self._documents) if self._documents.is_dir() else []
        return tuple(name_of(path, self._documents) for path in found)

    def add_file(self, given: str, source: BinaryIO, by: str, instead: str = "") -> Entry:
        """A file that someone brings. given: the name it came with; instead: path of a document whose place it takes.

        Raises BadName, Refused; then nothing is kept.
        """
        name = file_name(given, SUFFIXES)
        if instead:
            if instead not in self.paths():
                raise Refused(f"文件夹里没有 {instead}，不能替换。")
            if Path(instead).suffix.lower() != Path(name).suffix.lower():
                raise Refused(f"{name} 与 {instead} 的类型不同，不能替换；请作为新文件上传，再移除旧的。")
            name = instead
        entry = replace(self._new("file", name, by), id=secrets.token_hex(8))
        place = self.file(entry)
        for folder in (self._folder, place.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        others = (other.size for other in self.entries() if other.target != entry.target)
        room = min(FILE_BYTES, ALL_BYTES - sum(others))
        try:
            size = _copy(source, place, room)
            if size > room:
                limit = FILE_BYTES if room == FILE_BYTES else ALL_BYTES
                what = "一个文件" if room == FILE_BYTES else "待入库的文件合计"
                raise Refused(f"{name} 太大：{what}不能超过 {limit // 1_000_000} MB。")
            _must_read(place, name)
            entry = replace(entry, size=size)
            self._put(entry)
        except BaseException:
            place.unlink(missing_ok=True)
            raise
        return entry

    def remove_document(self, path: str, by: str) -> Entry:
        if path not in self.paths():
            raise Refused(f"文件夹里没有 {path}。")
        return self._put(self._new("removal", path, by))

    def set_fact(self, path: str, work: str, field: str, value: str, by: str) -> Entry:
        """What catalogue.yaml is to say of a work; "" leaves it to the text."""
        value = _tidy(value)
        if field not in TEXT_FIELDS:
            raise Refused("没有这一项。")
        if field == "status" and value and value not in STATUSES:
            raise Refused(f"状态只能是{'、'.join(STATUSES)}。")
        if field == "date" and value and not _DATE.fullmatch(value):
            raise Refused("日期写成 2024-05-01、2024-05 或 2024。")
        self._must_be_known(path)
        if field == "replaced_by" and value and not self.knows(value):
            raise Refused(f"文件夹里没有 {value}，不能写作新版本。")
        return self._put(replace(self._new("fact", path, by), work=work, field=field, values=(value,)))

    def restore(self, path: str, work: str, line: str, by: str) -> Entry:
        """A line that was taken for navigation is text."""
        self._must_be_known(path)
        line = " ".join(line.split())
        if not line:
            raise Refused("没有写要恢复的原文。")
        return self._put(replace(self._new("restore", path, by), work=work, values=(line,)))

    def set_alias(self, full: str, shorts: Sequence[str], by: str) -> Entry:
        """What people call a body or a term; nothing: the name goes."""
        found = tuple(dict.fromkeys(short for short in map(_tidy, shorts) if short))
        if not _tidy(full):
            raise Refused("没有写全称。")
        return self._put(replace(self._new("alias", _tidy(full), by), values=found))

    def add_question(self, id: str, fields: dict[str, object], by: str) -> Entry:
        """An acceptance question, as questions.yaml writes it."""
        return self._put(replace(self._new("question", id, by), values=(json.dumps(fields, ensure_ascii=False),)))

    def withdraw(self, id: str) -> None:
        with self._alone():
            self._write([entry for entry in self.entries() if entry.id != id])

    def clear(self, taken: Sequence[Entry]) -> None:
        """These have been applied; what came meanwhile goes on waiting."""
        done = {entry.id for entry in taken}
        with self._alone():
            self._write([entry for entry in self.entries() if entry.id not in done])

    def fingerprint(self) -> str:
        """Changes with whatever waits."""
        return hashlib.sha256(repr([(entry.id, entry.values) for entry in self.entries()]).encode()).hexdigest()[:16]

    def yaml_files(self, entries: Sequence[Entry]) -> dict[str, str]:
        """The YAML files beside the documents as these entries make them: those that change. Raises Refused."""
        found: dict[str, str] = {}
        for entry in entries:
            if entry.kind not in _EDITS:
                continue
            name, edit = _EDITS[entry.kind]
            path = self._documents / name
            try:
                text = found[name] if name in found else path.read_text("utf-8-sig") if path.exists() else ""
                found[name] = edit(text, entry)
            except Exception as problem:  # the file was written by hand, and the library has many ways to say so
                raise Refused(f"{name} 现在的内容不合格式，无法修改。请先把它改好，或用备份恢复。") from problem
        return found

    def knows(self, path: str) -> bool:
        """Is it a document of the folder, or one that waits?"""
        return path in self.paths() or any(entry.name == path for entry in self.entries() if entry.kind == "file")

    def _must_be_known(self, path: str) -> None:
        if not self.knows(path):
            raise Refused(f"文件夹里没有 {path}。")

    def _new(self, kind: Kind, name: str, by: str) -> Entry:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        return Entry(secrets.token_hex(8), kind, unicodedata.normalize("NFC", name), by=by, since=since)

    def _put(self, entry: Entry) -> Entry:
        if any(
            len(text) > VALUE_CHARS * (20 if entry.kind == "question" else 1) for text in (entry.name, *entry.values)
        ):
            raise Refused(f"太长了，请缩短到 {VALUE_CHARS} 字以内。")
        with self._alone():
            others = [other for other in self.entries() if other.target != entry.target]
            if len(others) >= ENTRIES:
                raise Refused(f"等着入库的已有 {ENTRIES} 项，请先入库。")
            self._must_be_sound(self.yaml_files([*others, entry]))
            self._write([*others, entry])
        return entry

    def _must_be_sound(self, changed: Mapping[str, str]) -> None:
        """By the readers that ingest them. Raises Refused."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            for name, text in changed.items():
                (Path(folder) / name).write_text(text, encoding="utf-8")
            try:
                read_catalogue(Path(folder))
                read_aliases(Path(folder))
            except CatalogueError as problem:
                raise Refused(f"不能这样改：{problem.reason}。") from problem

    def _write(self, kept: Sequence[Entry]) -> None:
        gone = {self.file(entry) for entry in self.entries()} - {self.file(entry) for entry in kept}
        path = self._folder / "entries.json"
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump([asdict(entry) for entry in kept], file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
        for place in gone:
            place.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _copy(source: BinaryIO, place: Path, room: int) -> int:
    """Bytes copied; one more than room where there were more."""
    size = 0
    with place.open("xb") as file:
        while size <= room and (piece := source.read(min(1 << 20, room + 1 - size))):
            file.write(piece)
            size += len(piece)
        file.flush()
        os.fsync(file.fileno())
    return size


def _must_read(place: Path, name: str) -> None:
    """By the reader that ingests it. Raises Refused."""
    readable = 0
    try:
        for source in load(place, place.parent):
            readable += not isinstance(source, UnreadableDocument)
    except UnreadableDocument as problem:
        raise Refused(f"{name} 没有收下：{problem.reason}。") from problem
    if not readable:
        raise Refused(f"{name} 没有收下：没有一行可以读取。")


def _tidy(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _fact(text: str, entry: Entry) -> str:
    return with_fact(text, entry.name, entry.work, entry.field, entry.values[0])


def _restored(text: str, entry: Entry) -> str:
    return with_restored(text, entry.name, entry.work, entry.values[0])


def _alias(text: str, entry: Entry) -> str:
    return with_alias(text, entry.name, entry.values)


def _question(text: str, entry: Entry) -> str:
    return with_question(text, {"id": entry.name} | json.loads(entry.values[0]))


_EDITS: dict[str, tuple[str, Callable[[str, Entry], str]]] = {
    "fact": (CATALOGUE, _fact),
    "restore": (CATALOGUE, _restored),
    "alias": (ALIASES, _alias),
    "question": (QUESTIONS, _question),
}
