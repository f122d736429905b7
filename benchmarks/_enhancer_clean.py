"""Tables of ``benchmarks/enhancer.py`` on pictures as they are: gains next to controls, and what was changed."""

from collections.abc import Sequence

import numpy as np
from _enhancer_numbers import (
    Groups,
    Measured,
    chance,
    each,
    mean,
    minutes,
    model,
    other,
    points,
    quality,
    signed,
    tested,
    told,
)
from _groups import Row
from _pages import table

PUBLISHED_GAIN = 3.9
WHAT = {
    "baseline": "the classifier alone",
    "frozen": "behind an enhancer; only that learns",
    "longer": "alone, trained as many steps more",
    "joint": "behind an enhancer; both learn",
    "random": "behind an enhancer that learnt from random labels",
    "unguided": "behind an enhancer, without deep supervision",
    "two_stages": "behind an enhancer, reconstruction first",
}


def gains(groups: Groups, group: str) -> list[Row]:
    """From the classifier alone to what a group made of it, seed by seed."""
    if group == "longer":
        found = [
            other(run.compared, model(f"baseline.{run.seed}"), model(f"longer.{run.seed}")) for run in seen(groups)
        ]
        return [row for row in found if row is not None]
    return [run.compared["gain"] for run in seen(groups, group)]


def seen(groups: Groups, group: str = "frozen") -> list[Measured]:
    """Its comparisons before and after."""
    return groups.get(f"{group}_seen", [])


def gain_table(groups: Groups) -> str:
    """A row for each thing that was trained."""
    head = ["", "test", "each seed", "gain, points", "each seed (95 %)", "largest p", "PSNR, dB", "SSIM", "CPU minutes"]
    rows = []
    for group, words in WHAT.items():
        runs = groups.get(group, [])
        if not tested(runs):
            continue
        found = gains(groups, group)
        cells = [
            mean(tested(runs), 1, " %"),
            each(tested(runs)),
            *gain_cells(found),
            *quality_cells(seen(groups, group)),
        ]
        rows.append([words, *cells, f"{minutes(runs)[1] / len(runs):.1f}"])
    return table(head, rows)


def gain_cells(found: Sequence[Row]) -> list[str]:
    """The mean gain, every gain with its interval, and the largest p."""
    if not found:
        return ["–", "–", "–"]
    average = signed(float(np.mean([row["gain"] for row in found])))
    return [average, ", ".join(points(row) for row in found), chance(max(row["p"] for row in found))]


def quality_cells(runs: Sequence[Measured]) -> list[str]:
    """PSNR and SSIM of what is enhanced beside the pictures."""
    cells = []
    for measure, digits in (("psnr", 1), ("ssim", 3)):
        values = [value for run in runs if (value := quality(run.compared, "before", measure)) is not None]
        cells.append(told(float(np.mean(values)), digits) if values else "–")
    return cells


def beside_longer(groups: Groups) -> str:
    """The enhancer against the classifier that was trained longer, picture by picture."""
    rows = []
    for run in seen(groups):
        names = (model(f"longer.{run.seed}"), model(f"frozen.{run.seed}"))
        if (found := other(run.compared, *names)) is not None:
            rows.append([str(run.seed), points(found), str(found["fixed"]), str(found["broken"]), chance(found["p"])])
    return table(["seed", "gain of the enhancer over longer training", "better on", "worse on", "p"], rows)


def transfer_table(groups: Groups) -> str:
    """Enhancers before classifiers that they never saw, on pictures as they are."""
    rows = []
    for group in ("frozen", "strong"):
        for run in seen(groups, group):
            for row in run.compared["transfer"]:
                if "behind the enhancer of" in row["second"]:
                    own, gained = points(run.compared["gain"]), points(row)
                    rows.append([f"{group}, seed {run.seed}", short_name(row["first"]), own, gained, chance(row["p"])])
    return table(
        ["enhancer", "classifier that it never saw", "gain of its own", "gain of the other", "p"], rows, words=2
    )


def short_name(name: str) -> str:
    """A model without its path."""
    return f"`{name.removeprefix('file:').removesuffix('/model.safetensors')}`"


def strong_table(groups: Groups) -> str:
    """What a network that is right on most pictures gains."""
    rows = []
    for run in seen(groups, "strong"):
        gain = run.compared["gain"]
        sides = [f"{100 * gain[side]['accuracy']:.2f} %" for side in ("before", "after")]
        moved = [str(gain["fixed"]), str(gain["broken"])]
        cost = f"{minutes(groups.get('strong', []))[1]:.0f}"
        rows.append([*sides, points(gain), *moved, chance(gain["p"]), *quality_cells([run]), cost])
    head = ["alone", "enhanced", "gain", "fixed", "broken", "p", "PSNR, dB", "SSIM", "CPU minutes"]
    return table(head, rows)


def class_table(groups: Groups) -> str:
    """The gain of each label, a mean over the seeds of the frozen enhancer."""
    runs = seen(groups)
    if not runs:
        return ""
    by_label: dict[str, list[Row]] = {}
    for row in (row for run in runs for row in run.compared["by_class"]):
        by_label.setdefault(row["label"], []).append(row)
    rows = [
        [label, *(mean([100 * row[side]["accuracy"] for row in found]) for side in ("before", "after")), average(found)]
        for label, found in by_label.items()
    ]
    return table(["label", "before, %", "after, %", "gain, points"], rows)


def average(found: Sequence[Row]) -> str:
    return signed(float(np.mean([row["gain"] for row in found])))


def channel_table(groups: Groups) -> str:
    """What was added to each channel, of 255 levels."""
    rows = []
    for run in (*seen(groups), *seen(groups, "strong")):
        difference = run.compared["difference"]
        cells = [f"{255 * row['mean']:+.1f} (size {255 * row['mean_size']:.1f})" for row in difference["channels"]]
        fine = f"{100 * difference['spectrum']['shares']['fine']:.0f} %"
        common = f"{100 * difference['common_share']:.0f} %"
        rows.append(
            [
                f"{run.group.removesuffix('_seen')}, seed {run.seed}",
                *(each.replace("-", "−") for each in cells),
                common,
                fine,
            ]
        )
    return table(["enhancer", "red", "green", "blue", "the same in every picture", "finer than 4 pixels"], rows)


def attention_table(groups: Groups) -> str:
    """How alike the maps before and after are, and how alike they would be by chance."""
    rows = []
    for group, runs in groups.items():
        for run in runs if group.endswith("_seen") else []:
            for pair in (pair for pair in run.answers["pairs"] if pair["n"] > 0):
                between = f"{pair['low']:.2f} to {pair['high']:.2f}"
                alike = [f"{pair['mean']:.2f} ({between})", f"{pair['chance']:.2f}"]
                cells = [*(cell.replace("-", "−") for cell in alike), str(pair["n"])]
                rows.append([f"{group.removesuffix('_seen')}, seed {run.seed}", *cells])
    return table(["enhancer", "rank correlation of Grad-CAM before and after", "by chance", "pictures"], rows)
