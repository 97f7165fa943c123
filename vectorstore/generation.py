"""An index is a folder written once and never changed: built aside, checked, then named by CURRENT.

data/CURRENT names the generation that is served; data/generations/<name>/ holds
manifest.json (what it was made from, hashes of its files), passages.db, vectors.npy, chroma/ and words/.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from vectorstore.archive import Archive, write_archive
from vectorstore.dense import DamagedIndex, DenseIndex, Vectors, build_chroma
from vectorstore.encoder import Encoder
from vectorstore.lexical import LexicalIndex
from vectorstore.normalise import NORMALISER, normalise
from vectorstore.passage import Document, Passage
from vectorstore.words import grams, words

FORMAT = 1  # of the folder; raised when an older program could no longer read it
ENCODE_BATCH = 2_000


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
    documents: int
    works: int
    passages: int
    content: str  # digest of passages and encoder: equal documents give equal content, whenever and wherever built
    hashes: Mapping[str, str]  # sha256 of the files of the folder, Chroma's left out: opening Chroma changes them

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
    ) -> None:
        self.path, self.manifest, self.archive = path, manifest, archive
        self.words, self.grams, self.dense, self.encoder = words, grams, dense, encoder

    @property
    def name(self) -> str:
        return self.path.name

    @classmethod
    def open(cls, path: Path, encoder: Encoder) -> Generation:
        """Raises DamagedIndex when a file is missing, IndexMismatch when the encoder or the normaliser is another."""
        manifest = Manifest.read(path)
        _must_match(manifest, encoder)
        for name in manifest.hashes:
            if not (path / name).exists():
                raise DamagedIndex(path / name, "文件不存在")
        return cls(
            path,
            manifest,
            Archive.open(path / "passages.db"),
            LexicalIndex.open(path / "words" / "words", manifest.passages),
            LexicalIndex.open(path / "words" / "grams", manifest.passages),
            DenseIndex.open(path),
            encoder,
        )

    def close(self) -> None:
        self.dense.close()
        self.archive.close()


def _must_match(manifest: Manifest, encoder: Encoder) -> None:
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


def build(
    data: Path,
    documents: Iterable[Document],
    files: Sequence[FileRecord],
    *,
    encoder: Encoder,
    splitter: str,
    known: Callable[[Sequence[Passage]], dict[int, Vectors]],
    progress: Callable[[str], None],
) -> tuple[Path, int]:
    """Write a new generation aside, not yet served: its folder, and how many passages had to be embedded.

    known gives the vectors that need no computing, by position in the passages.
    """
    building = data / "generations" / f".building-{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        kept = list(documents)
        passages = write_archive(building / "passages.db", kept)
        progress(f"正在分词并建立词语索引（{len(passages)} 段）")
        searched = [normalise(passage.lexical_text) for passage in passages]
        LexicalIndex.build([words(text) for text in searched]).save(building / "words" / "words")
        LexicalIndex.build([grams(text) for text in searched]).save(building / "words" / "grams")
        vectors, embedded = _vectors(passages, encoder, known(passages), progress)
        np.save(building / "vectors.npy", vectors, allow_pickle=False)
        progress("正在建立向量索引")
        build_chroma(building / "chroma", vectors)
        content = _content(passages, encoder)
        now = datetime.now(UTC)
        manifest = Manifest(
            format=FORMAT,
            created=now.isoformat(timespec="seconds"),
            encoder={"name": encoder.name, "fingerprint": encoder.fingerprint, "dimension": encoder.dimension},
            normaliser=NORMALISER,
            splitter=splitter,
            files=files,
            documents=len(kept),
            works=sum(len(document.works) for document in kept),
            passages=len(passages),
            content=content,
            hashes=file_hashes(building),
        )
        (building / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
        _sync(building)
        folder = _free_name(data / "generations", f"{now:%Y%m%dT%H%M%SZ}-{content[:8]}")
        building.rename(folder)
        sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return folder, embedded


def file_hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file of a generation but the manifest and Chroma's."""
    return {
        path.relative_to(folder).as_posix(): _sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json" and "chroma" not in path.relative_to(folder).parts
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _content(passages: Sequence[Passage], encoder: Encoder) -> str:
    digest = hashlib.sha256(f"{encoder.fingerprint}\0{NORMALISER}".encode())
    for passage in passages:
        digest.update("\0".join((passage.id, passage.date, passage.indexed_text, str(passage.start))).encode())
    return digest.hexdigest()


def _vectors(
    passages: Sequence[Passage], encoder: Encoder, known: dict[int, Vectors], progress: Callable[[str], None]
) -> tuple[Vectors, int]:
    vectors = np.zeros((len(passages), encoder.dimension), dtype=np.float32)
    for row, vector in known.items():
        vectors[row] = vector
    missing = [row for row in range(len(passages)) if row not in known]
    for i in range(0, len(missing), ENCODE_BATCH):
        batch = missing[i : i + ENCODE_BATCH]
        vectors[batch] = encoder.encode([passages[row].indexed_text for row in batch])
        progress(f"正在计算向量 {min(i + ENCODE_BATCH, len(missing))}/{len(missing)}")
    return vectors, len(missing)


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _free_name(parent: Path, name: str) -> Path:
    """Two builds within one second must not meet."""
    folder, n = parent / name, 1
    while folder.exists():
        n += 1
        folder = parent / f"{name}-{n}"
    return folder
