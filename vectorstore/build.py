"""A new index, written aside: from documents, and from whatever an earlier one has that need not be made again."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vectorstore.archive import Archive, write_archive
from vectorstore.dense import (
    CONTEXTS,
    Vectors,
    chroma_digests,
    chroma_written_apart,
    contexts_of,
    rows_after,
    rows_held,
    write_chroma,
)
from vectorstore.encoder import Encoder
from vectorstore.findings import Findings, found_in, read_findings, write_findings
from vectorstore.generation import (
    FORMAT,
    FileRecord,
    Manifest,
    compare_hashes,
    file_hashes,
    is_chroma_sound,
    sync_folder,
)
from vectorstore.glosses import learn_glosses, write_glosses
from vectorstore.lexical import LexicalIndex
from vectorstore.lexicon import learn
from vectorstore.normalise import NORMALISER, normalise
from vectorstore.passage import Document, Kept, Passage
from vectorstore.tokens import Tokens, taken_over

ENCODE_BATCH = 2_000
MANY = 5_000  # passages from which on processes of their own, which take a second to begin, save time
# Written for each passage beside its words: vectors (once, and twice in Chroma), contexts, tokens, and the lexical legs; measured
# 4.9 kB at 128 numbers and 43,000 statute articles. Texts stand twice, as documents and as passages, in UTF-8.
PASSAGE_BYTES, CHARACTER_BYTES = 3_600, 7
RESERVE = 64_000_000  # left free: what records and logs need to go on


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

    @cached_property
    def findings(self) -> dict[str, Findings]:
        """By the id of their document; none when texts were normalised by other rules."""
        return read_findings(self.folder) if self.manifest.normaliser == NORMALISER else {}

    def close(self) -> None:
        self.archive.close()


def searched(passage: Passage) -> tuple[object, ...]:
    """What decides the vector and the tokens of a passage."""
    return passage.title.strip("〔〕"), passage.headings, passage.text


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
        vectors, embedded = _vectors(passages, rows, encoder, base, progress)
        np.save(building / "vectors.npy", vectors, allow_pickle=False)
        np.save(building / CONTEXTS, _contexts(passages, vectors), allow_pickle=False)
        progress("正在建立向量索引")
        same = base is not None and base.manifest.encoder["fingerprint"] == encoder.fingerprint
        changed = _rows_after(base, rows, vectors) if base and same and not afresh else None
        np.save(building / "rows.npy", rows_held(vectors) if changed is None else changed)
        old = base.folder if base and changed is not None else None
        with _chroma(building, old, apart=afresh or len(passages) >= MANY):
            progress(f"正在分词并建立词语索引（{len(passages)} 段，其中 {np.count_nonzero(rows < 0)} 段是新的）")
            _write_words(building, documents, passages, rows, base, aliases)
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
    needed = characters * CHARACTER_BYTES + len(passages) * (PASSAGE_BYTES + 14 * encoder.dimension) + RESERVE
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(place).free
    if free < needed:
        raise NoSpace(place, needed, free)


def _findings(documents: Sequence[Document | Kept], base: Previous | None) -> dict[str, Findings]:
    """What each document calls things, by its id."""
    kept = base.findings if base else {}

    def found(document: Document | Kept) -> Findings:
        if isinstance(document, Document):
            return found_in(document)
        if document.id in kept:
            return kept[document.id]
        assert base is not None
        whole = base.archive.document(document.id)
        assert whole is not None
        return found_in(whole)

    return {document.id: found(document) for document in documents}


def _write_words(
    building: Path,
    documents: Sequence[Document | Kept],
    passages: Sequence[Passage],
    rows: NDArray[np.int64],
    base: Previous | None,
    aliases: Mapping[str, Sequence[str]],
) -> None:
    """Both lexical legs, with their tokens; what the documents call things, and the English for their words."""
    from vectorstore.words import grams  # with it comes jieba

    findings = _findings(documents, base)
    write_findings(findings, building)
    lexicon = learn(tuple(findings.values()), aliases)
    normalised = cache(lambda row: normalise(passages[row].lexical_text))  # for both legs
    legs = {"words": (lexicon.segmenter.words, lexicon.segmenter.learned), "grams": (grams, ())}
    # numpy sorts beside what Python learns.
    with ThreadPoolExecutor(1) as beside:
        indexing = []
        for leg, (cut, learned) in legs.items():
            old = base.tokens(leg) if base else None
            tokens = taken_over(old, rows, normalised, cut, learned)
            tokens.save(building / "tokens" / leg)
            indexing.append(beside.submit(_write_index, tokens, building / "words" / leg))
            if leg == "words":
                lexicon.with_words(tokens.counts()).write(building)
                write_glosses(learn_glosses(tokens.counts()), building)
        for index in indexing:
            index.result()


def _write_index(tokens: Tokens, folder: Path) -> None:
    LexicalIndex.of(tokens).save(folder)


def _contexts(passages: Sequence[Passage], vectors: Vectors) -> NDArray[np.float16]:
    documents = groupby(passages, key=lambda passage: passage.document)
    return contexts_of([np.array([(p.start, p.end) for p in of_one]) for _, of_one in documents], vectors)


def _chroma(building: Path, old: Path | None, *, apart: bool) -> AbstractContextManager[None]:
    """Writes the collection, which is whole when this is left. old: a generation whose collection will do, changed. apart: by
    a process of its own, while others work.
    """
    if apart:
        return chroma_written_apart(building, old)
    write_chroma(building, old)
    return nullcontext()


def _rows_after(base: Previous, rows: NDArray[np.int64], vectors: Vectors) -> NDArray[np.int64] | None:
    return rows_after(np.load(base.folder / "rows.npy"), rows, vectors) if base.chroma else None


def _count_works(building: Path) -> int:
    archive = Archive.open(building / "passages.db")
    try:
        return len(archive.work_titles)
    finally:
        archive.close()


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
