"""Plots of the page on speed: a line for each pair, a mark for each network."""

import math
from collections.abc import Callable, Mapping, Sequence

from _speed_numbers import Measured
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from whylight.plots.canvas import INK, QUIET

MARKS = {"squeezenet1_1": ("o", "#1b6ca8"), "mobilenet_v2": ("s", "#c8553d"), "resnet20": ("^", "#0f8a70")}
TICKS = (1, 2, 5, 10, 0.5, 20, 50, 100, 3, 1.5, 7, 1.25, 0.75, 1.1, 0.9)
"""The first are the last to give way where there is no room."""
ROOM = 0.17
"""How much of the axis a tick's number takes."""
WIDTH, LINE, ABOVE, BELOW = 5.4, 0.36, 1.0, 0.45
"""Inches; narrow, so that its words can be read on a telephone."""

Labels = Mapping[str, tuple[str, str]]


def ratio_figure(
    rows: Sequence[Measured],
    labels: Labels,
    value: Callable[[Measured], float],
    title: str,
    goals: Mapping[str, float],
) -> Figure:
    """``labels``: of each pair, what is ours and whose the other is. ``goals``: words to a place on the axis."""
    pairs = [pair for pair in labels if any(row.pair == pair for row in rows)]
    height = ABOVE + LINE * len(pairs) + BELOW
    figure = Figure((WIDTH, height), dpi=200, facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(0.02, 1 - 0.3 / height, title, size=12.5, color=INK, weight="bold")
    axes = figure.add_axes((0.45, BELOW / height, 0.51, LINE * len(pairs) / height))
    for place, pair in enumerate(pairs):
        _name_line(axes, place, *labels[pair])
    for words, where in goals.items():
        axes.axvline(where, color="#8a8a93", linewidth=1.1, linestyle="-" if where == 1 else "--", zorder=2)
        axes.text(where, 0.72, words, size=8.5, color=QUIET, ha="center", va="bottom")
    shown = [name for name in MARKS if any(row.network == name for row in rows)]
    for number, name in enumerate(shown):
        mark, colour = MARKS[name]
        points = [(value(row), -pairs.index(row.pair)) for row in rows if row.network == name]
        axes.plot(*zip(*points), mark, color=colour, markersize=6.5, alpha=0.9, linestyle="none", zorder=3)
        left = 0.04 + 0.32 * number
        key = figure.add_axes((left - 0.02, 1 - 0.66 / height, 0.03, 0.14 / height))
        key.plot([0], [0], mark, color=colour, markersize=6.5)
        key.set_axis_off()
        figure.text(left + 0.02, 1 - 0.64 / height, name, size=10, color=colour, weight="bold")
    _axis(axes, [value(row) for row in rows] + list(goals.values()), len(pairs))
    return figure


def _name_line(axes: Axes, place: int, ours: str, whose: str) -> None:
    axes.axhline(-place, color="#ececf0", linewidth=1, zorder=1)
    side = axes.get_yaxis_transform()
    for words, up, size, colour in ((ours, 0.2, 10, INK), (whose, -0.24, 8.5, QUIET)):
        axes.text(-0.03, up - place, words, transform=side, size=size, color=colour, ha="right", va="center")


def _axis(axes: Axes, values: Sequence[float], lines: int) -> None:
    low, high = 0.93 * min(*values, 0.95), 1.1 * max(values)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(0.4 - lines, 0.6)
    axes.yaxis.set_major_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(_ticks(low, high)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g} ×"))
    axes.tick_params(labelsize=9.5, colors=QUIET, length=3)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#c8c8d0")


def _ticks(low: float, high: float) -> list[float]:
    kept: list[float] = []
    for tick in TICKS:
        apart = min((abs(math.log(tick / other)) for other in kept), default=math.inf)
        if low <= tick <= high and apart > ROOM * math.log(high / low):
            kept.append(tick)
    return kept
