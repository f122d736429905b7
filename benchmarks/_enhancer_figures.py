"""Figures of ``benchmarks/enhancer.py``: gains beside controls, accuracy against nearness, and pictures of comparisons."""

import shutil
from pathlib import Path

import numpy as np
from _enhancer_clean import WHAT, gains
from _enhancer_numbers import Groups, quality, signed
from _enhancer_spoilt import MODES, SPOILT, comparisons
from matplotlib.figure import Figure

COPIED = {
    "frozen_seen.0": ("fixed", "broken", "attention", "difference", "spectrum", "layer-1", "layer-2"),
    "recognition_aware_jpeg_seen.0": ("fixed", "difference"),
}
"""Figures that comparisons drew, by their folders."""
COLOURS = {
    "restoration": "#7a7a7a",
    "recognition_aware": "#1b6ca8",
    "unsupervised": "#c8553d",
    "transformer": "#4a9d5b",
}
OFF = -15.0
"""Gains in points below which they are written and not drawn."""
MARKERS = {"noise": "o", "jpeg": "s", "half": "^"}


def draw(groups: Groups, docs: Path, work: Path | None) -> dict[str, str]:
    """Writes ``images/enhance-*.png``; each figure as it stands on the page, empty where it is not there."""
    images = docs / "images"
    found = {"gains_figure": gains_figure(groups), "spoilt_figure": spoilt_figure(groups)}
    told = {}
    for name, figure in found.items():
        path = images / f"enhance-{name.removesuffix('_figure')}.png"
        if figure is not None:
            figure.savefig(path, dpi=150)
        told[name] = f"![{WORDS[name]}](images/{path.name})" if figure is not None else ""
    return told | copied(images, work)


WORDS = {
    "gains_figure": "Gain of each thing that was trained, seed by seed",
    "spoilt_figure": "Accuracy against PSNR of mended pictures",
    "fixed": "Pictures that were fixed",
    "broken": "Pictures that were broken",
    "attention": "Where attention moved most and least",
    "difference": "What is added on average, channel by channel",
    "spectrum": "How fine is what is added",
    "layer-1": "The first convolution before and after",
    "layer-2": "The second convolution before and after",
}


def copied(images: Path, work: Path | None) -> dict[str, str]:
    """The figures of comparisons, taken from ``work`` where that is given."""
    told = {}
    for folder, names in COPIED.items():
        prefix = folder.removesuffix("_seen.0")
        for name in names:
            path = images / f"enhance-{prefix.replace('_', '-')}-{name}.png"
            if work is not None and (drawn := work / folder / f"{name}.png").exists():
                shutil.copyfile(drawn, path)
            told[f"{prefix}_{name}"] = f"![{WORDS[name]}](images/{path.name})" if path.exists() else ""
    return told


def gains_figure(groups: Groups) -> Figure | None:
    """A point a seed with its 95 % interval."""
    shown = [(words, found) for group, words in WHAT.items() if group != "baseline" and (found := gains(groups, group))]
    if not shown:
        return None
    figure = Figure(figsize=(7.5, 0.8 + 0.55 * len(shown)), layout="constrained")
    axes = figure.add_subplot()
    for place, (_, found) in enumerate(shown):
        at = place + np.linspace(-0.15, 0.15, len(found)) if len(found) > 1 else np.array([float(place)])
        gain = np.array([100 * row["gain"] for row in found])
        ends = np.array([[100 * row["low"] for row in found], [100 * row["high"] for row in found]])
        if gain.max() < OFF:  # it would press all others together
            words = f"◂ {signed(gain.mean() / 100)}"
            white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            axes.annotate(words, (0, place), xycoords=("axes fraction", "data"), va="center", bbox=white)
            continue
        bars = np.abs(ends - gain)
        axes.errorbar(gain, at, xerr=bars, fmt="o", color="#1b6ca8", capsize=2, markersize=4)
    axes.axvline(0, color="0.6", linewidth=0.8)
    axes.set_yticks(range(len(shown)), [words for words, _ in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlabel("gain on the test pictures (points of accuracy, 95 %)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure


def spoilt_figure(groups: Groups) -> Figure | None:
    """Each mode and degradation as a point."""
    found = list(comparisons(groups))
    if not found:
        return None
    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for short, mode, run in found:
        near = quality(run.compared, "clean", "psnr")
        if near is not None:
            accuracy = 100 * run.compared["gain"]["after"]["accuracy"]
            axes.plot(near, accuracy, MARKERS[short], color=COLOURS[mode], markersize=7)
    for mode in dict.fromkeys(mode for _, mode, _ in found):
        axes.plot([], [], "o", color=COLOURS[mode], label=MODES[mode])
    for short in dict.fromkeys(short for short, _, _ in found):
        axes.plot([], [], MARKERS[short], color="0.3", markerfacecolor="white", label=SPOILT[short])
    axes.set(xlabel="PSNR beside the unspoilt picture (dB)", ylabel="accuracy (%)")
    axes.legend(fontsize="small", frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.spines[["top", "right"]].set_visible(False)
    return figure
