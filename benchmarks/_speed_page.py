"""The page of the manual that ``benchmarks/speed.py`` writes: goals, tables and two plots."""

import json
from collections.abc import Sequence
from pathlib import Path

from _pages import filled, table
from _speed_numbers import ORDER, SMALL_SIDE, Goal, Measured, goals, read
from _speed_pairs import PAIRS, Pair
from _speed_plot import ratio_figure

WORDS = Path(__file__).parent / "speed.words.md"
LIBRARIES = {"grad-cam": "pytorch-grad-cam", "reference": "the paper's formulation", "quantus": "Quantus"}
HEAD = [
    "ours",
    "the other",
    "passes a picture",
    "the other ÷ ours",
    "by the clock",
    "ours ÷ bare",
    "seconds: ours",
    "the other",
    "MB: ours",
    "the other",
]


def write_page(results: Path, docs: Path) -> None:
    """``speed.md`` and ``images/speed-*.png`` in the folder of the manual; what was not measured is left out."""
    rows = read(results)
    about = json.loads((results / "about.json").read_text(encoding="utf-8"))
    values = {
        "about": about_words(about, rows),
        "goals": goal_table(rows),
        "passed": passed_words(rows),
        **{f"table_{name}": network_table([row for row in rows if row.network == name]) for name in ORDER},
        **{f"pictures_{name}": pictures_words(rows, name) for name in ORDER},
        **{name: f"{about[name]}" for name in ("captum", "grad-cam", "lime", "quantus", "shap")},
    }
    (docs / "speed.md").write_text(filled(WORDS.read_text(encoding="utf-8"), values), encoding="utf-8")
    labels = {pair.name: (label(pair), library(pair.library, pair.rival)) for pair in PAIRS}
    title = "How many times as long the other takes"
    figure = ratio_figure(rows, labels, lambda row: row.rival, title, {"equal": 1.0})
    figure.savefig(docs / "images" / "speed-others.png")
    limits = {"bare": 1.0, "1.1": 1.1, "1.3": 1.3}
    title = "Ours, in multiples of its bare passes"
    figure = ratio_figure([row for row in rows if row.bare], labels, lambda row: row.bare or 1.0, title, limits)
    figure.savefig(docs / "images" / "speed-bare.png")


def about_words(about: dict[str, str], rows: Sequence[Measured]) -> str:
    """On what it was measured."""
    rounds = sorted({len(row.row["processor"]["ours"]) for row in rows})
    times = " to ".join(str(count) for count in dict.fromkeys((rounds[0], rounds[-1])))
    return (
        f"{about['machine']}; torch {about['torch']}, Python {about['python']}, one thread, float32, seed {about['seed']}; "
        f"the median of {times} round{'s' * (rounds[-1] > 1)}"
    )


def pictures_words(rows: Sequence[Measured], network: str) -> str:
    """How many pictures of what size."""
    found = sorted({(int(row.row["pictures"]), int(row.row["side"])) for row in rows if row.network == network})
    return ", ".join(f"{count} picture{'s' * (count > 1)} of {side} × {side}" for count, side in found)


def library(name: str, rival: str) -> str:
    """Whose it is and what it is called there."""
    known = LIBRARIES.get(name, name)
    return f"{rival}, {known}" if name == "reference" else f"{known} {rival}"


def label(pair: Pair) -> str:
    """What is ours, in a plot."""
    return ours_name(pair.ours) + (f", {pair.unlike}" if pair.unlike else "")


def ours_name(method: str) -> str:
    """Without settings."""
    return method.partition(":")[0]


def network_table(rows: Sequence[Measured]) -> str:
    """One line a pair, as they are listed."""
    order = [pair.name for pair in PAIRS]
    lines = []
    for row in sorted(rows, key=lambda each: order.index(each.pair)):
        pictures, ratios, clock = int(row.row["pictures"]), sorted(row.rivals()), sorted(row.rivals("clock"))
        memory = row.row["megabytes"]
        lines.append(
            [
                f"`{ours_name(row.row['ours'])}`{', ' * bool(row.row['unlike'])}{row.row['unlike']}",
                library(row.row["library"], row.row["rival"]),
                ", ".join(f"{row.passes(side) / pictures:,.0f}" for side in ("ours", "theirs")),
                f"**{row.rival:.2f}** ({ratios[0]:.2f} to {ratios[-1]:.2f})",
                f"{clock[len(clock) // 2]:.2f}",
                "–" if row.bare is None else f"{row.bare:.2f}",
                *(f"{row.seconds(side):.3g}" for side in ("ours", "theirs")),
                *("–" if memory[side] is None else f"{memory[side]:.0f}" for side in ("ours", "theirs")),
            ]
        )
    return table(HEAD, lines, words=2)


def goal_table(rows: Sequence[Measured]) -> str:
    """Each goal with the row that is farthest from it."""
    lines = []
    for goal in goals():
        found = goal.worst(rows)
        if found is not None:
            row, value = found
            where = f"`{row.row['ours'].partition(':')[0]}` beside {row.row['rival']}, {row.network}"
            shown = f"{100 * value:.1f} %" if value < 0.5 and goal.most == 0.1 else f"{value:.2f}"
            lines.append([goal.words, where, shown, said(goal, row, value)])
    return table(["goal", "the row that is farthest from it", "there", "met"], lines, words=2)


def said(goal: Goal, row: Measured, value: float) -> str:
    """Yes or no, and whether a program could."""
    if goal.met(value):
        return "yes"
    out_of_reach = goal.least > 0 and row.most is not None and row.most < goal.least
    return f"no; bare passes alone give {row.most:.2f}" if out_of_reach else "no"


def passed_words(rows: Sequence[Measured]) -> str:
    """How many rows are not slower, and how near to the bare passes."""
    ahead = sum(round(row.rival, 2) >= 1 for row in rows)
    whole = [(row.bare, 1.3 if row.small else 1.1) for row in rows if row.bare is not None]
    near = sum(round(bare, 2) <= limit for bare, limit in whole)
    return (
        f"In {ahead} of {len(rows)} rows ours takes no longer a pass than the other; in {near} of {len(whole)} at most 1.1 "
        f"times (below {SMALL_SIDE} pixels 1.3 times) as long as its bare passes."
    )
