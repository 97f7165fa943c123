"""What an ingest would change, document by document and clause by clause. Nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ingest.clauses import ClauseChange, alike_share, clauses_of, compare
from ingest.pipeline import KEPT_OLD, FileReport, Reading
from ingest.versions import NearCopy, Versions, find_near_copies, replacements
from vectorstore.build import rows_in
from vectorstore.encoder import Encoder
from vectorstore.passage import Document, Kept

RENAMED_SHARE = 0.8  # of clauses alike: a file that was renamed and edited
NAVIGATION = "疑似导航"


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """What becomes of one document. reread: parsed anew though its words are the same (another rule, another catalogue)."""

    kind: Literal["added", "changed", "removed", "renamed", "reread"]
    document: str  # now; of a removed one, before
    old_document: str  # before; of an added one, ""
    title: str
    passages: int  # now; of a removed one, before
    clauses: tuple[ClauseChange, ...]  # empty for added and removed documents: all of it


@dataclass(frozen=True, slots=True)
class Unindexed:
    """Words of a new or changed document that would not be found."""

    document: str
    start: int
    end: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What `apply` would do."""

    generation: str  # that serves now; "" when there is none
    files: tuple[FileReport, ...]
    documents: tuple[DocumentChange, ...]  # those that change
    versions: tuple[Versions, ...]  # works of the new state that are one work
    replaced: tuple[tuple[str, int, str], ...]  # document, work, document with the newer version
    near_copies: tuple[NearCopy, ...]
    unindexed: tuple[Unindexed, ...]
    warnings: tuple[str, ...]
    documents_after: int
    passages_after: int
    embeddings: int  # vectors to compute
    nothing: bool  # the index would stay as it is


def plan(reading: Reading, encoder: Encoder) -> Plan:
    """reading: the folder beside what is indexed."""
    changes = _changes(reading)
    new = [document for document in reading.documents if isinstance(document, Document)]
    passages, rows = rows_in(reading.documents, reading.previous)
    known = reading.previous and reading.previous.manifest.encoder["fingerprint"] == encoder.fingerprint
    texts: dict[str, list[str]] = defaultdict(list)
    for passage in passages:
        texts[passage.document].append(passage.text)
    return Plan(
        generation=reading.previous.folder.name if reading.previous else "",
        files=reading.reports,
        documents=changes,
        versions=reading.versions,
        replaced=tuple((*work, newer) for work, newer in replacements(reading.versions, reading.works).items()),
        near_copies=find_near_copies(texts),
        unindexed=tuple(
            Unindexed(document.id, span.start, span.end, document.text[span.start : span.end], span.reason)
            for document in new
            for span in document.unindexed
            if span.reason == NAVIGATION
        ),
        warnings=tuple(_warnings(reading, encoder, new)),
        documents_after=len(reading.documents),
        passages_after=len(passages),
        embeddings=int(np.count_nonzero(rows < 0)) if known else len(passages),
        nothing=reading.changes_nothing(encoder),
    )


def _changes(reading: Reading) -> tuple[DocumentChange, ...]:
    archive = reading.previous.archive if reading.previous else None
    before = set(archive.document_ids) if archive else set()
    now = {document.id for document in reading.documents}
    new = [document for document in reading.documents if isinstance(document, Document)]
    gone = {id: document for id in sorted(before - now) if archive and (document := archive.document(id))}
    renamed = _renamed(list(gone.values()), [document for document in new if document.id not in before])
    found = []
    for document in new:
        old = archive.document(document.id) if archive and document.id in before else renamed.get(document.id)
        if old is None:
            found.append(DocumentChange("added", document.id, "", document.title, len(document.passages), ()))
            continue
        clauses = compare(clauses_of(old), clauses_of(document))
        kind: Literal["renamed", "changed", "reread"]
        kind = "renamed" if old.id != document.id else "changed" if old.text != document.text else "reread"
        found.append(DocumentChange(kind, document.id, old.id, document.title, len(document.passages), clauses))
    taken = {document.id for document in renamed.values()}
    for id, document in gone.items():
        if id not in taken:
            found.append(DocumentChange("removed", id, id, document.title, len(document.passages), ()))
    return tuple(found)


def _renamed(gone: Sequence[Document], added: Sequence[Document]) -> dict[str, Document]:
    """New id -> the document that was: of the same words, or of one title and nearly the same clauses."""
    by_text = {document.text: document for document in gone}
    found = {document.id: by_text.pop(document.text) for document in added if document.text in by_text}
    left = [document for document in gone if document.text in by_text]
    for document in added:
        if document.id in found:
            continue
        clauses = clauses_of(document)
        for old in left:
            if old.title == document.title and alike_share(clauses_of(old), clauses) >= RENAMED_SHARE:
                found[document.id] = old
                left.remove(old)
                break
    return found


def _warnings(reading: Reading, encoder: Encoder, new: Sequence[Document]) -> list[str]:
    found = []
    if previous := reading.previous:
        if previous.manifest.splitter != reading.splitter:
            found.append("读取或切分的规则变了，全部文件都要重新读取。")
        if previous.manifest.encoder["fingerprint"] != encoder.fingerprint:
            found.append("编码模型变了，全部向量都要重新计算。")
        if not previous.chroma:
            found.append("现有的向量库已损坏，将由保存的向量重新建立。")
    for document in new:
        hidden = sum(span.end - span.start for span in document.unindexed if span.reason == NAVIGATION)
        if hidden * 5 > len(document.text):
            found.append(f"{document.id} 有 {hidden} 字被认作导航，占全文 {hidden / len(document.text):.0%}，请核对。")
        if any(work.title.startswith("〔") for work in document.works):
            found.append(f"{document.id} 中有未题名的作品，请写明题名：在网页“文件”里修改说明，或写进 catalogue.yaml。")
    for record in reading.files:
        if record.status != "ingest" and record.documents:
            reason = record.reason.removesuffix(KEPT_OLD)
            found.append(f"{record.path} 现在的内容读不出（{reason}），公众看到的仍是原有的版本。")
    found += [
        f"{report.path}：{report.reason}。" for report in reading.reports if report.status == "ingest" and report.reason
    ]
    removed = sum(1 for report in reading.reports if report.status == "removed")
    kept = sum(isinstance(document, Kept) for document in reading.documents)
    if removed > max(3, kept + len(new)):
        found.append(f"有 {removed} 个文件不见了，比剩下的还多。请确认文件夹没有写错。")
    return found
