"""Plots as shapes: where bars, lines and labels stand. A template draws them as SVG, so that they need no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

WIDTH, HEIGHT = 520, 230  # units of the drawing; it is scaled to its place, a little smaller as a rule
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 12, 34
LABELS = 7  # dates under the axis at most
TICKS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    kind: str  # CSS class
    told: str  # what a pointer that rests on it is told


@dataclass(frozen=True, slots=True)
class Line:
    kind: str
    pieces: tuple[str, ...]  # points of polylines; days without a value break it
    dots: tuple[tuple[float, float, str], ...]  # x, y, what is told


@dataclass(frozen=True, slots=True)
class Plot:
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]  # y, label
    labels: tuple[tuple[float, str], ...]  # x, label
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def stacked(names: Sequence[str], parts: Sequence[tuple[str, Sequence[float]]]) -> Plot:
    """A bar a day, the parts on top of each other. parts: (CSS class, a value for each name)."""
    top = nice(max((sum(values[i] for _, values in parts) for i in range(len(names))), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(len(names), 1)
    bars = []
    for i, name in enumerate(names):
        below = 0.0
        for kind, values in parts:
            height = values[i] / top * _room()
            if height:
                y = HEIGHT - BOTTOM - below - height
                bars.append(Bar(_r(LEFT + i * step + step * 0.12), _r(y), _r(step * 0.76), _r(height), kind, f"{name}：{values[i]:g}"))  # fmt: skip
            below += height
    return Plot(tuple(bars), (), _ticks(top, ""), _labels(names, step))


def lined(names: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], unit: str = "") -> Plot:
    """A line for each series; None where a day has no value."""
    known = [value for _, values in series for value in values if value is not None]
    top = min(nice(max(known, default=0)), 100) if unit == "%" else nice(max(known, default=0))
    step = (WIDTH - LEFT - RIGHT) / max(len(names), 1)
    lines = []
    for kind, values in series:
        pieces: list[list[str]] = [[]]
        dots = []
        for i, value in enumerate(values):
            if value is None:
                pieces.append([])
                continue
            x, y = _r(LEFT + (i + 0.5) * step), _r(HEIGHT - BOTTOM - value / top * _room())
            pieces[-1].append(f"{x},{y}")
            dots.append((x, y, f"{names[i]}：{value:.0f}{unit}"))
        lines.append(Line(kind, tuple(" ".join(piece) for piece in pieces if len(piece) > 1), tuple(dots)))
    return Plot((), tuple(lines), _ticks(top, unit), _labels(names, step))


def nice(value: float) -> float:
    """The next round number, at least 4: 1, 2, 4, 5 or 10 times a power of ten."""
    if value <= TICKS:
        return float(TICKS)
    power = 10.0 ** int(log10(value))
    return next(power * factor for factor in (1, 2, 4, 5, 10) if value <= power * factor)


def _ticks(top: float, unit: str) -> tuple[tuple[float, str], ...]:
    return tuple((_r(HEIGHT - BOTTOM - i / TICKS * _room()), f"{top * i / TICKS:g}{unit}") for i in range(TICKS + 1))


def _labels(names: Sequence[str], step: float) -> tuple[tuple[float, str], ...]:
    every = max(1, ceil(len(names) / LABELS))
    return tuple((_r(LEFT + (i + 0.5) * step), names[i]) for i in range(0, len(names), every))


def _room() -> float:
    return HEIGHT - TOP - BOTTOM


def _r(value: float) -> float:
    return round(value, 1)
