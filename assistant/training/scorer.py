"""The weights of the sentences.

Fitted on the questions that neither the reader nor the encoder was trained on, over an index of all their texts, so that
hits and ranks are what they are in earnest. Listwise logistic regression: the chance of the sentences that hold the answer.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.extract import read
from assistant.question import understand
from assistant.scorer import FEATURES, features
from assistant.terms import terms_of
from assistant.training.data import OPENING, held_back, read_rows
from vectorstore.encoder import BUILTIN, load_encoder
from vectorstore.generation import Generation, current
from vectorstore.normalise import normalise
from vectorstore.search import search

HITS = 10
FOLDS = 5
PENALTY = 0.002  # times the squared weights of features brought to spread 1

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the document that answers it."""

    question: str
    answer: str
    document: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """Of one question: a row of features each, and whether it holds the answer."""

    rows: Floats
    right: NDArray[np.bool_]


def fit_sentences(data: Path, work: Path) -> dict[str, object]:
    """What scorer.json is to hold. work: keeps the index of the texts. Raises MissingData."""
    asked = write_documents(data, work / "documents")
    folders = ["--documents", str(work / "documents"), "--data", str(work / "data")]
    subprocess.run([sys.executable, "-m", "ingest", *folders], check=True)
    generation = Generation.open(current(work / "data"), load_encoder(BUILTIN))
    lists = [found for one in asked if (found := sentences_of(one, generation)) is not None]
    fitted = [one for one in lists if one.right.any()]
    weights, share = fit(fitted), cross_validated(fitted)
    return {
        "command": "python -m assistant.training --data DIR --sentences WORK",
        "fitted on": f"{len(fitted)} questions of CMRC 2018 (training part) held back from reader and encoder, CC BY-SA 4.0",
        "first sentence holds the answer, cross-validated": {
            "of those": round(share, 3),
            "of all asked": round(share * len(fitted) / max(1, len(lists)), 3),
        },
        "weights": {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)},
    }


def write_documents(data: Path, folder: Path) -> list[Asked]:
    """All texts as a bulk corpus; the questions on those that are held back. Raises MissingData."""
    titles: dict[str, str] = {}
    for _, title, text in read_rows(data / "passages.jsonl.xz"):
        titles.setdefault(str(text)[:OPENING], str(title))
    documents: dict[str, str] = {}
    asked: list[Asked] = []
    for source, question, text, answer, _ in read_rows(data / "reader.jsonl.xz"):
        id = documents.setdefault(str(text), f"t{len(documents)}")
        if held_back(str(source), titles.get(str(text)[:OPENING]) or str(text)):
            asked.append(Asked(str(question), str(answer), id))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "texts.jsonl").open("w", encoding="utf-8") as file:
        for text, id in documents.items():
            line = {"doc_id": id, "title": titles.get(text[:OPENING], ""), "text": text}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return asked


def sentences_of(asked: Asked, generation: Generation) -> Sentences | None:
    """None: nothing was found."""
    question = understand(asked.question)
    hits = search(generation, question.searched, limit=HITS)
    places = read(question, hits, generation.encoder)
    if not places:
        return None
    answer = _squeezed(asked.answer)
    right = [place.hit.passage.document == asked.document and answer in _squeezed(place.words) for place in places]
    return Sentences(features(question, terms_of(question, generation), places), np.array(right))


def fit(lists: Sequence[Sentences]) -> Floats:
    """Weights under which the sentences that hold the answers are likeliest, each question counting alike."""
    rows = torch.from_numpy(np.concatenate([one.rows for one in lists]))
    right = torch.from_numpy(np.concatenate([one.right for one in lists]))
    owner = torch.from_numpy(np.repeat(np.arange(len(lists)), [len(one.rows) for one in lists]))
    spread = rows.std(0) + 1e-9
    rows = (rows - rows.mean(0)) / spread
    weights = torch.zeros(rows.shape[1], dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def total(scores: torch.Tensor) -> torch.Tensor:
        return torch.zeros(len(lists), dtype=torch.double).scatter_add(0, owner, scores.exp()).log()

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scores = rows @ weights
        value = (
            total(scores) - total(scores.masked_fill(~right, -torch.inf))
        ).mean() + PENALTY * weights.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    found: Floats = (weights.detach() / spread).numpy()
    return found


def cross_validated(lists: Sequence[Sentences]) -> float:
    """Share of questions whose best sentence holds the answer, each scored by weights that never saw it."""
    folds = min(FOLDS, len(lists))
    right = 0
    for n in range(folds):
        weights = fit([one for i, one in enumerate(lists) if i % folds != n])
        right += sum(bool(one.right[int(np.argmax(one.rows @ weights))]) for one in lists[n::folds])
    return right / len(lists)


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", normalise(text))
