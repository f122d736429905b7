"""Pictures in rows, each beside its evidence by several models, with what each model says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from whylight.frame import Frame
from whylight.plots import colours, panels
from whylight.plots.canvas import LETTER, MARGIN, QUIET
from whylight.plots.colours import Pixels
from whylight.plots.paper import paper, write

SIDE, GAP, LINE = 210, 18, 19
"""The side of a panel, the space between two, and the height of a line, in pixels."""
HEADING, ABOVE = 78, 34
MOST_ACROSS = 6
"""Maps beside a picture; the report has them all."""


@dataclass(frozen=True)
class Panel:
    """Evidence at the picture's size with the part of it that was seen, under lines of text, the first in bold."""

    evidence: NDArray[np.float32]
    frame: Frame
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Strip:
    """A picture with its evidence; ``heading``: what stands above, ``note``: under the picture."""

    heading: str
    picture: Image.Image
    note: str
    panels: tuple[Panel, ...]


def side_by_side_figure(strips: Sequence[Strip], *, title: str, note: str) -> Figure:
    """One row of panels for each picture."""
    across = 1 + min(MOST_ACROSS, max(len(strip.panels) for strip in strips))
    lines = max(len(panel.lines) for strip in strips for panel in strip.panels)
    height = ABOVE + SIDE + 8 + lines * LINE + 14
    words = 2 * MARGIN + round(LETTER * max(len(title) * 1.25, len(note) * 0.92))
    wide = max(words, 2 * MARGIN + across * (SIDE + GAP) - GAP)
    axes = paper(wide, HEADING + height * len(strips) + MARGIN - 10)
    write(axes, MARGIN, MARGIN + 4, title, size=14, weight="bold", widest=wide - 2 * MARGIN)
    write(axes, MARGIN, MARGIN + 30, note, size=10, colour=QUIET, widest=wide - 2 * MARGIN)
    for number, strip in enumerate(strips):
        _row(axes, strip, HEADING + number * height, across)
    return axes.get_figure(root=True) or Figure()


def _row(axes: Axes, strip: Strip, top: int, across: int) -> None:
    write(axes, MARGIN, top + 14, strip.heading, widest=across * (SIDE + GAP) - GAP)
    _show(axes, np.array(strip.picture.convert("RGB")), MARGIN, top + ABOVE)
    write(axes, MARGIN, top + ABOVE + SIDE + 16, strip.note, size=10, colour=QUIET, widest=SIDE)
    for place, panel in enumerate(strip.panels[: across - 1], start=1):
        left = MARGIN + place * (SIDE + GAP)
        limit = colours.limit_of(panel.evidence)
        _show(axes, panels.evidence_panel(strip.picture, panel.evidence, limit, panel.frame), left, top + ABOVE)
        for at, line in enumerate(panel.lines):
            down, weight = top + ABOVE + SIDE + 16 + at * LINE, "normal" if at else "bold"
            write(axes, left, down, line, size=10, weight=weight, widest=SIDE)


def _show(axes: Axes, pixels: Pixels, left: int, top: int) -> None:
    """Pixels in the middle of a square, as large as fits; those of a tiny picture stay squares."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    resample = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.LANCZOS
    fitted = np.array(Image.fromarray(pixels).resize(size, resample))
    across, down = left + (SIDE - size[0]) // 2, top + (SIDE - size[1]) // 2
    limits = axes.get_xlim(), axes.get_ylim()
    axes.imshow(fitted, extent=(across, across + size[0], down + size[1], down), interpolation="nearest", aspect="auto")
    axes.set(xlim=limits[0], ylim=limits[1])  # imshow moves them
