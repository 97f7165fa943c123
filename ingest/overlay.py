"""The documents folder as it will be once what waits is applied: laid out aside, and taken in afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ingest.load import SETTINGS, regular_files
from ingest.waiting import Entry, WaitingArea

DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Laid:
    """A folder that holds what the documents folder would hold."""

    folder: Path
    entries: tuple[Entry, ...]  # that made it differ
    written: tuple[str, ...]  # paths of files that are new or other
    removed: tuple[str, ...]


@contextlib.contextmanager
def laid_over(documents: Path, data: Path) -> Iterator[Laid]:
    """The folder with what waits on top, for the length of the block. Files are linked, not copied, where that is possible.

    Raises Refused when a YAML file beside the documents cannot be changed, OSError.
    """
    area = WaitingArea(data, documents)
    entries = area.entries()
    (data / "waiting").mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear_old(data / "waiting")
    with tempfile.TemporaryDirectory(prefix="laid-", dir=data / "waiting") as name:
        folder = Path(name)
        for file in _all_files(documents):
            _place(file, folder / file.relative_to(documents))
        removed = [entry.name for entry in entries if entry.kind == "removal" and (folder / entry.name).is_file()]
        for path in removed:
            (folder / path).unlink()
        files = {entry.name: area.file(entry) for entry in entries if entry.kind == "file"}
        for path, source in files.items():
            _place(source, folder / path)
        changed = area.yaml_files(entries)
        for path, text in changed.items():
            (folder / path).unlink(missing_ok=True)  # a link: writing through it would change the original
            (folder / path).write_text(text, encoding="utf-8")
        yield Laid(folder, entries, (*files, *changed), tuple(removed))


def take_in(laid: Laid, documents: Path, data: Path, keep: int) -> None:
    """Make the documents folder what was laid out. What is replaced or removed goes to data/replaced/, the newest few
    of which are kept.
    """
    aside = data / "replaced" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for path in (*laid.written, *laid.removed):
        if (documents / path).is_file():
            _place(documents / path, aside / path)
    for path in laid.written:
        _replace(laid.folder / path, documents / path)
    for path in laid.removed:
        (documents / path).unlink(missing_ok=True)
    WaitingArea(data, documents).clear(laid.entries)
    for old in sorted((data / "replaced").glob("*"), reverse=True)[keep:]:
        shutil.rmtree(old, ignore_errors=True)


def forget(data: Path, path: str) -> None:
    """Remove what is kept of a file that was replaced or removed."""
    for folder in (data / "replaced").glob("*"):
        (folder / path).unlink(missing_ok=True)


def must_be_writable(documents: Path) -> None:
    """Raises OSError: better before a new index serves than after."""
    with tempfile.TemporaryFile(dir=documents):
        pass


def _all_files(documents: Path) -> Iterator[Path]:
    """Documents, and the settings beside them."""
    yield from regular_files(documents)
    for path in documents.iterdir():
        if path.suffix.lower() in SETTINGS and path.is_file() and not path.is_symlink() and path.name[0] != ".":
            yield path


def _place(source: Path, target: Path) -> None:
    """The same file under another name, or a copy where the two are on different disks."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _replace(source: Path, target: Path) -> None:
    """Whoever reads the target sees the old file or the new one."""
    fresh = target.with_name(f".{target.name}.new")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh.unlink(missing_ok=True)
    shutil.copyfile(source, fresh)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(fresh, target)


def _clear_old(waiting: Path) -> None:
    """What processes that were killed have left."""
    for folder in waiting.glob("laid-*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > DAY:
                shutil.rmtree(folder, ignore_errors=True)
