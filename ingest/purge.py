"""A document taken out of every generation that is kept, as if it had never been indexed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.history import clear_leftovers, history, remove, served_name
from ingest.lock import only_writer
from ingest.pipeline import Reading, accept, aliases_of
from ingest.versions import replacements
from vectorstore.build import Previous, build
from vectorstore.dense import DamagedIndex
from vectorstore.encoder import Encoder
from vectorstore.generation import FileRecord, IndexMismatch
from vectorstore.passage import Kept


class NothingToPurge(Exception):
    """No generation holds the document, or the one that serves holds nothing else."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A generation that was replaced by one without the document."""

    old: str
    new: str  # "" when nothing else was in it


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did."""

    document: str
    source: str  # path of its file in the documents folder
    generations: tuple[Rebuilt, ...]
    unreadable: tuple[str, ...]  # generations that this program could not open, and removed


def purge(
    data: Path, document: str, *, encoder: Encoder, check: Callable[[Path], None], progress: Callable[[str], None]
) -> Purged:
    """Rebuild every generation that holds the document without it, with Chroma made afresh: deleted vectors stay in its
    files otherwise. One that cannot be opened is removed, unless it serves: it may hold the document.

    Answers that quoted the document are in the records, which are not touched here. Raises NothingToPurge, Busy,
    CheckFailed; what was rebuilt before that stays rebuilt.
    """
    with only_writer(data):
        clear_leftovers(data)
        served = served_name(data)
        rebuilt: list[Rebuilt] = []
        unreadable: list[str] = []
        source = ""
        for entry in history(data, keep=0):
            folder = data / "generations" / entry.name
            try:
                previous = Previous.open(folder)
            except (DamagedIndex, IndexMismatch):
                if entry.name == served:
                    raise
                remove(folder)
                unreadable.append(entry.name)
                continue
            found = previous.archive.document(document)
            if found is None:
                continue
            source = found.source
            progress(f"正在从 {entry.name} 中清除 {document}")
            without = _without(previous, document, source)
            if not without.documents and entry.name == served:
                raise NothingToPurge(f"正在使用的索引里只有 {document}，清除后就没有内容了。请先放入其他文件并入库。")
            new = ""
            if without.documents:
                building, _ = build(
                    data,
                    without.documents,
                    without.files,
                    encoder=encoder,
                    splitter=without.splitter,
                    base=previous,
                    replaced=replacements(without.versions, without.works),
                    aliases=without.aliases,
                    progress=progress,
                    created=previous.manifest.created,
                    afresh=True,
                )
                new = accept(data, building, check, progress, serve=entry.name == served).name
            previous.close()
            remove(folder)
            rebuilt.append(Rebuilt(entry.name, new))
    if not rebuilt and not unreadable:
        raise NothingToPurge(f"保留着的索引里都没有 {document}。")
    return Purged(document, source, tuple(rebuilt), tuple(unreadable))


def _without(previous: Previous, document: str, source: str) -> Reading:
    files: list[FileRecord] = []
    for record in previous.manifest.files:
        if record.path != source:
            files.append(record)
        elif record.documents > 1:  # a bulk file: read again at the next ingest
            files.append(replace(record, digest="", documents=record.documents - 1))
    documents = tuple(Kept(id) for id in previous.archive.document_ids if id != document)
    return Reading(tuple(files), (), documents, previous, previous.manifest.splitter, aliases_of(previous.manifest))
