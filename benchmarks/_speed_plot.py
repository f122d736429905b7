"""Plots of the page on speed: a line for each pair, a mark for each network."""

from collections.abc import Callable, Mapping, Sequence

from _speed_numbers import Measured
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from whylight.plots.canvas import INK, QUIET

MARKS = {"squeezenet1_1": ("o", "#1b6ca8"), "mobilenet_v2": ("s", "#c8553d"), "resnet20": ("^", "#0f8a70")}
TICKS = (0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100)
WIDTH, LINE, ABOVE, BELOW = 5.4, 0.36, 1.0, 0.75
"""Inches; narrow, so that its words can be read on a telephone."""
CLOSE = 2.2


def ratio_figure(
    rows: Sequence[Measured],
    labels: Mapping[str, tuple[str, str]],
    value: Callable[[Measured], float],
    title: str,
    goals: Mapping[str, float],
) -> Figure:
    """``labels``: of each pair, what is ours and whose the other is. ``goals``: words to a place on the axis."""
    pairs = [pair for pair in labels if any(row.pair == pair for row in rows)]
    height = ABOVE + LINE * len(pairs) + BELOW
    figure = Figure((WIDTH, height), dpi=200, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.45, BELOW / height, 0.51, LINE * len(pairs) / height))
    figure.text(0.02, 1 - 0.32 / height, title, size=12.5, color=INK, weight="bold")
    for place, (name, (mark, colour)) in enumerate(MARKS.items()):
        found = [row for row in rows if row.network == name]
        across, up = [value(row) for row in found], [-pairs.index(row.pair) for row in found]
        axes.plot(across, up, mark, color=colour, markersize=6.5, alpha=0.9, linestyle="none", zorder=3)
        left = 0.04 + 0.32 * place
        figure.text(left, 1 - 0.66 / height, name, size=10.5, color=colour, weight="bold")
    for place, pair in enumerate(pairs):
        ours, whose = labels[pair]
        axes.text(
            -0.03, -place + 0.2, ours, transform=axes.get_yaxis_transform(), size=10, color=INK, ha="right", va="center"
        )
        axes.text(
            -0.03,
            -place - 0.24,
            whose,
            transform=axes.get_yaxis_transform(),
            size=8.5,
            color=QUIET,
            ha="right",
            va="center",
        )
        axes.axhline(-place, color="#ececf0", linewidth=1, zorder=1)
    for words, place in goals.items():
        axes.axvline(place, color="#8a8a93", linewidth=1.1, linestyle="-" if place == 1 else "--", zorder=2)
        axes.text(place, 0.72, words, size=8.5, color=QUIET, ha="center", va="bottom")
    values = [value(row) for row in rows]
    low, high = min(0.85, 0.93 * min(values)), max(1.2, 1.12 * max(values), *goals.values())
    axes.set_xscale("log")
    axes.set_xlim(low, 1.03 * high)
    axes.set_ylim(-len(pairs) + 0.4, 0.6)
    axes.yaxis.set_major_locator(NullLocator())
    shown = [
        tick
        for tick in TICKS
        if low <= tick <= high and (high / low < 2 * CLOSE or tick not in {0.75, 1.25, 1.5, 3, 7, 15, 30})
    ]
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g} ×"))
    axes.tick_params(labelsize=9.5, colors=QUIET, length=3)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#c8c8d0")
    return figure
