"""The finished encoder as a directory that sentence-transformers loads without any code of ours."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
from tokenizers import Tokenizer
from torch import Tensor


def save(out: Path, tokenizer: Tokenizer, vectors: Tensor, card: str) -> None:
    # Half precision: half the size, and vectors differ by less than a thousandth. Whoever loads it calls .float().
    static = StaticEmbedding(tokenizer, embedding_weights=vectors.half())
    SentenceTransformer(modules=[static, Normalize()], device="cpu").save(str(out), create_model_card=False)
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)  # the library writes it indented, at twice the size
    (out / "model.safetensors").chmod(0o644)  # it is written readable for its owner alone
    (out / "README.md").write_text(card, encoding="utf-8")


def read_words(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def read_vectors(folder: Path) -> Tensor:
    vectors: Tensor = load_file(folder / "model.safetensors")["embedding.weight"]
    return vectors.float()
