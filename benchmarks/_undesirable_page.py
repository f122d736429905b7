"""Tables and a plot from the rows of ``benchmarks/undesirable.py``."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import spearmanr

Row = dict[str, Any]
Numbers = NDArray[np.float64]
HEAD = (
    "| network | method | n | φ | median | pooled | improved | ratio | second fill agrees |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|\n"
)


def write_page(rows: list[Row], about: dict[str, Any], docs: Path) -> None:
    """``undesirable.md`` and ``images/undesirable.png`` in the folder of the manual."""
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["part"], row["network"], row["method"]].append(row)
    text = [
        "# Undesirable pixels: the paper's tables",
        "`python benchmarks/undesirable.py` measures, `… page` writes this page. "
        f"Seed {about['seed']}, torch {about['torch']}, {about['machine']}. φ is the share of the missing probability that "
        "blurring won, in percent (equation 8); the median and the pooled share are robust against pictures that the "
        "classifier is sure of. Ratio: share of pixels with 1 - M' above 0.6. In brackets: 95 % bootstrap intervals.",
        "## Tables 1 and 2",
        HEAD + "".join(table_line(key, group) for key, group in sorted(groups.items()) if key[0] == "tables"),
    ]
    if any(key[0] == "consistency" for key in groups):
        text += ["## Do trials agree?", consistency_table(groups)]
    if any(key[0] == "ablation" for key in groups):
        lines = (table_line(key, group) for key, group in sorted(groups.items()) if key[0] == "ablation")
        text += ["## One setting at a time", HEAD + "".join(lines)]
    text += ["![φ against ratio](images/undesirable.png)"]
    plot(groups).savefig(docs / "images" / "undesirable.png", dpi=150)
    (docs / "undesirable.md").write_text("\n\n".join(text) + "\n", encoding="utf-8")


def table_line(key: tuple[str, str, str], rows: list[Row]) -> str:
    """One line of a table: figures over pictures, φ and ratio with intervals."""
    before, after = column(rows, "before"), column(rows, "after")
    phi = 100 * column(rows, "gain")
    pooled = 100 * (after - before).sum() / (1 - before).sum()
    agrees = 100 * (column(rows, "second_fill_share") >= 0.5).mean()
    cells = (
        key[1],
        f"`{key[2]}`",
        len(rows),
        with_interval(phi, 1),
        f"{np.median(phi):.1f}",
        f"{pooled:.1f}",
        f"{100 * (after > before).mean():.0f} %",
        with_interval(column(rows, "area"), 4),
        f"{agrees:.0f} %",
    )
    return "| " + " | ".join(map(str, cells)) + " |\n"


def column(rows: Iterable[Row], name: str) -> Numbers:
    return np.array([row[name] for row in rows], dtype=np.float64)


def with_interval(values: Numbers, digits: int, statistic: Callable[[Numbers], float] = np.mean) -> str:
    """The mean and its percentile bootstrap interval over pictures."""
    random = np.random.default_rng(0)
    draws = [statistic(random.choice(values, len(values))) for _ in range(1000)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"{statistic(values):.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def consistency_table(groups: dict[tuple[str, str, str], list[Row]]) -> str:
    """Mean overlap (1 - M above 0.6) and rank correlation between the masks of two trials of one picture."""
    trials: dict[tuple[str, str], dict[str, list[Numbers]]] = defaultdict(lambda: defaultdict(list))
    for (part, network, method), rows in groups.items():
        if part == "consistency":
            for row in rows:
                name = method.partition(":")[0]
                trials[network, name][row["picture"]].append(np.array(row["mask"], dtype=np.float64) / 255)
    lines = ["| network | method | overlap (IoU) | Spearman |\n|---|---|--:|--:|\n"]
    for (network, name), pictures in sorted(trials.items()):
        pairs = [pair for masks in pictures.values() for pair in combinations(masks, 2)]
        overlaps = np.array([overlap(*pair) for pair in pairs])
        ranks = np.array([spearmanr(*pair).statistic for pair in pairs if all(mask.std() > 0 for mask in pair)])
        lines.append(f"| {network} | {name} | {with_interval(overlaps, 2)} | {with_interval(ranks, 2)} |\n")
    return "".join(lines)


def overlap(first: Numbers, second: Numbers) -> float:
    """Intersection over union of the marked cells; two empty masks agree."""
    one, other = first > 0.6, second > 0.6
    union = (one | other).sum()
    return float((one & other).sum() / union) if union else 1.0


def plot(groups: dict[tuple[str, str, str], list[Row]]) -> Figure:
    """Each setting of the tables as a point: how much was won, with how many pixels."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for (part, network, method), rows in sorted(groups.items()):
        if part == "tables":
            axes.plot(column(rows, "area").mean(), 100 * column(rows, "gain").mean(), "o", label=f"{network} {method}")
    axes.axvline(0.037, color="0.6", linestyle=":")
    axes.set(xlabel="share of pixels marked", ylabel="φ: missing probability won (%)")
    axes.legend(fontsize="x-small")
    return figure
