"""Accuracy against mask size: all labels together with the controls on the left, each label on the right.

The lines are named where they end, so that no legend has to be looked up.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from whylight.plots.canvas import DPI, INK, QUIET
from whylight.plots.fonts import legible

Scores = Mapping[str, Any]
"""The name of what is shown (``map`` and the controls) to its score."""

WORDS = {"map": "the map's mask", "shape": "its shape alone", "shuffled": "another picture's", "random": "random"}
COLOURS = {"map": "#0f8a70", "shape": "#c85c0a", "shuffled": "#5a4fb0", "random": "#8a8a93"}
MOST_LABELS = 12
APART = 0.035
"""The least distance of two names, as a share of the height."""


def mask_sizes_figure(sizes: Sequence[tuple[float, Scores]], *, title: str, note: str) -> Figure:
    """``sizes``: (share of pixels that is kept, scores), where a score has ``accuracy`` and ``of_labels``."""
    figure = Figure((1080 / DPI, 520 / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    left = figure.add_axes((0.07, 0.13, 0.29, 0.66))
    right = figure.add_axes((0.56, 0.13, 0.29, 0.66))
    for text, down, size, colour in ((title, 0.94, 14, INK), (note, 0.885, 9.5, QUIET)):
        drawn, fonts = legible(text)
        weight = "bold" if size == 14 else "normal"
        figure.text(0.02, down, drawn, size=size, color=colour, weight=weight, family=list(fonts), parse_math=False)
    shown = [name for name in WORDS if any(scores.get(name) for _, scores in sizes)]
    _lines(left, {WORDS[name]: _line(sizes, name) for name in shown}, [COLOURS[name] for name in shown], "all labels")
    labels = _labels(sizes)
    colours = [f"C{number}" for number in range(len(labels))]
    _lines(right, {label: _line(sizes, "map", label) for label in labels}, colours, "each label, the map's mask")
    return figure


def _labels(sizes: Sequence[tuple[float, Scores]]) -> list[str]:
    """The labels that are shown: all, or those that are hardest at the largest mask."""
    known: Mapping[str, float | None] = (sizes[-1][1].get("map") or {"of_labels": {}})["of_labels"]
    scored = {label: accuracy for label, accuracy in known.items() if accuracy is not None}
    hardest = sorted(scored, key=lambda label: scored[label])[:MOST_LABELS]
    return [label for label in known if label in hardest]


def _line(sizes: Sequence[tuple[float, Scores]], name: str, label: str | None = None) -> list[tuple[float, float]]:
    found = []
    for keep, scores in sizes:
        score = scores.get(name)
        value = None if not score else score["accuracy"] if label is None else score["of_labels"].get(label)
        if value is not None:
            found.append((100 * keep, 100 * value))
    return found


def _lines(axes: Axes, lines: Mapping[str, list[tuple[float, float]]], colours: list[str], title: str) -> None:
    axes.set_title(title, size=10, color=INK, loc="left")
    axes.set_xlabel("pixels that are kept, %", size=9, color=QUIET)
    axes.set_ylabel("accuracy, %", size=9, color=QUIET)
    axes.tick_params(labelsize=8.5, colors=QUIET, length=3)
    axes.grid(visible=True, color="#ececf0", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#c8c8d0")
    ends = {}
    for (name, points), colour in zip(lines.items(), colours):
        if points:
            across, up = zip(*points)
            axes.plot(across, up, color=colour, linewidth=1.8, marker="o", markersize=3.5)
            ends[name] = (points[-1][1], colour)
    axes.set_xlim(0, 101)
    low, high = axes.get_ylim()
    axes.set_ylim(max(0.0, low), min(101.0, high))
    _names(axes, ends)


def _names(axes: Axes, ends: Mapping[str, tuple[float, str]]) -> None:
    """The names right of the lines' ends, moved apart where they would touch."""
    low, high = axes.get_ylim()
    order = sorted(ends, key=lambda name: ends[name][0])
    wanted = np.array([(ends[name][0] - low) / (high - low) for name in order])
    places = spread(wanted, max(APART, 0.05))
    for name, place in zip(order, places.tolist()):
        drawn, fonts = legible(name)
        colour = ends[name][1]
        text = drawn if len(drawn) <= 22 else f"{drawn[:21]}…"
        axes.text(1.03, place, text, transform=axes.transAxes, size=9, color=colour, va="center", family=list(fonts))


def spread(places: np.ndarray[Any, np.dtype[np.float64]], apart: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Rising places moved as little as keeps them ``apart``: groups that touch share their middle."""
    groups: list[list[float]] = []
    for place in places.tolist():
        groups.append([place])
        while len(groups) > 1 and _low(groups[-1], apart) < _high(groups[-2], apart) + apart:
            last = groups.pop()
            groups[-1] += last
    return np.array([_low(group, apart) + apart * number for group in groups for number in range(len(group))])


def _low(group: list[float], apart: float) -> float:
    return sum(group) / len(group) - apart * (len(group) - 1) / 2


def _high(group: list[float], apart: float) -> float:
    return _low(group, apart) + apart * (len(group) - 1)
