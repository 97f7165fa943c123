"""The dense leg: nearest vectors through Chroma, and exactly from vectors.npy. The only importer of chromadb.

Chroma here is a cache that answers: vectors.npy is the truth, from which it can be made again without the model. How similar
the rows found are is told from vectors.npy and, of what stands around each, contexts.npy.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vectorstore.tied import tied

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

COLLECTION = "passages"
CONTEXTS = "contexts.npy"  # beside vectors.npy, made from it
# Of a similarity: a passage that fits, among others that fit, is likelier meant than one that stands alone. Chosen with MOST,
# LIKE and UNLIKE in vectorstore/search.py.
CONTEXT = 0.4
REACH = 400  # characters on either side
# The power of their spread by which directions in which a collection's vectors lie far apart, or all one way, count less: what
# all of it is about tells no passage from another (Arora et al. 2017, Su et al. 2021 "Whitening Sentence Representations",
# with 2 for the whole). More of it loses statutes asked for in lay words.
EVENED = 0.5
BATCH = 5_000  # Chroma takes at most 5,461 rows a call
# What a collection has gained and lost since it was built, of what it holds: more than this, and it is built afresh. The
# points of deleted rows stay in Chroma's graph.
CHANGED_SHARE = 0.2
# Chroma's own construction settings are the best bulk ones; ef_search 200 lifts recall@10 from .988 to .996 at 43,000
# passages for 0.4 ms, and it only takes effect when it is set at creation. Among hundreds of nearly equal lines (a form, a
# table) that graph loses up to a sixth of them, even to their own vectors; the denser one, slower to build, loses none.
_HNSW = (
    {"space": "cosine", "ef_search": 200},
    {"space": "cosine", "ef_search": 200, "max_neighbors": 48, "ef_construction": 400},
)
# Of a smaller collection Chroma saves no graph by itself but makes one at every opening, each another, and writes out what memory
# it finds there, of whoever opens it. Told to save every row it does neither, and the denser graph costs little there.
SAVED = 1_000
_SMALL_HNSW = {**_HNSW[1], "sync_threshold": 1, "batch_size": 1}
PROBES = 200  # stored vectors that must find themselves, and their neighbours
NEIGHBOURS = 10
AGREEMENT = 0.99  # of the probes, how many must find themselves: now and then one of a hundred is missed
RECALL = 0.95  # of the exact neighbours, how many Chroma must find too; .996 was measured at 43,000 passages
SOUND = 0.95  # of both, in a collection opened again: its last thousand rows at most are put into the graph anew
# Cosine by which what was found may be further away than what is nearest: among nearly equal lines nobody could tell.
NEAR = 0.02


class DamagedIndex(Exception):
    """A file of a generation is missing or does not hold what the manifest says."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"索引已损坏（{self.path.name}：{self.reason}）。请运行 python -m ingest 修复。"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a search agrees with the exact one: shares of the probes, 0 to 1."""

    themselves: float
    neighbours: float

    @property
    def good(self) -> bool:
        """Enough for a collection that was just made."""
        return self.themselves >= AGREEMENT and self.neighbours >= RECALL

    @property
    def sound(self) -> bool:
        return min(self.themselves, self.neighbours) >= SOUND


def measured(nearest: Callable[[Vectors, int], Rows], vectors: Vectors) -> Agreement:
    """Stored vectors find themselves, and the search agrees with the exact one. nearest: rows for a vector and a limit."""
    rows = np.flatnonzero(np.any(vectors != 0, axis=1))
    probes = rows[:: max(1, len(rows) // PROBES)][:PROBES]
    if not len(probes):
        return Agreement(1.0, 1.0)
    similar = vectors[probes] @ vectors.T
    limit = min(NEIGHBOURS, len(rows))
    last = -np.partition(-similar[:, rows], limit - 1, axis=1)[:, limit - 1]  # similarity of the furthest neighbour
    themselves = neighbours = 0
    for probe, own, furthest in zip(probes, similar, last, strict=True):
        near = own[nearest(vectors[probe], limit)]
        themselves += bool(np.any(near > 1 - NEAR))
        neighbours += int(np.count_nonzero(near > furthest - NEAR))
    return Agreement(themselves / len(probes), neighbours / (len(probes) * limit))


def _nearest(collection: Collection, vector: Vectors, limit: int) -> Rows:
    """Numbers in the collection, best first."""
    found = collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=["distances"])
    return np.array([int(number) for number in found["ids"][0]], dtype=np.int64)


def _client(folder: Path) -> Client:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    # Imported when first needed: a second of start-up that a question answered without Chroma does not pay.
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))  # type: ignore[return-value]


def rows_held(vectors: Vectors) -> Rows:
    """The row of each number of a new collection. Rows of zeros (texts of unknown words) stay out: Chroma would rank them
    arbitrarily.
    """
    return np.flatnonzero(np.any(vectors != 0, axis=1))


def rows_after(numbers: Rows, moved: Rows, vectors: Vectors) -> Rows | None:
    """The row of each number of a changed copy of an old collection, -1 where there is none any more. None when too much has
    changed for one.

    numbers: the old collection's row of each number; moved: for each new row the old row that had the same vector, or -1.
    """
    present = np.any(vectors != 0, axis=1)
    new_row = np.full(int(max(numbers.max(initial=0), moved.max(initial=0))) + 1, -1, dtype=np.int64)
    kept = np.flatnonzero((moved >= 0) & present)
    new_row[moved[kept][::-1]] = kept[::-1]  # of rows with one vector the first keeps its number
    rows = np.where(numbers >= 0, new_row[numbers], -1)
    added = np.setdiff1d(np.flatnonzero(present), rows)
    rows = np.concatenate([rows, added])
    too_many = np.count_nonzero(rows < 0) + len(added) > CHANGED_SHARE * np.count_nonzero(present)
    return None if too_many else rows


def write_chroma(folder: Path, old: Path | None = None) -> None:
    """The collection of a generation, vectors only, from its vectors.npy and rows.npy. old: a generation, of whose collection
    a changed copy will do, where that finds all it holds.
    """
    vectors, rows = (np.load(folder / name, allow_pickle=False) for name in ("vectors.npy", "rows.npy"))
    if old is not None and _change_chroma(folder / "chroma", old, vectors, rows):
        return
    numbers = np.flatnonzero(rows >= 0)
    for hnsw in _HNSW if len(numbers) >= SAVED else (_SMALL_HNSW,):
        shutil.rmtree(folder / "chroma", ignore_errors=True)
        with _writing(folder / "chroma") as client:
            collection = client.create_collection(COLLECTION, configuration={"hnsw": hnsw}, embedding_function=None)  # type: ignore[arg-type]
            _add(collection, numbers, vectors[rows[numbers]])
            if _measured(collection, rows, vectors).good:
                return


def _change_chroma(folder: Path, old: Path, vectors: Vectors, rows: Rows) -> bool:
    """Is the copy a good one? A real copy: through a hard link Chroma would write into the original."""
    shutil.copytree(old / "chroma", folder)
    before = np.load(old / "rows.npy", allow_pickle=False)
    gone = np.flatnonzero((before >= 0) & (rows[: len(before)] < 0))
    added = np.arange(len(before), len(rows))
    if not len(gone) and not len(added):
        return True
    with _writing(folder) as client:
        collection = client.get_collection(COLLECTION, embedding_function=None)
        for i in range(0, len(gone), BATCH):
            collection.delete(ids=[str(number) for number in gone[i : i + BATCH]])
        _add(collection, added, vectors[rows[added]])
        few = len(added) < (1 - AGREEMENT) * len(rows)  # no more than these can be missed
        return few or _measured(collection, rows, vectors).good


def _measured(collection: Collection, rows: Rows, vectors: Vectors) -> Agreement:
    return measured(lambda vector, limit: rows[_nearest(collection, vector, limit)], vectors)


@contextmanager
def chroma_written_apart(folder: Path, old: Path | None = None) -> Iterator[None]:
    """The same by a process of its own, beside what is done meanwhile; ready at the end. Chroma writes out memory as it finds
    it, and what it finds here may be the words of a document that is to be forgotten. Raises OSError.
    """
    folders = [str(each.resolve()) for each in (folder, old) if each]
    command = [sys.executable, "-m", "vectorstore.dense", *folders]
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(tied(command), stdout=nowhere, stderr=nowhere, cwd=Path(__file__).parents[1]) as writing:
        try:
            yield
            code = writing.wait()
        finally:
            writing.kill()
    if code != 0:
        number = code if code > 0 else errno.EIO  # negative: a signal ended it
        raise OSError(number, os.strerror(number), str(folder))


def _add(collection: Collection, numbers: Rows, vectors: Vectors) -> None:
    for i in range(0, len(numbers), BATCH):
        batch = slice(i, i + BATCH)
        collection.add(
            ids=[str(number) for number in numbers[batch]], embeddings=np.asarray(vectors[batch], dtype=np.float32)
        )


@contextmanager
def _writing(folder: Path) -> Iterator[Client]:
    client = None
    try:
        client = _client(folder)
        yield client
    except Exception as problem:  # Chroma's errors share no class; on a full disk it is one of its own
        code = errno.ENOSPC if "full" in str(problem) else errno.EIO
        raise OSError(code, os.strerror(code), str(folder)) from problem
    finally:
        if client is not None:
            client.close()


def chroma_digests(folder: Path) -> dict[str, str]:
    """What of a collection does not change when it is opened and asked: its files but the length of its write-ahead list,
    and the rows of its database but the notes of who opened it. Read without Chroma, which a damaged file can kill.

    Raises DamagedIndex when the database cannot be read.
    """
    found = {}
    # Before a segment is first saved (under a thousand rows) its files hold nothing yet and are made anew at each opening.
    saved = {path.parent for path in folder.glob("*/index_metadata.pickle")}
    for path in sorted(path for segment in saved for path in segment.iterdir() if path.name != "length.bin"):
        with path.open("rb") as file:
            found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        found["chroma.sqlite3"] = _database_digest(folder / "chroma.sqlite3")
    except sqlite3.Error as problem:
        raise DamagedIndex(folder, f"数据库无法打开（{problem}）") from problem
    return found


def _database_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (table,) in tables:
            # The full-text tables are virtual, and stay empty: no text is ever given to Chroma.
            if table not in ("acquire_write", "maintenance_log") and "fulltext" not in table:
                digest.update(table.encode())
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    digest.update(repr(row).encode())
        for row in connection.execute("PRAGMA integrity_check"):  # the database's own indexes, which no row shows
            digest.update(repr(row).encode())
    return digest.hexdigest()


def contexts_of(extents: Sequence[NDArray[np.int64]], vectors: Vectors) -> NDArray[np.float16]:
    """What stands around each passage, and itself: the direction of its document's passages within REACH characters, each by
    its length. Shape of vectors, zero where these are.

    extents: of each document the start and the end of its passages, shape (n, 2), in the order of vectors.
    """
    contexts = np.zeros(vectors.shape, dtype=np.float16)
    first = 0
    for extent in extents:
        starts, ends = extent[:, 0], extent[:, 1]
        rows = slice(first, first + len(extent))
        first += len(extent)
        sums = np.zeros((len(extent) + 1, vectors.shape[1]))
        np.cumsum(vectors[rows] * (ends - starts)[:, None], axis=0, out=sums[1:])
        low, high = np.searchsorted(starts, starts - REACH), np.searchsorted(ends, ends + REACH, "right")
        around = sums[high] - sums[low]
        lengths = np.linalg.norm(around, axis=1, keepdims=True)
        contexts[rows] = np.divide(around, lengths, out=np.zeros_like(around), where=lengths > 0)
    return contexts


class DenseIndex:
    """Nearest passages by cosine. Vectors have unit length, or are zero when a text holds no known word."""

    def __init__(
        self, vectors: Vectors, contexts: NDArray[np.float16], rows: Rows, chroma: Path, digests: Mapping[str, str]
    ) -> None:
        self.vectors = vectors
        self._contexts = contexts
        self._rows = rows  # of each number in the collection
        self._folder = chroma
        self._digests = digests
        self._client: Client | None = None
        self._collection: Collection | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path, digests: Mapping[str, str]) -> DenseIndex:
        """folder: a generation. digests: what its manifest says of the collection.

        Until open_chroma is called, search is exact over vectors.npy.
        """
        path, chroma = folder / "vectors.npy", folder / "chroma"
        if not path.exists():
            raise DamagedIndex(path, "文件不存在")
        if not (chroma / "chroma.sqlite3").exists():  # opening a wrong path would make a new, empty database
            raise DamagedIndex(chroma, "文件不存在")
        vectors, contexts = (
            np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in (path.name, CONTEXTS)
        )
        return cls(vectors, contexts, np.load(folder / "rows.npy"), chroma, digests)

    def open_chroma(self) -> None:
        """Search by Chroma from now on. It takes a second of imports: whoever asks one question does without.

        Raises DamagedIndex; search stays exact then. The files are compared first: Chroma opens some damaged ones without
        a word, and others end the process.
        """
        with self._lock:
            if self._client is not None:
                return
            if chroma_digests(self._folder) != self._digests:
                raise DamagedIndex(self._folder, "内容与清单不符")
            try:
                self._client = _client(self._folder)
            except Exception as problem:  # Chroma's errors share no class
                raise DamagedIndex(self._folder, f"无法打开（{problem}）") from problem

    def nearest(self, vector: Vectors, limit: int) -> NDArray[np.int64]:
        """Rows nearest to a vector of shape (dimension,), best first; none for the zero vector."""
        if not np.any(vector) or not len(self.vectors):
            return np.empty(0, dtype=np.int64)
        with self._lock:
            if self._client is None:
                return self.nearest_exactly(vector, limit)
            if self._collection is None:  # looked up once: it costs as much as a search
                self._collection = self._client.get_collection(COLLECTION, embedding_function=None)
            collection = self._collection
        return self._rows[_nearest(collection, vector, limit)]

    def nearest_exactly(self, vector: Vectors, limit: int) -> NDArray[np.int64]:
        """What nearest should find: by the product with every vector."""
        if not np.any(vector) or not len(self.vectors):
            return np.empty(0, dtype=np.int64)
        similarity = self.vectors @ vector
        limit = min(limit, len(similarity))
        best = np.argpartition(-similarity, limit - 1)[:limit]
        return best[np.argsort(-similarity[best], kind="stable")]

    @cached_property
    def evening(self) -> Vectors:
        """What a question's vector is multiplied by before it is compared, shape (dimension, dimension): the second moment of
        the passages' vectors to the power of -EVENED / 2. With it counts one passage in every direction, so that a few
        passages, which say little of how they spread, change next to nothing.
        """
        vectors = np.asarray(self.vectors, dtype=np.float32)
        squares, directions = np.linalg.eigh(vectors.T @ vectors + np.eye(vectors.shape[1], dtype=np.float32))
        return np.asarray((directions * squares ** (-EVENED / 2)) @ directions.T, dtype=np.float32)

    def similarity(self, vector: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """Cosine of a vector with each row, shape (len(rows),): six tenths with the passage, four with what stands around."""
        around = self._contexts[rows].astype(np.float32) @ vector
        return np.asarray((1 - CONTEXT) * (self.vectors[rows] @ vector) + CONTEXT * around, dtype=np.float32)

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                # A client that will not close must not stop the switch to a new one.
                with contextlib.suppress(Exception):
                    self._client.close()
                self._client = self._collection = None


def main(arguments: Sequence[str]) -> int:
    """What chroma_written_apart runs: the error number, 0 when all went well."""
    try:
        write_chroma(*map(Path, arguments))
    except OSError as problem:
        return problem.errno or errno.EIO
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
