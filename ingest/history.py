"""The generations that are kept: which there are, which one serves, which may go, and a way back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vectorstore.dense import DamagedIndex
from vectorstore.generation import IndexMismatch, Manifest, NoIndex, current

GRACE = 60.0  # seconds: an app may still have a younger one open


class NoSuchGeneration(Exception):
    """There is no generation of that name, or none before the present one."""

    def __init__(self, name: str, kept: Sequence[str]) -> None:
        super().__init__(name, tuple(kept))
        self.name, self.kept = name, kept

    def __str__(self) -> str:
        what = f"没有名为 {self.name} 的索引" if self.name else "没有更早的索引可以退回"
        return f"{what}。保留着的有：{'、'.join(self.kept) or '（无）'}。"


@dataclass(frozen=True, slots=True)
class Entry:
    """One generation that is kept."""

    name: str
    created: str  # UTC, ISO 8601; "" when its manifest cannot be read
    documents: int
    passages: int
    current: bool
    why: str  # it is kept


def history(data: Path, keep: int) -> tuple[Entry, ...]:
    """All generations, newest first."""
    served = served_name(data)
    found = []
    for place, folder in enumerate(_newest_first(data)):
        try:
            manifest = Manifest.read(folder)
            facts = manifest.created, manifest.documents, manifest.passages
            why = "正在使用" if folder.name == served else f"保留最近 {keep} 个" if place < keep else "下次入库后清理"
        except (DamagedIndex, IndexMismatch):
            facts, why = ("", 0, 0), "另一版本的程序建立，或已损坏"
        found.append(Entry(folder.name, *facts, folder.name == served, why))
    return tuple(found)


def earlier(data: Path, name: str = "") -> Path:
    """The generation of this name; without one, the one before the present one. Raises NoSuchGeneration, NoIndex."""
    served = current(data)
    folders = _newest_first(data)
    names = [folder.name for folder in folders]
    if name:
        if name not in names:
            raise NoSuchGeneration(name, names)
        return served.parent / name
    older = [folder for folder in folders if _order(folder) < _order(served)]
    if not older:
        raise NoSuchGeneration("", names)
    return older[0]


def retain(data: Path, keep: int, *, spare: str = "") -> tuple[str, ...]:
    """Remove all but the newest generations: the names of those removed.

    Never the one that serves, nor spare, the one that has just been relieved, nor one younger than a minute.
    """
    served = served_name(data)
    now = datetime.now(UTC).timestamp()
    removed = []
    for folder in _newest_first(data)[keep:]:
        if folder.name not in (served, spare) and now - folder.stat().st_mtime > GRACE:
            remove(folder)
            removed.append(folder.name)
    return tuple(removed)


def remove(folder: Path) -> None:
    """By another name first, so that nobody meets half of it; a kill in between leaves what the next ingest clears."""
    aside = folder.with_name(f".removing-{folder.name.lstrip('.')}")
    os.rename(folder, aside)
    shutil.rmtree(aside, ignore_errors=True)


def clear_leftovers(data: Path) -> None:
    """What ingests that were killed have left. Only for who holds the lock.

    The check that such an ingest had begun may still be at work, where nothing ties it to its parent: what it writes goes
    where the folder was, not where it is.
    """
    for folder in (data / "generations").glob(".removing-*"):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (data / "generations").glob(".building-*"):
        remove(folder)
    (data / "CURRENT.new").unlink(missing_ok=True)


def _newest_first(data: Path) -> list[Path]:
    folders = (data / "generations").glob("[!.]*")
    return sorted((folder for folder in folders if folder.is_dir()), key=_order, reverse=True)


def _order(folder: Path) -> tuple[str, int, str]:
    """Names begin with the time of their making; of two within one second the later has a number, or a later file."""
    return folder.name[:16], folder.stat().st_mtime_ns, folder.name


def served_name(data: Path) -> str:
    """Name of the generation that serves; "" when there is none."""
    try:
        return current(data).name
    except (NoIndex, DamagedIndex):
        return ""
