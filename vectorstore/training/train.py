"""The training loop: one vector per word, so that a query and its text have nearly the same mean."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from vectorstore.training.batches import Bags, Batch

DIMENSIONS = 128
SHORTER = 64  # the first half must do alone, too: it puts the weight into few directions and costs little
SHORTER_WEIGHT = 0.3
SCALE = 20.0  # of the cosine, as is usual for this loss
BACKWARD_WEIGHT = 0.5  # text finds query, beside query finds text
COMPOSED = 0.4  # of the training; then words go their own ways
COMPOSED_RATE, OWN_RATE = 0.01, 0.0035  # learning rates of the two phases; the second falls to nothing
REPORT = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """When training ends: after so many minutes or, to repeat a run exactly, after so many steps."""

    minutes: float
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    steps: int
    pairs: int
    seconds: float
    loss: float  # mean of about the last hundred steps


Report = Callable[[Progress, Tensor], None]


def train(tokenizer: Tokenizer, batches: Iterator[Batch], limit: Limit, report: Report) -> None:
    """From nothing; report gets the table of vectors, a row per token, about every minute and at the end."""
    parts = composition(tokenizer)
    course = Course(batches, limit, report)
    weights = course.run(
        initial_weights(tokenizer),
        vectors=lambda weights: folded(weights, parts),
        rate=lambda done: COMPOSED_RATE,
        until=COMPOSED,
    )
    finish(course, folded(weights, parts), began=COMPOSED)


def train_on(weights: Tensor, batches: Iterator[Batch], limit: Limit, report: Report) -> None:
    """The second phase again, from a finished table."""
    finish(Course(batches, limit, report), weights, began=0.0)


def finish(course: Course, weights: Tensor, *, began: float) -> None:
    weights = course.run(
        weights,
        vectors=lambda weights: weights,
        rate=lambda done: OWN_RATE * (1 - done) / (1 - began),
        until=1.0,
    )
    course.report(table(weights))


class Course:
    """One training: the steps, pairs and minutes so far, over all its phases."""

    def __init__(self, batches: Iterator[Batch], limit: Limit, report: Report) -> None:
        self._batches, self._limit, self._report = batches, limit, report
        self._started = self._reported = time.monotonic()
        self._steps = self._pairs = 0
        self._loss = 0.0

    def run(
        self,
        weights: Tensor,
        *,
        vectors: Callable[[Tensor], Tensor],
        rate: Callable[[float], float],
        until: float,
    ) -> Tensor:
        """The weights after training them up to this share of the whole; vectors makes the table out of them."""
        weights = weights.detach().requires_grad_()
        optimizer = torch.optim.Adam([weights], fused=True)
        while (done := self._done()) < until:
            optimizer.param_groups[0]["lr"] = rate(done)
            batch = next(self._batches)
            loss = batch_loss(vectors(weights), batch)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            self._count(batch, loss.item())
            if time.monotonic() - self._reported > REPORT:
                self._reported = time.monotonic()
                self.report(table(vectors(weights)))
        return weights

    def report(self, vectors: Tensor) -> None:
        self._report(Progress(self._steps, self._pairs, time.monotonic() - self._started, self._loss), vectors)

    def _done(self) -> float:
        if self._limit.steps:
            return self._steps / self._limit.steps
        return (time.monotonic() - self._started) / (60 * self._limit.minutes)

    def _count(self, batch: Batch, loss: float) -> None:
        self._steps += 1
        self._pairs += len(batch.queries)
        self._loss += (loss - self._loss) * max(0.01, 1 / self._steps)


def batch_loss(vectors: Tensor, batch: Batch) -> Tensor:
    queries, texts = means(vectors, batch.queries), means(vectors, batch.texts)
    groups = torch.from_numpy(batch.groups)
    same = (groups[:, None] == groups[None, :]).fill_diagonal_(False)
    whole = contrast(queries, texts, same)
    return whole + SHORTER_WEIGHT * contrast(queries[:, :SHORTER], texts[:, :SHORTER], same)


def means(vectors: Tensor, bags: Bags) -> Tensor:
    ids, starts = torch.from_numpy(bags.ids), torch.from_numpy(bags.bounds[:-1])
    return functional.embedding_bag(ids.long(), vectors, starts, mode="mean")


def contrast(queries: Tensor, texts: Tensor, same: Tensor) -> Tensor:
    """Each query must choose its text among all of the batch, and each text its query."""
    scores = SCALE * functional.normalize(queries) @ functional.normalize(texts).T
    scores = scores.masked_fill(same, -torch.inf)
    right = torch.arange(len(scores))
    return functional.cross_entropy(scores, right) + BACKWARD_WEIGHT * functional.cross_entropy(scores.T, right)


def initial_weights(tokenizer: Tokenizer) -> Tensor:
    """Random, shorter for frequent words: in a mean, 的 should not outweigh everything from the start."""
    frequency = np.exp([score for _, score in vocabulary(tokenizer)])
    length = 1e-3 / (1e-3 + frequency)  # the usual smooth inverse frequency
    random = torch.randn(len(frequency), DIMENSIONS) / sqrt(DIMENSIONS)
    return random * torch.tensor(length, dtype=torch.float32).unsqueeze(1)


def composition(tokenizer: Tokenizer) -> Tensor:
    """Sparse matrix: a row takes the mean of its parts, the words and characters inside it, a word counted twice."""
    words = [word for word, _ in vocabulary(tokenizer)]
    ids = {word: number for number, word in enumerate(words)}
    rows, columns, shares = [], [], []
    for number, word in enumerate(words[1:], start=1):
        parts = inner_parts(word, ids)
        total = sum(parts.values())
        for part, share in parts.items():
            rows.append(number)
            columns.append(part)
            shares.append(share / total)
    places = torch.tensor([rows, columns], dtype=torch.long)
    size = (len(words), len(words))
    return torch.sparse_coo_tensor(places, torch.tensor(shares), size, check_invariants=True).coalesce()


def inner_parts(word: str, ids: dict[str, int]) -> dict[int, int]:
    if word.isascii():  # letters say nothing about a Latin word, digits little about a number
        return {}
    parts: dict[int, int] = {}
    for length in range(1, len(word)):
        for start in range(len(word) - length + 1):
            part = ids.get(word[start : start + length])
            if part is not None:
                parts[part] = parts.get(part, 0) + (1 if length == 1 else 2)
    return parts


def folded(weights: Tensor, parts: Tensor) -> Tensor:
    inner: Tensor = torch.sparse.mm(parts, weights)
    return weights + inner


def table(weights: Tensor) -> Tensor:
    """Finished vectors; [UNK], row 0, is zero: what is not known shall not pull the mean anywhere."""
    finished = weights.detach().clone()
    finished[0] = 0
    return finished


def vocabulary(tokenizer: Tokenizer) -> list[tuple[str, float]]:
    """Words with their log frequencies, in the order of their ids."""
    return [(word, score) for word, score in json.loads(tokenizer.to_str())["model"]["vocab"]]
