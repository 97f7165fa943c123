"""An index is a folder written once and never changed: built aside, checked, then named by CURRENT.

data/CURRENT names the generation that is served; data/generations/<name>/ holds
manifest.json (what it was made from, hashes of its files), passages.db, vectors.npy, chroma/ with rows.npy (the row of
each of its numbers), words/ and tokens/ (what the next generation need not segment again), lexicon.json and glosses.json
(what the documents call things, and the English for it).
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.archive import Archive, write_archive
from vectorstore.dense import (
    DamagedIndex,
    DenseIndex,
    Vectors,
    build_chroma,
    build_chroma_apart,
    change_chroma,
    chroma_digests,
)
from vectorstore.encoder import Encoder, StaticEncoder
from vectorstore.glosses import Glosses, learn_glosses, read_glosses, write_glosses
from vectorstore.lexical import LexicalIndex
from vectorstore.lexicon import Lexicon, learn
from vectorstore.nearness import WordNearness
from vectorstore.normalise import NORMALISER, normalise
from vectorstore.passage import Document, Kept, Passage
from vectorstore.tokens import Tokens, taken_over

FORMAT = 5  # of the folder; raised when an older program could no longer read it
ENCODE_BATCH = 2_000
# Written for each passage beside its words: vectors (once, and twice in Chroma), tokens, and the lexical legs; measured
# 4.9 kB at 128 numbers and 43,000 statute articles. Texts stand twice, as documents and as passages, in UTF-8.
PASSAGE_BYTES, CHARACTER_BYTES = 3_600, 7
RESERVE = 64_000_000  # left free: what records and logs need to go on


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


class NoSpace(OSError):
    """Too little is free to write an index."""

    def __init__(self, folder: Path, needed: int, free: int) -> None:
        super().__init__(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        self.folder, self.needed, self.free = folder, needed, free

    def __str__(self) -> str:
        missing, needed, free = (_megabytes(number) for number in (self.needed - self.free, self.needed, self.free))
        return (
            f"磁盘空间不足：{self.folder} 还差 {missing} MB（建立新索引需要 {needed} MB，现有 {free} MB）。"
            "请清出空间再试。原有索引继续使用。"
        )


def _megabytes(number: int) -> int:
    return math.ceil(number / 1_000_000)


class Previous:
    """An earlier generation, as far as a new one can take over from it."""

    def __init__(self, folder: Path, manifest: Manifest, archive: Archive, vectors: Vectors, chroma: bool) -> None:
        self.folder, self.manifest, self.archive, self.vectors = folder, manifest, archive, vectors
        self.chroma = chroma  # is the collection sound

    @classmethod
    def open(cls, folder: Path) -> Previous:
        """Raises DamagedIndex when a file is not what the manifest says (Chroma's may be: it can be made again), and
        IndexMismatch when another program made it.
        """
        manifest = Manifest.read(folder)
        compare_hashes(folder, manifest)
        archive, vectors = Archive.open(folder / "passages.db"), np.load(folder / "vectors.npy", mmap_mode="r")
        return cls(folder, manifest, archive, vectors, is_chroma_sound(folder, manifest))

    @cached_property
    def passages(self) -> list[Passage]:
        return list(self.archive.all_passages())

    @cached_property
    def rows(self) -> dict[tuple[object, ...], int]:
        """Row of a passage by what is searched of it."""
        return {searched(passage): row for row, passage in enumerate(self.passages)}

    def tokens(self, leg: str) -> Tokens | None:
        """None when they were cut by other rules."""
        return Tokens.open(self.folder / "tokens" / leg) if self.manifest.normaliser == NORMALISER else None

    def close(self) -> None:
        self.archive.close()


def searched(passage: Passage) -> tuple[object, ...]:
    """What decides the vector and the tokens of a passage."""
    return passage.title.strip("〔〕"), passage.headings, passage.text


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


def build(
    data: Path,
    documents: Sequence[Document | Kept],
    files: Sequence[FileRecord],
    *,
    encoder: Encoder,
    splitter: str,
    base: Previous | None,
    replaced: Mapping[tuple[str, int], str],
    aliases: Mapping[str, Sequence[str]],
    progress: Callable[[str], None],
    created: str = "",
    afresh: bool = False,
) -> tuple[Path, int]:
    """Write a new generation aside, not yet to be served: its folder, and how many passages had to be embedded.

    base gives the kept documents, and whatever else need not be made again: vectors and tokens of passages that it
    holds, and the collection when little has changed (not when afresh). replaced: document and number of a work -> id of
    the document that holds its newer version. aliases: full name -> short ones. created: of a generation that takes the place of an older one. Raises
    NoSpace before anything is written.
    """
    passages, rows = rows_in(documents, base)
    folder = data / "generations"
    _must_fit(folder, [d for d in documents if isinstance(d, Document)], passages, encoder, base)
    building = folder / f".building-{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        write_archive(building / "passages.db", documents, base.folder / "passages.db" if base else None, replaced)
        progress(f"正在分词并建立词语索引（{len(passages)} 段，其中 {np.count_nonzero(rows < 0)} 段是新的）")
        _write_words(building, passages, rows, base, aliases)
        vectors, embedded = _vectors(passages, rows, encoder, base, progress)
        np.save(building / "vectors.npy", vectors, allow_pickle=False)
        progress("正在建立向量索引")
        same = base is not None and base.manifest.encoder["fingerprint"] == encoder.fingerprint
        changed = _changed_chroma(building, base, rows, vectors) if base and same and not afresh else None
        if afresh:
            changed = build_chroma_apart(building / "chroma", building / "vectors.npy")
        np.save(building / "rows.npy", build_chroma(building / "chroma", vectors) if changed is None else changed)
        content = _content(passages, replaced, aliases, encoder)
        manifest = Manifest(
            format=FORMAT,
            created=created or datetime.now(UTC).isoformat(timespec="seconds"),
            encoder={"name": encoder.name, "fingerprint": encoder.fingerprint, "dimension": encoder.dimension},
            normaliser=NORMALISER,
            splitter=splitter,
            files=files,
            aliases=aliases,
            documents=len(documents),
            works=_count_works(building),
            passages=len(passages),
            content=content,
            hashes=file_hashes(building),
            chroma=chroma_digests(building / "chroma"),
        )
        (building / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
        _sync(building)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return building, embedded


def publish(building: Path) -> Path:
    """Give a finished generation the name under which it can be served."""
    manifest = Manifest.read(building)
    created = datetime.fromisoformat(manifest.created)
    folder = _free_name(building.parent, f"{created:%Y%m%dT%H%M%SZ}-{manifest.content[:8]}")
    building.rename(folder)
    sync_folder(folder.parent)
    return folder


def rows_in(documents: Sequence[Document | Kept], base: Previous | None) -> tuple[list[Passage], NDArray[np.int64]]:
    """The passages in row order, and the row of each in base, -1 for new ones."""
    passages: list[Passage] = []
    rows: list[int] = []
    for document in documents:
        if isinstance(document, Document):
            passages += document.passages
            rows += [base.rows.get(searched(passage), -1) if base else -1 for passage in document.passages]
        elif base:
            extent = base.archive.extents[document.id]
            passages += base.passages[extent.start : extent.stop]
            rows += extent
    return passages, np.array(rows, dtype=np.int64)


def _must_fit(
    folder: Path, read: Sequence[Document], passages: Sequence[Passage], encoder: Encoder, base: Previous | None
) -> None:
    characters = sum(len(document.text) for document in read) + sum(len(passage.text) for passage in passages)
    needed = characters * CHARACTER_BYTES + len(passages) * (PASSAGE_BYTES + 12 * encoder.dimension) + RESERVE
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(place).free
    if free < needed:
        raise NoSpace(place, needed, free)


def _write_words(
    building: Path,
    passages: Sequence[Passage],
    rows: NDArray[np.int64],
    base: Previous | None,
    aliases: Mapping[str, Sequence[str]],
) -> None:
    """Both lexical legs, with their tokens; what the documents call things, and the English for their words."""
    from vectorstore.words import grams  # with it comes jieba

    archive = Archive.open(building / "passages.db")
    lexicon = learn(list(archive.documents()), aliases)
    archive.close()
    legs = {"words": (lexicon.segmenter.words, lexicon.segmenter.learned), "grams": (grams, ())}
    for leg, (cut, learned) in legs.items():
        old = base.tokens(leg) if base else None
        tokens = taken_over(old, rows, lambda row: normalise(passages[row].lexical_text), cut, learned)
        tokens.save(building / "tokens" / leg)
        LexicalIndex.of(tokens).save(building / "words" / leg)
        if leg == "words":
            lexicon.with_words(tokens.counts()).write(building)
            write_glosses(learn_glosses(tokens.counts()), building)


def _changed_chroma(
    building: Path, base: Previous, rows: NDArray[np.int64], vectors: Vectors
) -> NDArray[np.int64] | None:
    if not base.chroma:
        return None
    return change_chroma(building / "chroma", base.folder / "chroma", np.load(base.folder / "rows.npy"), rows, vectors)


def _count_works(building: Path) -> int:
    archive = Archive.open(building / "passages.db")
    try:
        return len(archive.work_titles)
    finally:
        archive.close()


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


def _content(
    passages: Sequence[Passage],
    replaced: Mapping[tuple[str, int], str],
    aliases: Mapping[str, Sequence[str]],
    encoder: Encoder,
) -> str:
    digest = hashlib.sha256(f"{encoder.fingerprint}\0{NORMALISER}".encode())
    for passage in passages:
        digest.update("\0".join((passage.id, passage.date, passage.indexed_text, str(passage.start))).encode())
    for work, newer in sorted(replaced.items()):
        digest.update(repr((work, newer)).encode())
    for full, shorts in sorted(aliases.items()):
        digest.update(repr((full, *shorts)).encode())
    return digest.hexdigest()


def _vectors(
    passages: Sequence[Passage],
    rows: NDArray[np.int64],
    encoder: Encoder,
    base: Previous | None,
    progress: Callable[[str], None],
) -> tuple[Vectors, int]:
    vectors = np.zeros((len(passages), encoder.dimension), dtype=np.float32)
    missing = np.arange(len(passages))
    if base and base.manifest.encoder["fingerprint"] == encoder.fingerprint:
        kept, missing = np.flatnonzero(rows >= 0), np.flatnonzero(rows < 0)
        vectors[kept] = base.vectors[rows[kept]]
    for i in range(0, len(missing), ENCODE_BATCH):
        batch = missing[i : i + ENCODE_BATCH]
        progress(f"正在计算向量 {i + len(batch)}/{len(missing)}")
        vectors[batch] = encoder.encode([passages[row].indexed_text for row in batch])
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
