"""The agreement of every two methods as a figure: a square of numbers, the greener the more they agree."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from whylight.plots.canvas import DPI, INK, LETTER, MARGIN, QUIET, shortened
from whylight.plots.fonts import FAMILY, legible
from whylight.plots.scores import hundredths

AGREES = np.array((15, 138, 112))
"""The colour of full agreement, as red, green and blue; on neither side of the signs' two colours."""
STRONGEST = 0.55
CELL, ROW, HEADING = 74, 54, 96
LONGEST_NAME = 44
"""In letters."""

Square = NDArray[np.float64]
Pixel = int | float


def matrix_figure(names: Sequence[str], mean: Square, chance: Square, *, title: str, note: str) -> Figure:
    """``mean`` and below it ``chance`` for every two names, NaN where there is none; on the diagonal the chance level
    alone."""
    short = [shortened(f"{number}  {name}", LONGEST_NAME) for number, name in enumerate(names, start=1)]
    left = round(MARGIN + 12 + LETTER * max(map(len, short)))
    width = max(
        left + CELL * len(names) + MARGIN, MARGIN * 2 + round(LETTER * max(len(title) * 1.25, len(note) * 0.92))
    )
    height = HEADING + 26 + ROW * len(names) + MARGIN
    axes = _paper(width, height)
    _write(axes, MARGIN, MARGIN + 8, title, size=14, weight="bold")
    _write(axes, MARGIN, MARGIN + 36, note, size=10, colour=QUIET)
    for place, name in enumerate(short):
        middle = HEADING + 26 + ROW * place + ROW / 2
        _write(axes, MARGIN, middle, name, widest=left - MARGIN - 10)
        _write(axes, left + CELL * place + CELL / 2, HEADING + 12, str(place + 1), align="center", colour=QUIET)
        for other in range(len(names)):
            corner = (left + CELL * other, HEADING + 26 + ROW * place)
            _cell(axes, corner, float(mean[place, other]), float(chance[place, other]), own=place == other)
    return axes.get_figure(root=True) or Figure()


def _paper(width: int, height: int) -> Axes:
    """Axes over a whole figure, in pixels from the top left."""
    figure = Figure((width / DPI, height / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes


def _cell(axes: Axes, corner: tuple[int, int], mean: float, chance: float, *, own: bool) -> None:
    strength = 0.0 if own or np.isnan(mean) else STRONGEST * max(0.0, mean)
    colour = tuple((255 + strength * (AGREES - 255)) / 255)
    axes.add_patch(Rectangle(corner, CELL - 3, ROW - 3, facecolor="#f1f1f4" if own else colour, edgecolor="none"))
    across, down = corner[0] + (CELL - 3) / 2, corner[1]
    if not own:
        _write(axes, across, down + 18, hundredths(mean), align="center", size=13)
    _write(
        axes,
        across,
        down + (ROW - 3) / 2 if own else down + 38,
        hundredths(chance),
        align="center",
        size=9,
        colour=QUIET,
    )


def _write(
    axes: Axes,
    across: Pixel,
    down: Pixel,
    text: str,
    *,
    size: int = 11,
    colour: str = INK,
    align: str = "left",
    weight: str = "normal",
    widest: int | None = None,
) -> None:
    """One line whose left end or middle is there, cut to ``widest`` pixels; no sign has a meaning of its own."""
    drawn, fonts = legible(text) if text else (text, (FAMILY,))
    style: dict[str, Any] = {
        "size": size,
        "color": colour,
        "ha": align,
        "va": "center",
        "weight": weight,
        "family": list(fonts),
    }
    written = axes.text(across, down, drawn, parse_math=False, **style)
    while widest and (width := written.get_window_extent().width) > widest:
        drawn = shortened(drawn, min(len(drawn) - 1, int(len(drawn) * widest / width)))
        written.set_text(drawn)
