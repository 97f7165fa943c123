"""The order of the steps: find files, read what changed, build a generation aside, check it, switch to it."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ingest.aliases import Aliases, read_aliases
from ingest.apart import Pages
from ingest.catalogue import Catalogue, CatalogueError, read_catalogue
from ingest.history import clear_leftovers, retain, served_name
from ingest.load import (
    NotRegular,
    Source,
    UnreadableDocument,
    find_files,
    fingerprint_of,
    is_too_large,
    load,
    name_of,
    open_regular,
)
from ingest.lock import only_writer
from ingest.structure import FORMAT, read_structure
from ingest.versions import Versions, find_versions, replacements
from vectorstore.archive import WorkTitle
from vectorstore.build import MANY, Previous, build, publish
from vectorstore.dense import DamagedIndex
from vectorstore.encoder import Encoder
from vectorstore.generation import FileRecord, IndexMismatch, Manifest, NoIndex, current, switch
from vectorstore.normalise import normalise
from vectorstore.passage import Document, Kept

KEEP = 5  # generations
TOLD = 20  # files that could not be taken in, named where none could
KEPT_OLD = "（已保留原有版本）"


class NothingToIngest(Exception):
    """The documents folder is missing, or holds nothing that can be indexed."""

    def __init__(self, folder: Path, reason: str, files: Sequence[FileReport] = ()) -> None:
        super().__init__(folder, reason)
        self.folder, self.reason, self.files = folder, reason, files

    def __str__(self) -> str:
        told = "".join(f"\n  {file.path}：{file.reason}" for file in self.files[:TOLD] if file.reason)
        return f"{self.reason}：{self.folder}。请把文件放进这个文件夹，或用 --documents 指定另一个。{told}"


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
    documents: tuple[Document | Kept, ...]


@dataclass(frozen=True)
class Reading:
    """The folder as it would be indexed, beside what is indexed now."""

    files: tuple[FileRecord, ...]
    reports: tuple[FileReport, ...]  # one a file, and one a bad line of a bulk corpus
    documents: tuple[Document | Kept, ...]
    previous: Previous | None  # None when there is none, or when none of it can be used
    splitter: str
    aliases: Aliases

    def document(self, id: str) -> Document:
        """Any document of these, kept ones from where they are."""
        found = self._read.get(id) or (self.previous.archive.document(id) if self.previous else None)
        if found is None:
            raise KeyError(id)
        return found

    @cached_property
    def _read(self) -> dict[str, Document]:
        return {document.id: document for document in self.documents if isinstance(document, Document)}

    @cached_property
    def works(self) -> tuple[WorkTitle, ...]:
        """Every work, in the order of the documents."""
        kept: dict[str, list[WorkTitle]] = {}
        for title in self.previous.archive.work_titles if self.previous else ():
            kept.setdefault(title.document, []).append(title)
        found: list[WorkTitle] = []
        for document in self.documents:
            if isinstance(document, Kept):
                found += kept.get(document.id, [])
            else:
                found += [WorkTitle(document.id, work, normalise(work.title)) for work in document.works]
        return tuple(found)

    @cached_property
    def versions(self) -> tuple[Versions, ...]:
        return find_versions(self.works, self.document)

    def changes_nothing(self, encoder: Encoder) -> bool:
        """Would a new generation hold exactly what the present one does?"""
        if self.previous is None or not self.previous.chroma:
            return False
        manifest = self.previous.manifest
        return (self.files, self.splitter, self.aliases, encoder.fingerprint) == (
            manifest.files,
            manifest.splitter,
            aliases_of(manifest),
            manifest.encoder["fingerprint"],
        )


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
    begin: Callable[[], None] = lambda: None,
    force: bool = False,
    keep: int = KEEP,
) -> Report:
    """Bring the index in line with the folder. Twice in a row changes nothing the second time.

    check raises when the new generation is not fit to serve; then the old one stays. begin: called when a large index is to
    be changed, a few seconds before the check. force: nothing of the old one is used. keep: how many generations to leave. Raises Busy, NothingToIngest, CatalogueError, NoSpace.
    """
    started = time.monotonic()
    if not documents.is_dir():
        raise NothingToIngest(documents, "没有这个文件夹")
    with only_writer(data):
        clear_leftovers(data)
        reading = read_folder(documents, data, passage_chars, progress, force=force)
        before = reading.previous
        if before and reading.changes_nothing(encoder):
            counts = before.manifest.documents, before.manifest.passages, 0
            return Report(before.folder.name, reading.reports, *counts, time.monotonic() - started)
        if before and before.manifest.passages >= MANY:
            begin()
        relieved = served_name(data)
        building, embedded = _build(data, reading, encoder, progress)
        folder = accept(data, building, check, progress)
        retain(data, keep, spare=relieved)
        manifest = Manifest.read(folder)
        return Report(
            folder.name,
            reading.reports,
            manifest.documents,
            manifest.passages,
            embedded,
            time.monotonic() - started,
        )


def _build(data: Path, reading: Reading, encoder: Encoder, progress: Callable[[str], None]) -> tuple[Path, int]:
    return build(
        data,
        reading.documents,
        reading.files,
        encoder=encoder,
        splitter=reading.splitter,
        base=reading.previous,
        replaced=replacements(reading.versions, reading.works),
        aliases=reading.aliases,
        progress=progress,
    )


@contextlib.contextmanager
def candidate(data: Path, reading: Reading, encoder: Encoder, progress: Callable[[str], None]) -> Iterator[Path]:
    """The generation that `ingest` would make, built aside, never to be served, and removed again. For who holds the lock.

    Raises NoSpace.
    """
    building, _ = _build(data, reading, encoder, progress)
    try:
        yield building
    finally:
        shutil.rmtree(building, ignore_errors=True)


def accept(
    data: Path, building: Path, check: Callable[[Path], None], progress: Callable[[str], None], *, serve: bool = True
) -> Path:
    """Check a generation that was built aside, give it its name and switch to it: its folder. What check raises ends it."""
    progress("正在检查新索引")
    try:
        check(building)
        folder = publish(building)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)  # nobody has been given its name
        raise
    if serve:
        progress("正在切换到新索引")
        switch(data, folder.name)
    return folder


def open_previous(data: Path, progress: Callable[[str], None]) -> Previous | None:
    """The generation that serves; None when there is none, or when it is of no use to this program. Says so then."""
    try:
        previous = Previous.open(current(data))
    except NoIndex:
        return None
    except IndexMismatch:
        progress("现有索引由另一版本的程序建立，将全部重新入库")
        return None
    except DamagedIndex as problem:
        progress(f"现有索引已损坏（{problem.path.name}：{problem.reason}），将全部重新入库")
        return None
    if not previous.chroma:
        progress("现有索引的向量库已损坏，将由保存的向量重新建立")
    return previous


def read_folder(
    documents: Path, data: Path, passage_chars: int, progress: Callable[[str], None], *, force: bool = False
) -> Reading:
    """Compare the folder with what is indexed; only files that are new or changed are parsed. Nothing is written.

    Raises NothingToIngest, CatalogueError.
    """
    if not documents.is_dir():
        raise NothingToIngest(documents, "没有这个文件夹")
    catalogue = read_catalogue(documents)
    previous = open_previous(data, progress)
    used = None if force else previous
    read = list(_read_files(documents, catalogue, used, passage_chars, progress))
    reports = [report for file in read for report in file.reports]
    aliases, complaint = _aliases(documents, used.manifest if used else None)
    kept = tuple(document for file in read for document in file.documents)
    if not kept:
        raise NothingToIngest(documents, "文件夹里没有可以入库的内容", reports)
    return Reading(
        files=tuple(file.record for file in read),
        reports=(*reports, *_removed(read, previous), *complaint),
        documents=kept,
        previous=used,
        splitter=splitter_fingerprint(passage_chars),
        aliases=aliases,
    )


def aliases_of(manifest: Manifest) -> Aliases:
    return {full: tuple(shorts) for full, shorts in manifest.aliases.items()}


def _aliases(folder: Path, manifest: Manifest | None) -> tuple[Aliases, list[FileReport]]:
    """Those of the folder; where they cannot be read, those of before and what is wrong."""
    try:
        return read_aliases(folder), []
    except CatalogueError as problem:
        kept = aliases_of(manifest) if manifest else {}
        reason = str(problem).rstrip("。") + ("（已保留原有别名）" if kept else "")
        return kept, [FileReport(problem.path.name, "reject", reason)]


def stale(documents: Path, data: Path, passage_chars: int) -> bool:
    """Do the documents differ from what is served? Reads the files' bytes, parses nothing."""
    try:
        manifest = Manifest.read(current(data))
    except (NoIndex, DamagedIndex, IndexMismatch):
        return False
    if not documents.is_dir():
        return False
    catalogue = read_catalogue(documents)
    served = {record.path: record.digest for record in manifest.files}
    unread = {name for name, digest in served.items() if not digest}  # could not be opened, or had bad lines: no news
    names = {name_of(path, documents): path for path in find_files(documents)}
    digests = {name: _digest(path, documents, catalogue) for name, path in names.items() if name not in unread}
    served = {name: digest for name, digest in served.items() if digest}
    return (digests, _aliases(documents, manifest)[0], splitter_fingerprint(passage_chars)) != (
        served,
        aliases_of(manifest),
        manifest.splitter,
    )


def _read_files(
    folder: Path, catalogue: Catalogue, previous: Previous | None, passage_chars: int, progress: Callable[[str], None]
) -> Iterator[_Read]:
    taken: dict[str, str] = {}  # document id -> path of the file that brought it first
    same_rules = previous is not None and previous.manifest.splitter == splitter_fingerprint(passage_chars)
    records = {record.path: record for record in previous.manifest.files} if previous and same_rules else {}
    paths = find_files(folder)
    progress(f"正在核对 {len(paths)} 个文件")
    seen: set[str] = set()
    for path in paths:
        name = name_of(path, folder)
        if name in seen:
            report = FileReport(name, "reject", "另一个文件的名字看上去与它完全相同，请改名")
            yield _Read(FileRecord(f"{name}#{len(seen)}", "", "reject", report.reason, 0), (report,), ())
            continue
        seen.add(name)
        record = records.get(name)
        digest = _digest(path, folder, catalogue)
        if previous and record and digest and record.digest == digest and record.status != "reject":
            yield _without_twins(_unchanged(record, previous), taken)
            continue
        progress(f"正在读取 {name}")

        def pages(page: int, of: int, name: str = name) -> None:
            progress(f"正在识别 {name}：第 {page} 页，共 {of} 页")

        found = _read_file(path, folder, digest, catalogue, previous, same_rules, passage_chars, pages)
        yield _without_twins(found, taken)


def _digest(path: Path, folder: Path, catalogue: Catalogue) -> str:
    """Of the bytes, of how they are read, and of what the catalogue says of the file; "" when it cannot be opened or is
    too large to be read at all.
    """
    entry = repr(catalogue.get(name_of(path, folder))) + fingerprint_of(path)
    with contextlib.suppress(OSError, NotRegular), open_regular(path) as file:
        if is_too_large(file, path.suffix.lower()):
            return ""
        return hashlib.sha256(hashlib.file_digest(file, "sha256").digest() + entry.encode()).hexdigest()
    return ""


def _unchanged(record: FileRecord, previous: Previous) -> _Read:
    status = "skip" if record.status == "skip" else "unchanged"
    return _Read(record, (FileReport(record.path, status, record.reason),), _kept(record.path, previous))


def _kept(path: str, previous: Previous) -> tuple[Kept, ...]:
    return tuple(Kept(id) for id in previous.archive.ids_by_source.get(path, ()))


def _read_file(
    path: Path,
    folder: Path,
    digest: str,
    catalogue: Catalogue,
    previous: Previous | None,
    same_rules: bool,
    passage_chars: int,
    pages: Pages,
) -> _Read:
    """digest: taken before the words, so that a file that changes while it is read is read again next time."""
    started = time.monotonic()
    name = name_of(path, folder)
    digests = previous.archive.digests if previous and same_rules else {}
    documents: list[Document | Kept] = []
    bad_lines: list[FileReport] = []
    notices: list[str] = []
    try:
        for source in load(path, folder, pages):
            if not isinstance(source, Source):
                bad_lines.append(FileReport(source.path, "skip" if source.skip else "reject", source.reason))
                continue
            notices += [source.notice] if source.notice else []
            document = read_structure(source, catalogue.get(source.path), passage_chars=passage_chars)
            if document.passages:
                same = digests.get(document.id) == document.digest
                documents.append(Kept(document.id) if same else document)
    except UnreadableDocument as problem:
        return _unreadable(name, digest, problem, previous, time.monotonic() - started)
    seconds = round(time.monotonic() - started, 3)
    if not documents:
        report = FileReport(name, "skip", "没有可以入库的文字", seconds)
        return _Read(FileRecord(name, digest, "skip", report.reason, 0), (report, *bad_lines), ())
    report = FileReport(name, "ingest", "；".join(notices), seconds)
    # A bulk file with bad lines is read again next time, so that they are named again.
    digest = "" if any(line.status == "reject" for line in bad_lines) else digest
    return _Read(FileRecord(name, digest, "ingest", "", len(documents)), (report, *bad_lines), tuple(documents))


def _unreadable(
    name: str, digest: str, problem: UnreadableDocument, previous: Previous | None, seconds: float
) -> _Read:
    """What was indexed of the file before stays: an unreadable new version must not silence the old one."""
    kept = _kept(name, previous) if previous else ()
    status = "skip" if problem.skip else "reject"
    reason = problem.reason + KEPT_OLD if kept else problem.reason
    report = FileReport(name, status, reason, round(seconds, 3))
    return _Read(FileRecord(name, digest, status, reason, len(kept)), (report,), kept)


def _without_twins(file: _Read, taken: dict[str, str]) -> _Read:
    """Of two documents with one id the first one stays."""
    kept: list[Document | Kept] = []
    twins: list[FileReport] = []
    for document in file.documents:
        first = taken.setdefault(document.id, file.record.path)
        if first != file.record.path:
            twins.append(FileReport(f"{file.record.path}#{document.id}", "reject", f"编号与 {first} 中的重复"))
        else:
            kept.append(document)
    return _Read(file.record, (*file.reports, *twins), tuple(kept))


def _removed(read: Sequence[_Read], previous: Previous | None) -> list[FileReport]:
    present = {file.record.path for file in read}
    before = [record.path for record in previous.manifest.files if record.documents] if previous else []
    return [FileReport(path, "removed") for path in before if path not in present]
