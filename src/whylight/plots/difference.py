"""What an enhancer adds over a whole data set as figures: the mean of each channel, of each class, and the spectrum."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from whylight.plots import colours
from whylight.plots.canvas import DPI, INK, LETTER, MARGIN, QUIET
from whylight.plots.fonts import FAMILY
from whylight.plots.numbers import NO_BREAK
from whylight.plots.paper import paper, write
from whylight.plots.scores import measured
from whylight.plots.tiles import Row, Scale, Tile, signed, tiles_figure

ACROSS = 5
SMALL = 170
"""The side of a class's tile, in pixels."""
WIDE, HIGH = 620, 250
"""Of the plot of a spectrum, in pixels."""
DIFFERENCE, PICTURES = "#0f8a70", "#8a8a94"
WORDS = ("made darker", "made brighter")

Map = NDArray[np.float32]


def channel_names(count: int) -> tuple[str, ...]:
    """Of a picture's channels."""
    return {1: ("grey",), 3: ("red", "green", "blue")}.get(count, tuple(f"channel {at}" for at in range(count)))


def channels_figure(mean: Map, magnitude: Map, *, pictures: int) -> Figure:
    """``mean``, ``magnitude``: (channel, height, width), the mean of what was added, and of its size."""
    limit = colours.limit_of(mean)
    names = channel_names(len(mean))
    means = tuple(
        Tile(signed(one, limit), (name, f"mean {of_range(float(one.mean()))}"))
        for name, one in zip(names, mean, strict=True)
    )
    largest = colours.limit_of(magnitude)
    sizes = tuple(
        Tile(signed(one, largest), (name, f"mean size {measured(100 * float(one.mean()))}{NO_BREAK}%"))
        for name, one in zip(names, magnitude, strict=True)
    )
    return tiles_figure(
        [
            Row("The mean of what was added", means),
            Row(f"The mean of its size, without the sign (full colour at {measured(largest)})", sizes),
        ],
        title=f"What the classifier is given more and less of, in {pictures:,} picture{'s' if pictures != 1 else ''}",
        note="After less before, of a range from 0 to 1. The scale is that of the first row.",
        scale=Scale(limit, WORDS),
    )


def classes_figure(means: Mapping[str, tuple[int, Map]]) -> Figure:
    """By class how many pictures there are and the mean of what was added, averaged over the channels; one scale for all."""
    shown = {name: (count, one.mean(axis=0)) for name, (count, one) in means.items()}
    limit = max(colours.limit_of(one) for _, one in shown.values())
    tiles = [
        Tile(
            signed(one, limit),
            (name, f"{count:,} picture{'s' if count != 1 else ''}, {of_range(float(one.mean()))}"),
        )
        for name, (count, one) in shown.items()
    ]
    rows = [Row("", tuple(tiles[start : start + ACROSS])) for start in range(0, len(tiles), ACROSS)]
    return tiles_figure(
        rows,
        title="The mean of what was added, class by class",
        note="After less before, averaged over the channels; one scale for all classes.",
        side=SMALL,
        scale=Scale(limit, WORDS),
    )


def spectrum_figure(
    frequencies: Sequence[float], difference: Sequence[float], pictures: Sequence[float], *, title: str, note: str
) -> Figure:
    """The power of what was added and of the pictures before, by frequency in cycles a pixel, on a logarithmic scale."""
    words = 2 * MARGIN + round(LETTER * max(len(title) * 1.4, len(note) * 0.92))
    width, height = max(WIDE + 2 * MARGIN + 60, words), HIGH + 160
    sheet = paper(width, height)
    write(sheet, MARGIN, MARGIN + 4, title, size=14, weight="bold", widest=width - 2 * MARGIN)
    write(sheet, MARGIN, MARGIN + 30, note, size=10, colour=QUIET, widest=width - 2 * MARGIN)
    figure = sheet.get_figure(root=True) or Figure(dpi=DPI)
    plot = figure.add_axes(((MARGIN + 56) / width, 66 / height, WIDE / width, HIGH / height))
    for values, colour, name in ((pictures, PICTURES, "the pictures"), (difference, DIFFERENCE, "what was added")):
        known = np.array([value if value > 0 else np.nan for value in values])
        plot.plot(frequencies, known, color=colour, linewidth=2.2, label=name)
    plot.set_yscale("log")
    plot.axvspan(0.25, max(frequencies), color="#f1f1f4", zorder=0)
    plot.set_xlim(0, max(frequencies))
    plot.set_xlabel("cycles a pixel; shaded: waves shorter than 4 pixels", family=FAMILY, color=INK)
    plot.set_ylabel("power", family=FAMILY, color=INK)
    plot.legend(frameon=False, prop={"family": FAMILY})
    for side in ("top", "right"):
        plot.spines[side].set_visible(False)
    return figure


def of_range(value: float) -> str:
    """A signed share of the range of a picture's values, in percent."""
    return f"{'+' if value > 0 else ''}{measured(100 * value)}{NO_BREAK}%"
