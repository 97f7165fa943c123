"""Texts to vectors, the same when indexing and when asking; the built-in encoder needs neither torch nor a download."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

BUILTIN = "builtin"
BUILTIN_FOLDER = Path(__file__).resolve().parent.parent / "models" / "hanzi-static-128"
PIECE = 20_000  # characters encoded at once: some 12,000 rows of 128 float32, 6 MB, still near the processor
NUMBER_TYPES = {"F16": "<f2", "F32": "<f4"}
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
# What decides the vectors of a model directory; the rest is descriptions, or the same weights for other engines.
DECIDING_FILES = {".json", ".txt", ".model", ".safetensors", ".bin"}


class Encoder(Protocol):
    """Turns texts into vectors. fingerprint: 16 hex digits of the files behind them; another one, another index."""

    name: str
    fingerprint: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """A row per text, of length one; all zero where the text holds nothing known (empty, only punctuation)."""
        ...


class EncoderUnavailable(Exception):
    """The named encoder cannot be loaded; reason is the Chinese half-sentence that says why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"编码模型“{self.name}”无法使用：{self.reason}；请把 QA_ENCODER 设为 builtin（使用 models/{BUILTIN_FOLDER.name} "
            "中的内置模型），或设为一个完整的本地模型目录。"
        )


def load_encoder(name: str) -> Encoder:
    """builtin, a model directory, or the id of a model on the hub (with HF_HUB_OFFLINE only from the local cache)."""
    if name == BUILTIN:
        return StaticEncoder.open(BUILTIN_FOLDER, name=name)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return StaticEncoder.open(folder, name=name) if is_static(folder) else SentenceEncoder.open(folder, name=name)
    if not HUB_ID.fullmatch(name):
        raise EncoderUnavailable(name, "没有这个目录")
    return SentenceEncoder.open(name)


class StaticEncoder:
    """The mean of one vector per word, normalised: a directory whose modules.json says StaticEmbedding.

    Vectors have length one also where the directory has no Normalize module: the index compares by inner product.
    """

    def __init__(self, tokenizer: Tokenizer, rows: NDArray[Any], *, name: str, fingerprint: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = int(rows.shape[1])
        self._tokenizer = tokenizer
        self._rows = rows

    @classmethod
    def open(cls, folder: Path | str, *, name: str | None = None) -> StaticEncoder:
        folder = Path(folder)
        name = name or str(folder)
        try:
            modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
            part = folder / modules[0]["path"]
            rows = read_rows(part / "model.safetensors", "embedding.weight")
            tokenizer = read_tokenizer(part / "tokenizer.json")
            fingerprint = files_fingerprint([part / "tokenizer.json", part / "model.safetensors"])
        except FileNotFoundError as problem:
            raise EncoderUnavailable(name, f"缺少文件 {problem.filename}") from problem
        except (OSError, ValueError, LookupError) as problem:
            raise EncoderUnavailable(name, "目录中的文件已损坏或格式不符") from problem
        return cls(tokenizer, rows, name=name, fingerprint=fingerprint)

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start, end in pieces(texts):
            vectors[start:end] = self._means(texts[start:end])
        return unit_rows(vectors)

    @property
    def words(self) -> list[str]:
        """The words of the table, by their ids."""
        return [word for word, _ in sorted(self._tokenizer.get_vocab().items(), key=lambda entry: entry[1])]

    @property
    def rows(self) -> NDArray[Any]:
        """One vector per word, as stored."""
        return self._rows

    def tokens(self, text: str) -> list[tuple[int, int, int]]:
        """Id, start and end of the words of a text, in its own characters."""
        found = self._tokenizer.encode(text, add_special_tokens=False)
        return [(id, start, end) for id, (start, end) in zip(found.ids, found.offsets, strict=True)]

    def _means(self, texts: Sequence[str]) -> Vectors:
        found = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]
        rows = self._rows[np.fromiter(chain.from_iterable(found), dtype=np.int64)].astype(np.float32)
        means = np.zeros((len(texts), self.dimension), dtype=np.float32)
        start = 0
        for number, ids in enumerate(found):  # a sum each: np.add.reduceat over rows is eighteen times slower
            if ids:
                means[number] = rows[start : start + len(ids)].sum(axis=0) / len(ids)
                start += len(ids)
        return means


class SentenceEncoder:
    """Any other sentence-transformers model, from a directory or from the hub's local cache."""

    def __init__(self, model: SentenceTransformer, *, name: str, fingerprint: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = int(model.get_embedding_dimension() or 0)
        self._model = model

    @classmethod
    def open(cls, model: Path | str, *, name: str | None = None) -> SentenceEncoder:
        name = name or str(model)
        local = isinstance(model, Path) or offline()
        try:
            # Not at the top: it brings torch, seconds that whoever uses the built-in encoder must not pay.
            from sentence_transformers import SentenceTransformer

            loaded = SentenceTransformer(str(model), device="cpu", local_files_only=local).float()
            fingerprint = files_fingerprint(deciding_files(model if isinstance(model, Path) else cached_folder(model)))
        except ImportError as problem:
            raise EncoderUnavailable(name, "没有安装 sentence-transformers 或 torch") from problem
        except (OSError, ValueError, RuntimeError) as problem:
            where = "目录不完整" if isinstance(model, Path) else "既不是本地目录，也无法从模型库的本地缓存或网络取得"
            raise EncoderUnavailable(name, where) from problem
        return cls(loaded, name=name, fingerprint=fingerprint)

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(list(texts), show_progress_bar=False, convert_to_numpy=True)
        return unit_rows(np.nan_to_num(np.asarray(vectors, dtype=np.float32)))


def unit_rows(vectors: Vectors) -> Vectors:
    """Rows divided by their length; a zero row stays zero instead of becoming NaN."""
    units = np.zeros_like(vectors)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    np.divide(vectors, lengths, out=units, where=lengths > 0)
    return units


def is_static(folder: Path) -> bool:
    """Whether modules.json lists a StaticEmbedding and at most a Normalize after it."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        kinds = [module["type"].rpartition(".")[2] for module in modules]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return kinds in (["StaticEmbedding"], ["StaticEmbedding", "Normalize"])


def read_rows(path: Path, tensor: str) -> NDArray[Any]:
    """The tensor of a safetensors file: 8 bytes of header length, a JSON header, then the numbers."""
    with path.open("rb") as file:
        header_length = int.from_bytes(file.read(8), "little")
        if header_length > path.stat().st_size:
            raise ValueError("not a safetensors file")
        entry = json.loads(file.read(header_length))[tensor]
    kind, (rows, columns) = NUMBER_TYPES[entry["dtype"]], entry["shape"]
    start = 8 + header_length + entry["data_offsets"][0]
    # Read, not mapped: a file replaced in place under a mapping ends the process (SIGBUS).
    return np.fromfile(path, dtype=kind, count=rows * columns, offset=start).reshape(rows, columns)


def read_tokenizer(path: Path) -> Tokenizer:
    text = path.read_text(encoding="utf-8")
    try:
        tokenizer = Tokenizer.from_str(text)
    except Exception as problem:  # the library raises nothing narrower
        raise ValueError(f"not a tokenizer: {path}") from problem
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def pieces(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Ranges of about PIECE characters, so that many long texts do not fill the memory."""
    start = read = 0
    for number, text in enumerate(texts):
        read += len(text)
        if read >= PIECE:
            yield start, number + 1
            start, read = number + 1, 0
    if start < len(texts):
        yield start, len(texts)


def files_fingerprint(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def deciding_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in DECIDING_FILES and path.is_file())


def cached_folder(model: str) -> Path:
    """Where the hub's library keeps a model that has just been loaded."""
    from huggingface_hub import snapshot_download  # comes with sentence-transformers, and is needed only beside it

    return Path(snapshot_download(model, local_files_only=True))


def offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}
