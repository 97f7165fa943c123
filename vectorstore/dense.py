"""The dense leg: nearest vectors through Chroma, and exactly from vectors.npy. The only importer of chromadb.

Chroma here is a cache that answers: vectors.npy is the truth, from which it can be made again without the model.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from chromadb.api.client import Client

Vectors = NDArray[np.float32]

COLLECTION = "passages"
BATCH = 5_000  # Chroma takes at most 5,461 rows a call
# Chroma's own construction settings are the best bulk ones; ef_search 200 lifts recall@10 from .988 to .996 at 43,000
# passages for 0.4 ms, and it only takes effect when it is set at creation.
_HNSW = {"hnsw": {"space": "cosine", "ef_search": 200}}


class DamagedIndex(Exception):
    """A file of a generation is missing or does not hold what the manifest says."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"索引已损坏（{self.path.name}：{self.reason}）。请运行 python -m ingest --force 重新建立索引。"


def _client(folder: Path) -> Client:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    # Imported when first needed: a second of start-up that a question answered without Chroma does not pay.
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))  # type: ignore[return-value]


def build_chroma(folder: Path, vectors: Vectors) -> None:
    """Row numbers as ids, vectors only. Rows of zeros (texts of unknown words) stay out: Chroma would rank them arbitrarily."""
    client = None
    try:
        client = _client(folder)
        collection = client.create_collection(COLLECTION, configuration=_HNSW, embedding_function=None)  # type: ignore[arg-type]
        rows = np.flatnonzero(np.any(vectors != 0, axis=1))
        for i in range(0, len(rows), BATCH):
            batch = rows[i : i + BATCH]
            collection.add(ids=[str(row) for row in batch], embeddings=np.asarray(vectors[batch], dtype=np.float32))
    except Exception as problem:  # Chroma's errors share no class; on a full disk it is one of its own
        code = errno.ENOSPC if "full" in str(problem) else errno.EIO
        raise OSError(code, os.strerror(code), str(folder)) from problem
    finally:
        if client is not None:
            client.close()


class DenseIndex:
    """Nearest passages by cosine. Vectors have unit length, or are zero when a text holds no known word."""

    def __init__(self, vectors: Vectors, chroma: Path) -> None:
        self.vectors = vectors
        self._folder = chroma
        self._client: Client | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> DenseIndex:
        """folder: a generation. Until open_chroma is called, search is exact over vectors.npy."""
        path, chroma = folder / "vectors.npy", folder / "chroma"
        if not path.exists():
            raise DamagedIndex(path, "文件不存在")
        if not (chroma / "chroma.sqlite3").exists():  # opening a wrong path would make a new, empty database
            raise DamagedIndex(chroma, "文件不存在")
        return cls(np.load(path, mmap_mode="r", allow_pickle=False), chroma)

    def open_chroma(self) -> None:
        """Search by Chroma from now on. It takes a second of imports: whoever asks one question does without.

        Raises DamagedIndex; search stays exact then.
        """
        with self._lock:
            if self._client is not None:
                return
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
            collection = self._client.get_collection(COLLECTION, embedding_function=None)
        found = collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=["distances"])
        return np.array([int(row) for row in found["ids"][0]], dtype=np.int64)

    def nearest_exactly(self, vector: Vectors, limit: int) -> NDArray[np.int64]:
        """What nearest should find: by the product with every vector."""
        if not np.any(vector) or not len(self.vectors):
            return np.empty(0, dtype=np.int64)
        similarity = self.vectors @ vector
        limit = min(limit, len(similarity))
        best = np.argpartition(-similarity, limit - 1)[:limit]
        return best[np.argsort(-similarity[best], kind="stable")]

    def similarity(self, vector: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """Cosine of a vector with each row, shape (len(rows),)."""
        return np.asarray(self.vectors[rows] @ vector, dtype=np.float32)

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                # A client that will not close must not stop the switch to a new one.
                with contextlib.suppress(Exception):
                    self._client.close()
                self._client = None
