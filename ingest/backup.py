"""The generation that serves, in one file that can be put back on another machine."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ingest.load import find_files, name_of
from ingest.lock import only_writer
from vectorstore.generation import Manifest, compare_hashes, current

LIST = "backup.json"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the documents folder as it is now."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    file: str
    created: str
    generation: str
    content: str
    documents: int
    passages: int
    files: tuple[FileEntry, ...]  # listed, not held
    bytes: int = 0  # of the backup itself; 0 in the list inside it


def backup(data: Path, documents: Path, file: Path) -> Backup:
    """Write CURRENT, the generation it names and a list of the documents folder. Restoring is unpacking into a data folder.

    Appears under its name only when it is complete. Raises NoIndex, DamagedIndex, Busy.
    """
    with only_writer(data):  # nothing may remove the generation meanwhile
        folder = current(data)
        manifest = Manifest.read(folder)
        compare_hashes(folder, manifest)
        listed = tuple(_entry(path, documents) for path in find_files(documents)) if documents.is_dir() else ()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        done = Backup(str(file), now, folder.name, manifest.content, manifest.documents, manifest.passages, listed)
        partial = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            with tarfile.open(partial, "w:gz" if file.suffix in (".gz", ".tgz") else "w") as tar:
                _add_text(tar, LIST, json.dumps(asdict(done), ensure_ascii=False, indent=1))
                _add_text(tar, "CURRENT", folder.name + "\n")
                _add_generation(tar, folder)
            with partial.open("rb") as written:
                os.fsync(written.fileno())
            os.replace(partial, file)
        finally:
            partial.unlink(missing_ok=True)
    return replace(done, bytes=file.stat().st_size)


def _entry(path: Path, documents: Path) -> FileEntry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileEntry(name_of(path, documents), path.stat().st_size, digest)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime = len(text.encode()), int(datetime.now(UTC).timestamp())
    tar.addfile(member, io.BytesIO(text.encode()))


def _add_generation(tar: tarfile.TarFile, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        name = f"generations/{folder.name}/{path.relative_to(folder).as_posix()}"
        if (
            path.name == "chroma.sqlite3"
        ):  # whoever opens it writes a line into it: a plain copy might catch half of that
            with tempfile.TemporaryDirectory() as aside:
                copy = Path(aside) / path.name
                with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
                    source.backup(target)
                tar.add(copy, name)
        elif path.is_file() and not path.name.endswith("-journal"):
            tar.add(path, name)
