"""The page of the manual that ``benchmarks/undesirable.py`` writes: tables and plots."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from _undesirable_numbers import Row, agreeing, agreement, column, interval, pooled, with_interval
from _undesirable_short import short
from matplotlib.figure import Figure

Groups = dict[tuple[str, str, str, str], list[Row]]
"""Rows by (part, network, group, iterate)."""

PAPER_RATIO = 0.037
SPEED = Path(__file__).parent / "results" / "undesirable" / "speed.json"
"""Written by ``mask_speed.py``."""
MARKERS = {"squeezenet1_1": "o", "mobilenet_v2": "s", "deit_tiny": "^"}
LINES = {"squeezenet1_1": "-", "mobilenet_v2": "--", "deit_tiny": ":"}
COLOURS = {"f_tc": "#1b6ca8", "f_ntc": "#c8553d", "undesirable": "#7a7a7a"}
ENOUGH = 40
"""Pictures from which on a distribution is drawn."""
HEAD = (
    "| network | settings | iterate | n | φ | median | pooled | improved | ratio | mean of 1 - M' | second fill agrees |\n"
    "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
)
RIVALS = {
    "gain": "the mask as it is (soft)",
    "gain_own": "the mask's strongest pixels, as many as are marked",
    "gain_same_shape": "the same shape elsewhere",
    "gain_runner_up": "Grad-CAM of the runner-up label",
    "gain_saliency": "saliency that speaks against the target",
    "gain_random": "random pixels",
}


def write_page(rows: list[Row], about: dict[str, Any], docs: Path) -> None:
    """``undesirable.md`` and ``images/undesirable-*.png`` in the folder of the manual; a question that no row answers is
    left out."""
    groups: Groups = defaultdict(list)
    for row in rows:
        groups[row["part"], row["network"], row["group"], row["keep"]].append(row)
    words = (Path(__file__).parent / "undesirable.words.md").read_text(encoding="utf-8")
    values = {
        "about": f"Seed {about['seed']}, torch {about['torch']}, {about['machine']}; masks searched for in "
        f"{about['precision']}, every figure measured in float32.",
        "short": short(groups),
        "tables": table(groups, "tables", ("last", "best")),
        "rivals": rivals_table(groups),
        "route": route_table(groups),
        "consistency": consistency_table(groups),
        "norms": table(groups, "norms", ("last",)),
        "ablation": table(groups, "ablation", ("last",)),
        "speed": speed_table(),
        "outputs": table(groups, "outputs", ("last",), cost=True) if _has_both_routes(groups) else "",
    }
    sections = words.split("\n## ")
    measured = [
        section for section in sections if not any(f"[[{name}]]" in section for name in values if not values[name])
    ]
    words = "\n## ".join(measured).rstrip() + "\n"
    for name, text in values.items():
        words = words.replace(f"[[{name}]]", text.strip())
    scatter(groups).savefig(docs / "images" / "undesirable-ratio.png", dpi=150)
    distribution(groups).savefig(docs / "images" / "undesirable-gain.png", dpi=150)
    (docs / "undesirable.md").write_text(words, encoding="utf-8")


def _has_both_routes(groups: Groups) -> bool:
    """Whether there is something to compare the search without gradients with."""
    return {name.rpartition("=")[2] for part, _, name, _ in groups if part == "outputs"} == {"gradients", "outputs"}


def table(groups: Groups, part: str, keeps: tuple[str, ...], *, cost: bool = False) -> str:
    """One line a network, setting and iterate."""
    lines = [
        line((network, f"`{name}`", keep), rows, cost=cost)
        for (its_part, network, name, keep), rows in groups.items()
        if its_part == part and keep in keeps
    ]
    head = HEAD.replace("|\n|---", "| passes |\n|---", 1).replace("--:|\n", "--:|--:|\n") if cost else HEAD
    return head + "".join(lines) if lines else ""


def line(words: tuple[str, ...], rows: list[Row], *, cost: bool) -> str:
    """Figures over pictures, φ and ratio with intervals."""
    before, after, phi = column(rows, "before"), column(rows, "after"), 100 * column(rows, "gain")
    cells = [
        *words,
        str(len(rows)),
        with_interval(phi, 1),
        f"{np.median(phi):.1f}",
        f"{pooled(rows):.1f}",
        f"{100 * (after > before).mean():.0f} %",
        with_interval(column(rows, "area"), 4),
        f"{column(rows, 'blurred').mean():.3f}",
        agreeing(rows),
    ]
    if cost:
        cells.append(f"{column(rows, 'passes').mean():.0f}")
    return "| " + " | ".join(cells) + " |\n"


def rivals_table(groups: Groups) -> str:
    """What the same number of pixels wins when they are chosen otherwise."""
    chosen = {
        f"{network} {name.partition(':')[0]}": rows
        for (part, network, name, keep), rows in groups.items()
        if part == "tables" and keep == "last" and "preset=default" in name
    }
    if not chosen:
        return ""
    lines = ["| blurred | " + " | ".join(chosen) + " |\n|---|" + "--:|" * len(chosen) + "\n"]
    for key, words in RIVALS.items():
        cells = [with_interval(100 * column(rows, key), 1) for rows in chosen.values()]
        lines.append(f"| {words} | " + " | ".join(cells) + " |\n")
    return "".join(lines)


def route_table(groups: Groups) -> str:
    """By which logits the probability rose."""
    lines = ["| network | settings | target's logit | mean of the others | largest other |\n|---|---|--:|--:|--:|\n"]
    for (part, network, name, keep), rows in groups.items():
        if part == "tables" and keep == "last" and "preset=default" in name:
            moved = [
                with_interval(column(rows, f"{logit}_after") - column(rows, f"{logit}_before"), 2)
                for logit in ("target_logit", "others_mean", "others_max")
            ]
            lines.append(f"| {network} | `{name}` | " + " | ".join(moved) + " |\n")
    return "".join(lines) if len(lines) > 1 else ""


def speed_table() -> str:
    """What ``mask_speed.py`` measured; empty without it."""
    if not SPEED.exists():
        return ""
    lines = ["| network, method | pictures | iterations | time over that of the bare passes |\n|---|--:|--:|--:|\n"]
    for what, found in json.loads(SPEED.read_text(encoding="utf-8")).items():
        ratios = found["ratios"]
        spread = f" ({min(ratios):.3f} to {max(ratios):.3f})" if len(ratios) > 1 else ""
        lines.append(f"| {what} | {found['pictures']} | {found['iterations']} | {np.median(ratios):.3f}{spread} |\n")
    return "".join(lines)


def consistency_table(groups: Groups) -> str:
    """How alike the masks of two trials of one picture are."""
    words = ("network", "method, trials", "iterate", "pictures × trials")
    numbers = ("IoU above 0.6", "IoU above 0.3", "soft IoU", "Spearman", "φ", "ratio")
    lines = [f"| {' | '.join(words + numbers)} |\n|---|---|---|{'--:|' * 7}\n"]
    for (part, network, name, keep), rows in sorted(groups.items()):
        if part != "consistency" or keep not in {"last", "average"}:
            continue
        alike, pictures = agreement(rows)
        if pictures:
            cells = [
                f"{pictures} × {len(rows) // pictures}",
                *(with_interval(each, 2) for each in alike),
                f"{100 * column(rows, 'gain').mean():.1f}",
                f"{column(rows, 'area').mean():.4f}",
            ]
            lines.append(f"| {network} | {name} | {keep} | " + " | ".join(cells) + " |\n")
    return "".join(lines) if len(lines) > 1 else ""


def scatter(groups: Groups) -> Figure:
    """Each setting of the tables as a point with intervals: how much was won, with how many pixels."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for (part, network, name, keep), rows in sorted(groups.items()):
        if part == "tables" and keep == "last":
            area, phi = column(rows, "area"), 100 * column(rows, "gain")
            x, y, method = area.mean(), phi.mean(), name.partition(":")[0]
            bars = [[abs(edge - middle)] for middle, values in ((x, area), (y, phi)) for edge in interval(values)]
            axes.errorbar(
                x,
                y,
                xerr=bars[:2],
                yerr=bars[2:],
                marker=MARKERS[network],
                color=COLOURS[method],
                markerfacecolor=COLOURS[method] if "default" in name else "white",
                linestyle="",
                capsize=2,
                label=f"{network} {method}, {'ours' if 'default' in name else 'the paper’s constants'}",
            )
    axes.axvline(PAPER_RATIO, color="0.6", linestyle=":")
    axes.set(xlabel="ratio: share of pixels marked", ylabel="φ: missing probability won (%)", ylim=(0, 100))
    axes.plot(
        [0.0373, 0.0378, 0.036, 0.0398], [48.741, 48.979, 44.898, 44.688], "x", color="0.3", label="the paper's own"
    )
    axes.set_xlim(0, 0.08)
    axes.legend(fontsize="x-small", loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def distribution(groups: Groups) -> Figure:
    """How φ is spread over the pictures, with our settings, where there are enough of them."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.add_subplot()
    for (part, network, name, keep), rows in sorted(groups.items()):
        if part == "tables" and keep == "last" and "default" in name and len(rows) >= ENOUGH:
            method = name.partition(":")[0]
            phi = np.sort(100 * column(rows, "gain"))
            share = 100 * np.arange(1, len(phi) + 1) / len(phi)
            look: dict[str, Any] = {"color": COLOURS[method], "linestyle": LINES[network], "linewidth": 1.8}
            axes.step(phi, share, where="post", label=f"{network} {method}, {len(rows)} pictures", **look)
    axes.set(xlabel="φ of a picture (%)", ylabel="pictures with at most this φ (%)", xlim=(40, 100), ylim=(0, 100))
    axes.legend(fontsize="x-small", loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
