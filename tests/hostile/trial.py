"""A corpus written into a folder, ingested, and held against what was expected of each file."""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ingest.apart import has_ocr
from ingest.pipeline import FileReport, Report, ingest
from tests.hostile import packages, pages, places, texts
from tests.hostile.case import Case
from vectorstore.archive import Archive
from vectorstore.encoder import Encoder
from vectorstore.generation import current

SECONDS = {"images": 900.0, "office": 150.0}  # of one file; others:
USUAL_SECONDS = 65.0  # what a child may take, and a little for ending it
MEMORY = (2 if has_ocr() or shutil.which("soffice") else 1) << 30  # bytes of any child
NOBODY = 65534  # an ordinary user who owns nothing
AFTERWARDS = {"ingest": "unchanged", "skip": "skip", "reject": "reject"}
OWNED = ("/tmp/owned", "/etc/owned", "/owned")


@dataclass
class Listener:
    """Counts who connects."""

    port: int
    seen: list[bytes] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(server.getsockname()[1])

        def count() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(1)
                    try:
                        found.seen.append(connection.recv(200))
                    except OSError:
                        found.seen.append(b"")

        thread = threading.Thread(target=count, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(2)


def all_cases(port: int) -> list[Case]:
    return [case for part in (texts, packages, pages) for case in part.cases(port)] + list(places.cases())


def put(cases: Iterable[Case], work: Path) -> list[Case]:
    """Into work/documents, beside work/outside which nothing may touch: those that this file system can hold."""
    folder, outside = work / "documents", work / "outside"
    for place in (folder, outside):
        place.mkdir(parents=True)
    (outside / "secret.txt").write_text(places.SECRET, "utf-8")
    there = []
    for case in cases:
        path = folder / case.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(case.make, bytes):
                path.write_bytes(case.make)
            else:
                case.make(path)
        except OSError:
            continue
        there.append(case)
    return there


def wrongs(cases: Sequence[Case], work: Path, encoder: Encoder, *, again: bool = True) -> list[str]:
    """Ingests work/documents and says, case by case, what came out otherwise than expected."""
    before, children = _seen(work), _peak(resource.RUSAGE_CHILDREN)
    report = _ingest(work, encoder)
    found = _unexpected(cases, report.files) + _texts(cases, work) + _costs(cases, report.files, children)
    if again:
        found += _changed(report.files, _ingest(work, encoder).files)
    if _seen(work) != before or any(Path(name).exists() for name in OWNED):
        found.append("在文件夹以外写了东西")
    return found


def _ingest(work: Path, encoder: Encoder) -> Report:
    return ingest(
        work / "documents",
        work / "data",
        encoder=encoder,
        passage_chars=500,
        check=lambda folder: None,
        progress=lambda text: None,
    )


def is_privileged() -> bool:
    """Reads what it may not."""
    return os.geteuid() == 0


def expected(case: Case) -> str:
    return case.user if case.user and not is_privileged() else case.status


def told(case: Case) -> str:
    """How the report names it; a folder that may not be entered stands for what is in it."""
    return case.told if case.told and expected(case) == case.status else case.name


def _unexpected(cases: Sequence[Case], files: Sequence[FileReport]) -> list[str]:
    reports: defaultdict[str, list[FileReport]] = defaultdict(list)
    for file in files:
        reports[file.path].append(file)
    found = []
    for case in cases:
        candidates = reports[told(case)]
        fits = [
            file
            for file in candidates
            if expected(case) in (file.status, "any") and re.search(case.reason, file.reason)
        ]
        if fits:
            candidates.remove(fits[0])
        else:
            ended = "；".join(f"{file.status} {file.reason}" for file in candidates) or "没有交代"
            found.append(f"{case.name!r}：应为 {expected(case)} {case.reason}，实为 {ended}")
    left = [file.path for rest in reports.values() for file in rest if not re.search(r"[:#]|原件\.md", file.path)]
    return found + [f"{path}：不在预期之中" for path in left]


def _texts(cases: Sequence[Case], work: Path) -> list[str]:
    """What must stand in the index, and what must not."""
    archive = Archive.open(current(work / "data") / "passages.db")
    try:
        whole = {document.id: document.text for document in archive.documents()}
    finally:
        archive.close()
    lost = [
        case.name
        for case in cases
        if case.shows and expected(case) == "ingest" and case.shows not in whole.get(told(case), "")
    ]
    leaked = [case.name for case in cases if case.hides and any(case.hides in text for text in whole.values())]
    return [f"{name!r}：应有的文字不在索引里" for name in lost] + [f"{name!r}：不该有的文字进了索引" for name in leaked]


def _costs(cases: Sequence[Case], files: Sequence[FileReport], children: int) -> list[str]:
    """children: the most memory that any child had before."""
    groups = {told(case): case.group for case in cases}
    slow = [f"{file.path}：用了 {file.seconds} 秒" for file in files if file.seconds > SECONDS.get(groups.get(file.path, ""), USUAL_SECONDS)]  # fmt: skip
    used = _peak(resource.RUSAGE_CHILDREN)
    # What a child is charged with begins with its parent's memory, so that nothing below that can be told.
    told_apart = used > max(children, _peak(resource.RUSAGE_SELF))
    return slow + ([f"一个子进程用了 {used >> 20} MB 内存"] if used > MEMORY and told_apart else [])


def _peak(whose: int) -> int:
    return resource.getrusage(whose).ru_maxrss * 1024  # bytes, on Linux


def _changed(first: Sequence[FileReport], second: Sequence[FileReport]) -> list[str]:
    """A second run over the same files says the same of them; a bulk file with bad lines is read again, to name them."""
    named = {file.path.partition(":")[0] for file in first if ":" in file.path}
    before = Counter((file.path, AFTERWARDS[file.status]) for file in first if file.path not in named)
    after = Counter((file.path, file.status) for file in second)
    return [f"{path}：第二次成了另一种结果" for path, _ in before - after if not re.search("[:#]", path)]


def _seen(work: Path) -> list[tuple[str, int, int]]:
    """Everything outside the documents and the data."""
    return sorted((str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in (work / "outside").rglob("*"))
