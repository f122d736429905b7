"""The page of the manual that ``benchmarks/quality.py`` writes, and its learning curves."""

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from _pages import filled, table
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from whylight.plots.canvas import INK, QUIET

WORDS = Path(__file__).parent / "quality.words.md"
COLOURS = {
    "ours": "#0f8a70",
    "ours, plain": "#8fc9bb",
    "lime package": "#c8553d",
    "captum": "#c8553d",
    "shap": "#1b6ca8",
    "the paper's sum": "#c8553d",
}
USUAL = {"lime": 1000, "kernel_shap": 2048, "rise": 4000}
NETWORKS = ("resnet20", "squeezenet1_1", "mobilenet_v2", "deit_tiny")
TITLES = {"lime": "LIME", "kernel_shap": "Kernel SHAP", "rise": "RISE"}

Curve = list[tuple[float, float, float]]
"""(passes, processor seconds, error), each the geometric mean over the pictures."""


def curves(document: Mapping[str, Any]) -> dict[str, Curve]:
    """A learning curve of each one that was measured."""
    found: dict[tuple[str, int], list[Mapping[str, float]]] = {}
    for picture in document["pictures"].values():
        rungs: dict[str, int] = {}
        for row in picture["rows"]:
            rungs[row["name"]] = rungs.get(row["name"], 0) + 1
            found.setdefault((row["name"], rungs[row["name"]]), []).append(row)
    lines: dict[str, Curve] = {}
    for (name, _), rows in sorted(found.items()):
        point = [
            statistics.geometric_mean([max(row[what], 1e-9) for row in rows]) for what in ("passes", "seconds", "error")
        ]
        lines.setdefault(name, []).append((point[0], point[1], point[2]))
    return lines


def cost_at(curve: Curve, error: float, what: int) -> float:
    """Passes (0) or seconds (1) at an error: a straight line between logarithms, and beyond the ends a slope of 1/√n."""
    points = sorted(curve)
    if error >= points[0][2]:
        return points[0][what] * (points[0][2] / error) ** 2
    for before, behind in pairwise(points):
        if behind[2] <= error <= before[2]:
            share = math.log(before[2] / error) / max(math.log(before[2] / behind[2]), 1e-12)
            return math.exp((1 - share) * math.log(before[what]) + share * math.log(behind[what]))
    return points[-1][what] * (points[-1][2] / error) ** 2


def rows_of(network: str, name: str, document: Mapping[str, Any]) -> list[list[str]]:
    """A row of the table for each rival: what it costs at the error of our default, and what we cost at its usual error."""
    lines = curves(document)
    usual = lines["ours, default"][0]
    rows = []
    for rival, curve in lines.items():
        if rival.startswith("ours") and rival != "ours, plain":
            continue
        theirs = min(curve, key=lambda point: abs(point[0] - USUAL[name]))
        ours = [cost_at(lines["ours"], theirs[2], what) for what in (0, 1)]
        extra = cutting_of(document) if rival == "lime package" else (0.0, 0.0)
        rows.append(
            [
                TITLES[name],
                network,
                rival,
                f"{usual[2]:.3f}",
                f"{usual[0]:.0f}",
                f"{cost_at(curve, usual[2], 0):.0f}",
                f"{(cost_at(curve, usual[2], 1) + extra[0] - extra[1]) / usual[1]:.1f}",
                f"{theirs[2]:.3f}",
                f"{theirs[0] / ours[0]:.1f}",
                f"{(theirs[1] + extra[0] - extra[1]) / ours[1]:.1f}",
            ]
        )
    return rows


def cutting_of(document: Mapping[str, Any]) -> tuple[float, float]:
    """Seconds of quickshift and of slic; the lime package was given our segments."""
    cuts = [picture["cutting"] for picture in document["pictures"].values()]
    return statistics.mean(cut["quickshift"] for cut in cuts), statistics.mean(cut["slic"] for cut in cuts)


def write_page(results: Path, docs: Path) -> None:
    """``quality.md`` and its plot; what was not measured is left out."""
    names = [(network, name) for name in TITLES for network in NETWORKS]
    found = {
        (network, name): json.loads(path.read_text(encoding="utf-8"))
        for network, name in names
        if (path := results / f"{network}_{name}.json").exists()
    }
    rows = [row for (network, name), document in found.items() for row in rows_of(network, name, document)]
    head = ["method", "network", "the other", "error of our default", "our passes", "theirs for it", "× our time"]
    head += ["their usual error", "× our passes for it", "× our time for it"]
    pictures = ", ".join(
        f"{len(document['pictures'])} on {network} ({TITLES[name]}, {document['times']} ×)"
        for (network, name), document in found.items()
    )
    values = {"table": table(head, rows, words=3), "pictures": pictures}
    (docs / "quality.md").write_text(filled(WORDS.read_text(encoding="utf-8"), values), encoding="utf-8")
    if found:
        panels = [(f"{TITLES[name]}, {network}", curves(document)) for (network, name), document in found.items()]
        figure_of(panels).savefig(docs / "images" / "quality.png")


def figure_of(panels: Sequence[tuple[str, dict[str, Curve]]]) -> Figure:
    """Error against passes, a panel for each method and network."""
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    figure = Figure((3.4 * columns, 3.3 * lines), dpi=200, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    for number, (title, drawn) in enumerate(panels):
        axes = figure.add_subplot(lines, columns, number + 1)
        _draw_panel(axes, title, drawn)
        if number % columns == 0:
            axes.set_ylabel("error, share of the range", color=QUIET)
        if number >= len(panels) - columns:
            axes.set_xlabel("passes", color=QUIET)
    return figure


def _draw_panel(axes: Axes, title: str, drawn: dict[str, Curve]) -> None:
    for name, colour in COLOURS.items():
        if name in drawn:
            points = sorted(drawn[name])
            axes.plot([p[0] for p in points], [p[2] for p in points], "o-", color=colour, label=name, markersize=3.5)
    default = drawn["ours, default"][0]
    axes.plot(default[0], default[2], "*", color=INK, markersize=11, label="ours, default", linestyle="none")
    axes.set(xscale="log", yscale="log")
    axes.set_title(title, loc="left", color=INK, weight="bold", size=11)
    axes.set_xticks(
        passes := [round(p[0]) for p in sorted(drawn["ours"])], [f"{count:,}" for count in passes], size=7.5
    )
    axes.xaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_ylim()
    ticks = [tick for tick in (0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1) if low <= tick <= high]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks], size=8)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(color="#ececf0", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=7.5, labelcolor=INK)
