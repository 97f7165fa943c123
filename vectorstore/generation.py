"""An index is a folder written once and never changed: built aside, checked, then named by CURRENT.

data/CURRENT names the generation that is served; data/generations/<name>/ holds
manifest.json (what it was made from, hashes of its files), passages.db, vectors.npy, contexts.npy (of what stands around
each passage), chroma/ with rows.npy (the row of each of its numbers), words/ and tokens/ (what the next generation need
not segment again), findings.json (what each document calls things), lexicon.json (what all of them do) and glosses.json (the English for it).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from vectorstore.archive import Archive
from vectorstore.dense import DamagedIndex, DenseIndex, chroma_digests
from vectorstore.encoder import Encoder, StaticEncoder, Vectors, unit_rows
from vectorstore.glosses import Glosses, read_glosses
from vectorstore.lexical import LexicalIndex
from vectorstore.lexicon import Lexicon
from vectorstore.nearness import WordNearness
from vectorstore.normalise import NORMALISER

HASHING = 4  # files at a time
FORMAT = 8  # of the folder; raised when an older program could no longer read it


class NoIndex(Exception):
    """There is no generation to serve yet."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.data = data

    def __str__(self) -> str:
        return f"还没有建立索引（{self.data}）。请先运行 python -m ingest。"


class IndexMismatch(Exception):
    """The index was made with another encoder, normaliser or format than this program would ask it with."""

    def __init__(self, what: str, index: str, program: str) -> None:
        super().__init__(what, index, program)
        self.what, self.index, self.program = what, index, program

    def __str__(self) -> str:
        return f"索引与当前{self.what}不一致：索引用的是 {self.index}，当前是 {self.program}。请运行 python -m ingest 重建索引，或改回原来的设置。"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """How one file of the documents folder ended in this generation."""

    path: str
    digest: str  # of its bytes and of what the catalogue says of it
    status: str  # ingest, skip or reject
    reason: str
    documents: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made from and holds."""

    format: int
    created: str  # UTC, ISO 8601
    encoder: Mapping[str, str | int]  # name, fingerprint, dimension
    normaliser: int
    splitter: str  # fingerprint of parsing and splitting
    files: Sequence[FileRecord]
    aliases: Mapping[str, Sequence[str]]  # full name -> short ones, as maintainers wrote them
    documents: int
    works: int
    passages: int
    content: str  # digest of passages and encoder: equal documents give equal content, whenever and wherever built
    hashes: Mapping[str, str]  # sha256 of the files of the folder but Chroma's
    chroma: Mapping[str, str]  # digests of what opening Chroma does not change

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        path = folder / "manifest.json"
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if values.get("format") != FORMAT:
                raise IndexMismatch("程序版本", f"格式 {values.get('format')}", f"格式 {FORMAT}")
            values["files"] = tuple(FileRecord(**record) for record in values["files"])
            return cls(**values)
        except FileNotFoundError:
            raise DamagedIndex(path, "文件不存在") from None
        except (ValueError, TypeError, KeyError) as problem:
            raise DamagedIndex(path, "内容无法读取") from problem


class Generation:
    """One index, open for asking."""

    def __init__(
        self,
        path: Path,
        manifest: Manifest,
        archive: Archive,
        words: LexicalIndex,
        grams: LexicalIndex,
        dense: DenseIndex,
        encoder: Encoder,
        lexicon: Lexicon,
    ) -> None:
        self.path, self.manifest, self.archive = path, manifest, archive
        self.words, self.grams, self.dense, self.encoder = words, grams, dense, encoder
        self.lexicon = lexicon

    @cached_property
    def glosses(self) -> Glosses:
        """Read when the first question in English comes."""
        return read_glosses(self.path)

    @cached_property
    def nearness(self) -> WordNearness | None:
        """None where the encoder would have to read every word as a text of its own."""
        if not isinstance(self.encoder, StaticEncoder):
            return None
        return WordNearness.open(self.path / "tokens" / "words", self.words.numbers, self.encoder)

    def evened(self, vector: Vectors) -> Vectors:
        """A question's vector of length one as these passages are compared with. As it is where the encoder is not a static
        one: whether others gain has not been measured.
        """
        if not isinstance(self.encoder, StaticEncoder):
            return vector
        evened: Vectors = unit_rows((vector @ self.dense.evening)[None])[0]
        return evened

    @property
    def name(self) -> str:
        return self.path.name

    @classmethod
    def open(cls, path: Path, encoder: Encoder) -> Generation:
        """Raises DamagedIndex when a file is missing, IndexMismatch when the encoder or the normaliser is another."""
        manifest = Manifest.read(path)
        must_match(manifest, encoder)
        for name in manifest.hashes:
            if not (path / name).exists():
                raise DamagedIndex(path / name, "文件不存在")
        return cls(
            path,
            manifest,
            Archive.open(path / "passages.db"),
            LexicalIndex.open(path / "words" / "words", manifest.passages),
            LexicalIndex.open(path / "words" / "grams", manifest.passages),
            DenseIndex.open(path, manifest.chroma),
            encoder,
            Lexicon.read(path),
        )

    def close(self) -> None:
        self.dense.close()
        self.archive.close()


def must_match(manifest: Manifest, encoder: Encoder) -> None:
    """Raises IndexMismatch when this program would ask the index with another encoder or normaliser than made it."""
    if (manifest.encoder["fingerprint"], manifest.encoder["dimension"]) != (encoder.fingerprint, encoder.dimension):
        theirs = f"{manifest.encoder['name']}（{manifest.encoder['fingerprint']}）"
        raise IndexMismatch("编码模型", theirs, f"{encoder.name}（{encoder.fingerprint}）")
    if manifest.normaliser != NORMALISER:
        raise IndexMismatch("归一化规则", str(manifest.normaliser), str(NORMALISER))


def current(data: Path) -> Path:
    """The folder of the generation that is served. Raises NoIndex."""
    try:
        name = (data / "CURRENT").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise NoIndex(data) from None
    folder = data / "generations" / name
    if not name or Path(name).name != name:
        raise DamagedIndex(data / "CURRENT", "内容不是一个索引名")
    if not folder.is_dir():
        raise DamagedIndex(folder, "文件夹不存在")
    return folder


def switch(data: Path, name: str) -> None:
    """Serve this generation from now on: whoever reads CURRENT sees the old name or the new one, never half of it."""
    temporary = data / "CURRENT.new"
    with temporary.open("w", encoding="utf-8") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, data / "CURRENT")
    sync_folder(data)


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def compare_hashes(folder: Path, manifest: Manifest) -> None:
    """Raises DamagedIndex when a file, Chroma's apart, is not what the manifest says."""
    found = file_hashes(folder)
    for name in sorted(found.keys() | manifest.hashes.keys()):
        if name not in found:
            raise DamagedIndex(folder / name, "文件不存在")
        if found[name] != manifest.hashes.get(name):
            raise DamagedIndex(folder / name, "内容与清单不符")


def is_chroma_sound(folder: Path, manifest: Manifest) -> bool:
    try:
        return (folder / "chroma" / "chroma.sqlite3").exists() and chroma_digests(folder / "chroma") == manifest.chroma
    except DamagedIndex:
        return False


def file_hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file of a generation but the manifest and Chroma's."""
    files = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json" and "chroma" not in path.relative_to(folder).parts
    }
    with ThreadPoolExecutor(HASHING) as pool:  # hashlib lets others work meanwhile
        return dict(zip(files, pool.map(_sha256, files.values()), strict=True))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
