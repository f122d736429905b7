"""A confusion matrix as a figure: a row for each true label, a column for each answer, the darker the more of the row."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from whylight.plots.canvas import INK, LETTER, MARGIN, QUIET, shortened
from whylight.plots.paper import paper, write

RIGHT, WRONG = np.array((15, 138, 112)), np.array((200, 92, 10))
"""The colours of right answers and of mistakes, as red, green and blue."""
HEADING = 66
WIDEST_NAME = 22
"""In letters."""
MOST = 40
"""More labels than these do not fit into a figure."""
NUMBERED = 25
"""With more labels the cells are too small for numbers."""

Square = NDArray[np.int64]


def confusion_figure(rows: Sequence[str], columns: Sequence[str], counts: Square, *, title: str, note: str) -> Figure:
    """``counts``: (row, column), how many pictures of each label got each answer. The columns begin with the rows'
    labels."""
    cell = 46 if len(rows) <= NUMBERED else 22
    names = [shortened(name, WIDEST_NAME) for name in columns]
    longest = round(LETTER * max(map(len, names))) + 8
    left, top = MARGIN + longest + 52, HEADING + longest + 14
    words = MARGIN * 2 + round(LETTER * max(len(title) * 1.25, len(note) * 0.92))
    width = max(left + cell * len(names) + MARGIN, words)
    axes = paper(width, top + cell * len(rows) + MARGIN)
    write(axes, MARGIN, MARGIN + 4, title, size=14, weight="bold", widest=width - 2 * MARGIN)
    write(axes, MARGIN, MARGIN + 30, note, size=10, colour=QUIET, widest=width - 2 * MARGIN)
    for place, name in enumerate(names):
        across = left + cell * (place + 0.5)
        write(axes, across, top - 6, name, size=10, upright=True, widest=longest)
        if place < len(rows):
            down = top + cell * (place + 0.5)
            write(axes, MARGIN, down, name, size=10, widest=longest)
            write(axes, left - 26, down, f"{counts[place].sum():,}", size=9, colour=QUIET, align="center")
    write(axes, left - 26, top - 14, "of", size=9, colour=QUIET, align="center")
    _cells(axes, counts, (left, top), cell)
    return axes.get_figure(root=True) or Figure()


def _cells(axes: Axes, counts: Square, corner: tuple[int, int], cell: int) -> None:
    shares = counts / counts.sum(axis=1, keepdims=True).clip(min=1)
    for (row, column), count in np.ndenumerate(counts):
        across, down = corner[0] + cell * column, corner[1] + cell * row
        share = float(shares[row, column])
        strength = 0.08 + 0.82 * share if count else 0.0
        colour = tuple((255 + strength * ((RIGHT if row == column else WRONG) - 255)) / 255) if count else "#f6f6f9"
        axes.add_patch(Rectangle((across, down), cell - 2, cell - 2, facecolor=colour, edgecolor="none"))
        if count and cell > 30:
            ink = "white" if strength > 0.6 else INK
            write(axes, across + cell / 2 - 1, down + cell / 2 - 1, f"{count}", size=10, align="center", colour=ink)
