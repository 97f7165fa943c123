"""Is a finished generation fit to serve? Run in a child process: a damaged Chroma folder can end the process that opens it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np

from vectorstore.dense import DamagedIndex
from vectorstore.encoder import Encoder
from vectorstore.generation import Generation, file_hashes

PROBES = 200  # stored vectors that must find themselves
AGREEMENT = 0.99  # Chroma searches approximately: now and then one of a hundred is missed


class CheckFailed(Exception):
    """A finished generation did not pass its check; the one before it goes on serving."""

    def __init__(self, generation: str, reason: str) -> None:
        super().__init__(generation, reason)
        self.generation, self.reason = generation, reason

    def __str__(self) -> str:
        return f"新索引 {self.generation} 未通过检查：{self.reason} 原有索引继续使用。"


def check(folder: Path, encoder: Encoder) -> None:
    """Raises DamagedIndex, or IndexMismatch when the encoder is another."""
    generation = Generation.open(folder, encoder)
    try:
        generation.dense.open_chroma()
        for name, digest in file_hashes(folder).items():
            if generation.manifest.hashes.get(name) != digest:
                raise DamagedIndex(folder / name, "内容与清单不符")
        _check_passages(generation)
        _check_vectors(generation)
    except sqlite3.DatabaseError as problem:
        raise DamagedIndex(folder / "passages.db", str(problem)) from problem
    finally:
        generation.close()


def check_in_child(folder: Path, data: Path, encoder: str) -> None:
    """The same check where nothing it opens can hurt this process. Raises CheckFailed."""
    command = [
        sys.executable,
        "-m",
        "ingest",
        "check",
        folder.name,
        "--data",
        str(data.resolve()),
        "--encoder",
        encoder,
    ]
    found = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False)
    if found.returncode != 0:
        said = (found.stderr or found.stdout).strip().splitlines()
        raise CheckFailed(folder.name, said[-1] if said else f"检查进程意外结束（{found.returncode}）。")


def _check_passages(generation: Generation) -> None:
    count = 0
    for document in generation.archive.documents():
        for passage in document.passages:
            count += 1
            if document.text[passage.start : passage.end] != passage.text:
                raise DamagedIndex(generation.path / "passages.db", f"{document.id} 的一段与原文不符")
    if count != generation.manifest.passages:
        raise DamagedIndex(generation.path / "passages.db", f"应有 {generation.manifest.passages} 段，实有 {count} 段")


def _check_vectors(generation: Generation) -> None:
    vectors = generation.dense.vectors
    expected = (generation.manifest.passages, generation.encoder.dimension)
    if vectors.shape != expected:
        raise DamagedIndex(generation.path / "vectors.npy", f"形状是 {vectors.shape}，应为 {expected}")
    rows = np.flatnonzero(np.any(vectors != 0, axis=1))
    probes = rows[:: max(1, len(rows) // PROBES)][:PROBES]
    # Equal passages have equal vectors: finding a twin counts as finding oneself.
    found = sum(
        any(float(vectors[other] @ vectors[row]) > 0.9999 for other in generation.dense.nearest(vectors[row], 3))
        for row in probes
    )
    if len(probes) and found / len(probes) < AGREEMENT:
        raise DamagedIndex(generation.path / "chroma", f"{len(probes)} 个向量只找回 {found} 个")
