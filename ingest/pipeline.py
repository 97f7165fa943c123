"""The order of the steps: find files, read what changed, build a generation aside, check it, switch to it."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.catalogue import Catalogue, read_catalogue
from ingest.load import Source, UnreadableDocument, find_files, load, name_of
from ingest.lock import only_writer
from ingest.structure import FORMAT, read_structure
from vectorstore.archive import Archive
from vectorstore.dense import DamagedIndex, DenseIndex, Vectors
from vectorstore.encoder import Encoder
from vectorstore.generation import FileRecord, IndexMismatch, Manifest, NoIndex, build, current, switch
from vectorstore.passage import Document, Passage


class NothingToIngest(Exception):
    """The documents folder is missing, or holds nothing that can be indexed."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)
        self.folder, self.reason = folder, reason

    def __str__(self) -> str:
        return f"{self.reason}：{self.folder}。请把文件放进这个文件夹，或用 --documents 指定另一个。"


@dataclass(frozen=True, slots=True)
class FileReport:
    """How one file ended: ingest, unchanged, removed, skip or reject, and why."""

    path: str
    status: str
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did."""

    generation: str
    files: tuple[FileReport, ...]
    documents: int
    passages: int
    embedded: int
    seconds: float

    @property
    def rejected(self) -> bool:
        return any(file.status == "reject" for file in self.files)


@dataclass(frozen=True, slots=True)
class _Read:
    """A file of the folder: its documents now, and what is to be remembered of it."""

    record: FileRecord
    reports: tuple[FileReport, ...]
    documents: tuple[Document, ...]


class Previous:
    """The generation that serves now, as far as a new one can reuse it."""

    def __init__(self, manifest: Manifest, archive: Archive, vectors: Vectors) -> None:
        self.manifest, self.archive = manifest, archive
        self.files = {record.path: record for record in manifest.files}
        self._vectors = vectors

    @classmethod
    def open(cls, data: Path) -> Previous | None:
        """None when there is nothing that this program could reuse: then everything is made anew."""
        try:
            folder = current(data)
            return cls(Manifest.read(folder), Archive.open(folder / "passages.db"), DenseIndex.open(folder).vectors)
        except (NoIndex, DamagedIndex, IndexMismatch):
            return None

    def documents_of(self, path: str) -> tuple[Document, ...]:
        return self.archive.documents_from(path)

    def vectors_for(self, passages: Sequence[Passage], encoder: Encoder) -> dict[int, Vectors]:
        """Vectors of passages whose indexed words are the same, by position."""
        if self.manifest.encoder["fingerprint"] != encoder.fingerprint:
            return {}
        rows = {passage.indexed_text: row for row, passage in enumerate(self.archive.all_passages())}
        known = ((i, rows.get(passage.indexed_text)) for i, passage in enumerate(passages))
        return {i: self._vectors[row] for i, row in known if row is not None}


def splitter_fingerprint(passage_chars: int) -> str:
    return f"{FORMAT}/{passage_chars}"


def ingest(
    documents: Path,
    data: Path,
    *,
    encoder: Encoder,
    passage_chars: int,
    check: Callable[[Path], None],
    progress: Callable[[str], None],
    force: bool = False,
) -> Report:
    """Bring the index in line with the folder. Twice in a row changes nothing the second time.

    check raises when the new generation is not fit to serve; then the old one stays. Raises Busy, NothingToIngest,
    CatalogueError.
    """
    started = time.monotonic()
    with only_writer(data):
        catalogue = read_catalogue(documents) if documents.is_dir() else None
        if catalogue is None:
            raise NothingToIngest(documents, "没有这个文件夹")
        previous = Previous.open(data)
        read = list(_read_files(documents, catalogue, None if force else previous, passage_chars, progress))
        reports = [report for file in read for report in file.reports]
        reports += _removed(read, previous)
        if previous and not force and _same(previous, read, encoder, passage_chars):
            manifest = previous.manifest
            return Report(
                current(data).name, tuple(reports), manifest.documents, manifest.passages, 0, time.monotonic() - started
            )
        kept = [document for file in read for document in file.documents]
        if not kept:
            raise NothingToIngest(documents, "文件夹里没有可以入库的内容")
        folder, embedded = build(
            data,
            kept,
            [file.record for file in read],
            encoder=encoder,
            splitter=splitter_fingerprint(passage_chars),
            known=lambda passages: previous.vectors_for(passages, encoder) if previous and not force else {},
            progress=progress,
        )
        progress("正在检查新索引")
        try:
            check(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)  # nobody has been given its name
            raise
        switch(data, folder.name)
        manifest = Manifest.read(folder)
        return Report(
            folder.name, tuple(reports), manifest.documents, manifest.passages, embedded, time.monotonic() - started
        )


def stale(documents: Path, data: Path, passage_chars: int) -> bool:
    """Do the documents differ from what is served? Reads the files' bytes, parses nothing."""
    previous = Previous.open(data)
    if previous is None or not documents.is_dir():
        return False
    catalogue = read_catalogue(documents)
    digests = {name_of(path, documents): _digest(path, documents, catalogue) for path in find_files(documents)}
    served = {record.path: record.digest for record in previous.manifest.files}
    return digests != served or previous.manifest.splitter != splitter_fingerprint(passage_chars)


def _read_files(
    folder: Path, catalogue: Catalogue, previous: Previous | None, passage_chars: int, progress: Callable[[str], None]
) -> Iterator[_Read]:
    taken: dict[str, str] = {}  # document id -> path of the file that brought it first
    reusable = previous if previous and previous.manifest.splitter == splitter_fingerprint(passage_chars) else None
    for path in find_files(folder):
        name = name_of(path, folder)
        progress(f"正在读取 {name}")
        digest = _digest(path, folder, catalogue)
        record = reusable.files.get(name) if reusable else None
        if reusable and record and record.digest == digest and record.status != "reject":
            file = _unchanged(record, reusable)
        else:
            file = _read_file(path, folder, digest, catalogue, previous, passage_chars)
        yield _without_twins(file, taken)


def _digest(path: Path, folder: Path, catalogue: Catalogue) -> str:
    """Of the bytes, and of what the catalogue says of the file."""
    entry = repr(catalogue.get(name_of(path, folder)))
    with path.open("rb") as file:
        return hashlib.sha256(hashlib.file_digest(file, "sha256").digest() + entry.encode()).hexdigest()


def _unchanged(record: FileRecord, previous: Previous) -> _Read:
    status = "skip" if record.status == "skip" else "unchanged"
    return _Read(record, (FileReport(record.path, status, record.reason),), previous.documents_of(record.path))


def _read_file(
    path: Path, folder: Path, digest: str, catalogue: Catalogue, previous: Previous | None, passage_chars: int
) -> _Read:
    started = time.monotonic()
    name = name_of(path, folder)
    documents: list[Document] = []
    bad_lines: list[FileReport] = []
    try:
        for source in load(path, folder):
            if isinstance(source, Source):
                documents.append(read_structure(source, catalogue.get(source.path), passage_chars=passage_chars))
            else:
                bad_lines.append(FileReport(source.path, "skip" if source.skip else "reject", source.reason))
    except UnreadableDocument as problem:
        return _unreadable(name, problem, previous, time.monotonic() - started)
    seconds = round(time.monotonic() - started, 3)
    documents = [document for document in documents if document.passages]
    if not documents:
        report = FileReport(name, "skip", "没有可以入库的文字", seconds)
        return _Read(FileRecord(name, digest, "skip", report.reason, 0), (report, *bad_lines), ())
    report = FileReport(name, "ingest", "", seconds)
    # A bulk file with bad lines is read again next time, so that they are named again.
    digest = "" if any(line.status == "reject" for line in bad_lines) else digest
    return _Read(FileRecord(name, digest, "ingest", "", len(documents)), (report, *bad_lines), tuple(documents))


def _unreadable(name: str, problem: UnreadableDocument, previous: Previous | None, seconds: float) -> _Read:
    """What was indexed of the file before stays: an unreadable new version must not silence the old one."""
    kept = previous.documents_of(name) if previous else ()
    status = "skip" if problem.skip else "reject"
    reason = f"{problem.reason}（已保留原有版本）" if kept else problem.reason
    report = FileReport(name, status, reason, round(seconds, 3))
    return _Read(FileRecord(name, "", status, reason, len(kept)), (report,), kept)


def _without_twins(file: _Read, taken: dict[str, str]) -> _Read:
    """Of two documents with one id the first one stays."""
    kept: list[Document] = []
    twins: list[FileReport] = []
    for document in file.documents:
        first = taken.setdefault(document.id, document.source)
        if first != document.source or any(document.id == other.id for other in kept[-1:]):
            twins.append(FileReport(f"{file.record.path}#{document.id}", "reject", f"编号与 {first} 中的重复"))
        else:
            kept.append(document)
    return _Read(file.record, (*file.reports, *twins), tuple(kept))


def _removed(read: Sequence[_Read], previous: Previous | None) -> list[FileReport]:
    present = {file.record.path for file in read}
    return [FileReport(path, "removed") for path in (previous.files if previous else ()) if path not in present]


def _same(previous: Previous, read: Sequence[_Read], encoder: Encoder, passage_chars: int) -> bool:
    """Would a new generation hold exactly what the present one does?"""
    manifest = previous.manifest
    if (manifest.encoder["fingerprint"], manifest.splitter) != (
        encoder.fingerprint,
        splitter_fingerprint(passage_chars),
    ):
        return False
    return {file.record.path: file.record for file in read} == previous.files
