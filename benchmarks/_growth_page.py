"""The page of the manual that ``benchmarks/growth.py`` writes, and its plot."""

import math
from collections.abc import Mapping
from pathlib import Path

from _pages import filled, table
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from whylight.plots.canvas import INK, QUIET

WORDS = Path(__file__).parent / "growth.words.md"
COLOURS = {"lime": "#c8553d", "kernel_shap": "#1b6ca8", "rise": "#0f8a70", "grad_cam": "#7a5ea8"}
TITLES = {
    "size": "side of the picture",
    "segments": "segments",
    "samples": "samples",
    "classes": "classes",
    "batch": "pictures in one call",
    "pictures": "pictures of a folder",
}
STEEP = 1.1
"""A slope above this is told in words."""
WIDE = 100.0
"""From this ratio of the largest to the smallest time on, powers of ten are labels enough."""

Line = list[tuple[int, float, float]]
"""(value, processor seconds, peak MB), in order."""


def lines_of(known: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, Line]]:
    """A line for each axis and method."""
    found: dict[str, dict[str, Line]] = {}
    for name, cost in known.items():
        axis, method, value = name.split()
        found.setdefault(axis, {}).setdefault(method, []).append((int(value), cost["seconds"], cost["memory"]))
    return {axis: {method: sorted(line) for method, line in lines.items()} for axis, lines in found.items()}


def slope(line: Line, axis: str) -> float:
    """Of the logarithm of time over that of the value between the last two points: 1 is linear. For the picture's side,
    over that of its pixels."""
    (before, first, _), (behind, last, _) = line[-2:]
    return math.log(last / first) / math.log(behind / before) / (2 if axis == "size" else 1)


def write_page(
    known: Mapping[str, Mapping[str, float]], fixed: Mapping[str, int], about: Mapping[str, str], docs: Path
) -> None:
    """``growth.md`` and its plot."""
    lines = lines_of(known)
    grown = [(axis, method, line) for axis in TITLES for method, line in lines.get(axis, {}).items() if len(line) > 1]
    rows = [
        [
            TITLES[axis],
            f"`{method}`",
            f"{line[0][0]:,} to {line[-1][0]:,}",
            f"{line[0][1]:.2f} to {line[-1][1]:.2f}",
            f"{slope(line, axis):.2f}".replace("-", "−"),
            f"{line[0][2]:.0f} to {line[-1][2]:.0f}",
        ]
        for axis, method, line in grown
    ]
    steep = [
        f"`{method}` with {TITLES[axis]} ({slope(line, axis):.2f})"
        for axis, method, line in grown
        if slope(line, axis) > STEEP
    ]
    head = ["what grows", "method", "from, to", "seconds", "slope", "peak MB"]
    values = {
        "about": f"{about['machine']}, torch {about['torch']}",
        "steep": ", ".join(steep) or "none",
        "table": table(head, rows, words=3),
        "fixed": ", ".join(
            f"{value} {'pixels a side' if axis == 'size' else axis}" for axis, value in fixed.items() if axis != "batch"
        ),
    }
    (docs / "growth.md").write_text(filled(WORDS.read_text(encoding="utf-8"), values), encoding="utf-8")
    figure_of(lines).savefig(docs / "images" / "growth.png")


def figure_of(lines: Mapping[str, Mapping[str, Line]]) -> Figure:
    """Processor seconds over each axis, both as logarithms, with the direction of linear growth."""
    axes_shown = [axis for axis in TITLES if axis in lines]
    figure = Figure((9.6, 3.1 * -(-len(axes_shown) // 3)), dpi=200, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    for number, axis in enumerate(axes_shown):
        panel = figure.add_subplot(-(-len(axes_shown) // 3), 3, number + 1)
        values = sorted({value for line in lines[axis].values() for value, _, _ in line})
        for method, line in lines[axis].items():
            points = [(value, seconds) for value, seconds, _ in line]
            panel.plot(*zip(*points, strict=True), "o-", color=COLOURS[method], label=method, markersize=3.5)
        top = max(seconds for line in lines[axis].values() for _, seconds, _ in line)
        power = 2 if axis == "size" else 1
        panel.plot(values, [top * (value / values[-1]) ** power for value in values], "--", color="#b9b9c2", zorder=0)
        panel.set(xscale="log", yscale="log")
        low = min(seconds for line in lines[axis].values() for _, seconds, _ in line)
        panel.set_ylim(low / 2, top * 2)
        panel.set_title(TITLES[axis], loc="left", color=INK, weight="bold", size=11)
        panel.set_xticks(values, [f"{value:,}" for value in values], size=8)
        panel.xaxis.set_minor_formatter(NullFormatter())
        panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if top / low < WIDE else (1.0,)))
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.yaxis.set_minor_formatter(NullFormatter())
        panel.tick_params(axis="y", labelsize=8)
        if number % 3 == 0:
            panel.set_ylabel("seconds", color=QUIET)
        panel.grid(color="#ececf0", linewidth=0.8)
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(frameon=False, fontsize=8, labelcolor=INK)
    return figure
