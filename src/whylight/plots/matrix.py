"""The agreement of every two methods as a figure: a square of numbers, the greener the more they agree."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from whylight.plots.canvas import LETTER, MARGIN, QUIET, shortened
from whylight.plots.paper import paper, write
from whylight.plots.scores import hundredths

AGREES = np.array((15, 138, 112))
"""The colour of full agreement, as red, green and blue; on neither side of the signs' two colours."""
STRONGEST = 0.55
CELL, ROW, HEADING = 74, 54, 96
LONGEST_NAME = 44
"""In letters."""

BASELINE = "the middle of the picture"
"""What a row of each map beside a centred bump is called."""

Square = NDArray[np.float64]


def matrix_figure(
    names: Sequence[str],
    mean: Square,
    chance: Square,
    centred: NDArray[np.float64] | None = None,
    *,
    title: str,
    note: str,
) -> Figure:
    """``mean`` and below it ``chance`` for every two names, NaN where there is none; on the diagonal the chance level
    alone. ``centred``: each beside a bump in the picture's middle, in a row of its own."""
    short = [shortened(f"{number}  {name}", LONGEST_NAME) for number, name in enumerate(names, start=1)]
    left = round(MARGIN + 12 + LETTER * max(map(len, short if centred is None else [*short, BASELINE])))
    width = max(
        left + CELL * len(names) + MARGIN, MARGIN * 2 + round(LETTER * max(len(title) * 1.25, len(note) * 0.92))
    )
    height = HEADING + 26 + ROW * (len(names) + (centred is not None)) + MARGIN
    axes = paper(width, height)
    write(axes, MARGIN, MARGIN + 8, title, size=14, weight="bold")
    write(axes, MARGIN, MARGIN + 36, note, size=10, colour=QUIET)
    for place, name in enumerate(short):
        middle = HEADING + 26 + ROW * place + ROW / 2
        write(axes, MARGIN, middle, name, widest=left - MARGIN - 10)
        write(axes, left + CELL * place + CELL / 2, HEADING + 12, str(place + 1), align="center", colour=QUIET)
        for other in range(len(names)):
            corner = (left + CELL * other, HEADING + 26 + ROW * place)
            _cell(axes, corner, float(mean[place, other]), float(chance[place, other]), own=place == other)
    if centred is not None:
        _baseline(axes, centred, (left, HEADING + 34 + ROW * len(names)))
    return axes.get_figure(root=True) or Figure()


def _baseline(axes: Axes, centred: NDArray[np.float64], corner: tuple[int, int]) -> None:
    """The row of the picture's middle."""
    left, top = corner
    middle = top + (ROW - 16) / 2
    write(axes, MARGIN, middle, BASELINE, colour=QUIET, widest=left - MARGIN - 10)
    for place, value in enumerate(centred):
        across = left + CELL * place
        axes.add_patch(Rectangle((across, top), CELL - 3, ROW - 16, facecolor="#f1f1f4", edgecolor="none"))
        write(axes, across + (CELL - 3) / 2, middle, hundredths(float(value)), align="center", colour=QUIET)


def _cell(axes: Axes, corner: tuple[int, int], mean: float, chance: float, *, own: bool) -> None:
    strength = 0.0 if own or np.isnan(mean) else STRONGEST * max(0.0, mean)
    colour = tuple((255 + strength * (AGREES - 255)) / 255)
    axes.add_patch(Rectangle(corner, CELL - 3, ROW - 3, facecolor="#f1f1f4" if own else colour, edgecolor="none"))
    across, down = corner[0] + (CELL - 3) / 2, corner[1]
    if not own:
        write(axes, across, down + 18, hundredths(mean), align="center", size=13)
    write(
        axes,
        across,
        down + (ROW - 3) / 2 if own else down + 38,
        hundredths(chance),
        align="center",
        size=9,
        colour=QUIET,
    )
