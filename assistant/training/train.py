"""The network while it learns: the same sums as `assistant.reader`, over batches, in torch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from assistant.reader import ALONE, DILATIONS, SIGNS, Inputs

WIDTH = 96
DROPOUT = 0.2
BLANKED = 0.08  # of the tokens lose their vector and their characters, so that flags and neighbours must do
RATE = 2e-3
DECAY = 0.01
WARM_UP = 200  # steps
AVERAGE = 0.998  # of the weights, kept from step to step: what is saved is their running mean
REPORT = 60.0  # seconds

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Task:
    """A question with a passage, first and last token of the answer; -1 for none."""

    given: Inputs
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Batch:
    """b questions with a passage each, filled up to q and p tokens; targets count from 1, 0 is no answer."""

    asked: Tensor  # b, q
    asked_flags: Tensor
    asked_mask: Tensor
    said: Tensor  # b, p
    said_flags: Tensor
    said_mask: Tensor
    cosines: Tensor  # b, p, q
    first: Tensor  # b
    last: Tensor


@dataclass(frozen=True, slots=True)
class Progress:
    steps: int
    examples: int
    seconds: float
    loss: float  # running mean


@dataclass(frozen=True, slots=True)
class Limit:
    """When training ends: after so many minutes, or after so many steps if given."""

    minutes: float
    steps: int | None


class Network(nn.Module):
    """Parameters under the names that `assistant.reader` reads."""

    units: Tensor
    classes: Tensor

    def __init__(self, units: Tensor, classes: Tensor, characters: int) -> None:
        super().__init__()
        w = WIDTH
        self.register_buffer("units", units, persistent=False)
        self.register_buffer("classes", classes, persistent=False)
        rows = characters + 1 + len(SIGNS) + 1
        shapes = {
            "vectors": (units.shape[1], w),
            "asked_flags": (4, w),
            "said_flags": (7, w),
            "point": (w,),
            "point_flags": (4,),
            "near": (w, w),
            "join": (4 * w, w),
            "join_point": (w, w),
            "none": (3 * w, w),
            "none_out": (w, 2),
            "start": (w,),
            "start_point": (w, w),
            "end": (w,),
            "end_point": (w, w),
        } | {f"block{layer}": (3 * w, w) for layer in range(len(DILATIONS))}
        parameters = {name: torch.randn(shape) / math.sqrt(shape[0]) for name, shape in shapes.items()}
        parameters |= {name: 0.1 * torch.randn(rows, w) for name in ("first", "last")}
        parameters |= {name: torch.zeros(w) for name in ("asked_bias", "said_bias", "join_bias", "none_bias")}
        parameters |= {f"bias{layer}": torch.zeros(w) for layer in range(len(DILATIONS))}
        parameters["vectors"] *= 4  # rows have length one
        for name in ("near", "start_point", "end_point"):
            parameters[name] *= 0.3
        parameters["cosine"] = torch.tensor(3.0)
        self.w = nn.ParameterDict(parameters)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Logits of start and end: b, 1 + p."""
        w = self.w
        asked = self._normed(
            torch.relu(self._own(batch.asked) + batch.asked_flags @ w["asked_flags"] + w["asked_bias"])
        )
        said = self._normed(torch.relu(self._own(batch.said) + batch.said_flags @ w["said_flags"] + w["said_bias"]))
        asked, said = self._dropped(asked), self._dropped(said)
        for layer in range(ALONE):
            asked = self._block(layer, asked, batch.asked_mask)
            said = self._block(layer, said, batch.said_mask)
        share = (asked @ w["point"] + batch.asked_flags @ w["point_flags"]).masked_fill(~batch.asked_mask, -1e9)
        point = (torch.softmax(share, 1)[:, None] @ asked)[:, 0]
        near = (said @ w["near"]) @ asked.transpose(1, 2) + batch.cosines * w["cosine"]
        aligned = torch.softmax(near.masked_fill(~batch.asked_mask[:, None], -1e9), 2) @ asked
        joined = torch.cat((said, aligned, said * aligned, said * point[:, None]), 2)
        said = self._normed(
            torch.relu(self._dropped(joined) @ w["join"] + (point @ w["join_point"])[:, None] + w["join_bias"])
        )
        for layer in range(ALONE, len(DILATIONS)):
            said = self._block(layer, said, batch.said_mask)
        said = self._dropped(self._normed(said))
        most = said.masked_fill(~batch.said_mask[..., None], -1e9).amax(1)
        inside = batch.said_mask[..., None].float()
        mean = (said * inside).sum(1) / inside.sum(1)
        none = torch.relu(torch.cat((most, mean, point), 1) @ w["none"] + w["none_bias"]) @ w["none_out"]
        found = []
        for side, name in enumerate(("start", "end")):
            logits = (said @ (w[name] + point @ w[f"{name}_point"])[..., None])[..., 0]
            found.append(torch.cat((none[:, side : side + 1], logits.masked_fill(~batch.said_mask, -1e9)), 1))
        return found[0], found[1]

    def _own(self, ids: Tensor) -> Tensor:
        kinds = self.classes[ids]
        own: Tensor = (
            self.units[ids] @ self.w["vectors"] + self.w["first"][kinds[..., 0]] + self.w["last"][kinds[..., 1]]
        )
        if not self.training:
            return own
        return own * (torch.rand(ids.shape) >= BLANKED)[..., None]

    def _block(self, layer: int, x: Tensor, mask: Tensor) -> Tensor:
        gap = DILATIONS[layer]
        x = x * mask[..., None]
        wide = functional.pad(x, (0, 0, gap, gap))
        wide = torch.cat((wide[:, : -2 * gap], x, wide[:, 2 * gap :]), 2)
        return x + self._dropped(torch.relu(wide @ self.w[f"block{layer}"] + self.w[f"bias{layer}"]))

    def _normed(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:])

    def _dropped(self, x: Tensor) -> Tensor:
        """Whole columns of a row of the batch are dropped: random numbers for every token would cost a quarter of the time."""
        if not self.training:
            return x
        kept = torch.rand(len(x), 1, x.shape[-1]) >= DROPOUT
        return x * (kept / (1 - DROPOUT))


def train(
    network: Network, batches: Iterator[Batch], limit: Limit, report: Callable[[Progress, dict[str, Tensor]], None]
) -> None:
    """report is called now and then, and at the end, with the averaged weights."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    average = {name: weight.detach().clone() for name, weight in network.w.items()}
    started = reported = time.monotonic()
    steps = examples = 0
    mean = 0.0
    network.train()
    while (done := _done(limit, steps, time.monotonic() - started)) < 1:
        optimizer.param_groups[0]["lr"] = RATE * min(1, (steps + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * done))
        batch = next(batches)
        loss = span_loss(network, batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        steps, examples = steps + 1, examples + len(batch.first)
        mean += (loss.item() - mean) * max(0.01, 1 / steps)
        kept = min(AVERAGE, steps / (steps + 10))
        for name, weight in network.w.items():
            average[name].lerp_(weight.detach(), 1 - kept)
        if time.monotonic() - reported > REPORT:
            reported = time.monotonic()
            report(Progress(steps, examples, reported - started, mean), average)
    report(Progress(steps, examples, time.monotonic() - started, mean), average)


def span_loss(network: Network, batch: Batch) -> Tensor:
    start, end = network(batch)
    return (functional.cross_entropy(start, batch.first) + functional.cross_entropy(end, batch.last)) / 2


def _done(limit: Limit, steps: int, seconds: float) -> float:
    return steps / limit.steps if limit.steps else seconds / (60 * limit.minutes)


def joined(tasks: Sequence[Task]) -> Batch:
    """Tasks side by side, the shorter ones filled up."""
    asked = max(len(task.given.asked) for task in tasks)
    said = max(len(task.given.said) for task in tasks)

    def filled(name: str, *shape: int, kind: type = np.float32) -> Tensor:
        whole: NDArray[Any] = np.zeros((len(tasks), *shape), kind)
        for row, task in zip(whole, tasks, strict=True):
            part = getattr(task.given, name)
            row[tuple(slice(size) for size in part.shape)] = part
        return torch.from_numpy(whole)

    def mask(name: str, length: int) -> Tensor:
        sizes = torch.tensor([len(getattr(task.given, name)) for task in tasks])
        return torch.arange(length)[None] < sizes[:, None]

    return Batch(
        filled("asked", asked, kind=np.int64),
        filled("asked_flags", asked, 4),
        mask("asked", asked),
        filled("said", said, kind=np.int64),
        filled("said_flags", said, 7),
        mask("said", said),
        filled("cosines", said, asked),
        torch.tensor([task.first + 1 for task in tasks]),
        torch.tensor([task.last + 1 for task in tasks]),
    )
