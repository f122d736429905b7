"""Pictures of one size in rows, each with lines of text below it: what stands beside what is compared by eye."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from whylight.plots import colours
from whylight.plots.canvas import BAR, INK, LEGEND_INKS, LETTER, LINE, MARGIN, QUIET
from whylight.plots.colours import Pixels
from whylight.plots.paper import paper, write

SIDE, GAP, WORDS = 210, 18, 19
"""The side of a tile, the space between two, and the height of a line of words, in pixels."""
HEADING, ABOVE = 78, 34
SCALE = 320
"""The width of a scale."""
GREY = 190


@dataclass(frozen=True)
class Tile:
    """Pixels over lines of text, the first in bold unless all are ``quiet``."""

    pixels: Pixels
    lines: tuple[str, ...] = ()
    quiet: bool = False


@dataclass(frozen=True)
class Row:
    """Tiles under a heading."""

    heading: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Scale:
    """What the two full colours stand for: ``limit`` and its negative, in ``words`` for the negative and the positive."""

    limit: float
    words: tuple[str, str]


def tiles_figure(rows: Sequence[Row], *, title: str, note: str, side: int = SIDE, scale: Scale | None = None) -> Figure:
    """``note``: one line below the title. ``side``: of the square that each tile stands in, in pixels."""
    across = max(len(row.tiles) for row in rows)
    heights = [_height(row, side) for row in rows]
    words = 2 * MARGIN + round(LETTER * max(len(title) * 1.4, len(note) * 0.92))
    wide = max(words, 2 * MARGIN + across * (side + GAP) - GAP)
    end = 0 if scale is None else BAR + 2 * LINE + 6
    axes = paper(wide, HEADING + sum(heights) + end + MARGIN - 10)
    write(axes, MARGIN, MARGIN + 4, title, size=14, weight="bold", widest=wide - 2 * MARGIN)
    write(axes, MARGIN, MARGIN + 30, note, size=10, colour=QUIET, widest=wide - 2 * MARGIN)
    for number, row in enumerate(rows):
        _row(axes, row, HEADING + sum(heights[:number]), side, wide - 2 * MARGIN)
    if scale is not None:
        _scale(axes, scale, HEADING + sum(heights) + 2)
    return axes.get_figure(root=True) or Figure()


def _height(row: Row, side: int) -> int:
    lines = max(len(tile.lines) for tile in row.tiles)
    return (ABOVE if row.heading else 0) + side + 8 + lines * WORDS + 14


def _row(axes: Axes, row: Row, top: int, side: int, widest: int) -> None:
    above = ABOVE if row.heading else 0
    if row.heading:
        write(axes, MARGIN, top + 14, row.heading, widest=widest)
    for place, tile in enumerate(row.tiles):
        left = MARGIN + place * (side + GAP)
        _show(axes, tile.pixels, (left, top + above), side)
        for at, line in enumerate(tile.lines):
            down, weight = top + above + side + 16 + at * WORDS, "normal" if at or tile.quiet else "bold"
            write(axes, left, down, line, size=10, weight=weight, widest=side, colour=_ink(tile))


def _ink(tile: Tile) -> str:
    return QUIET if tile.quiet else INK


def _show(axes: Axes, pixels: Pixels, corner: tuple[int, int], side: int) -> None:
    """Pixels in the middle of a square, as large as fits; those of a tiny picture stay squares."""
    height, width = pixels.shape[:2]
    factor = side / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    resample = Image.Resampling.NEAREST if factor >= 1 else Image.Resampling.LANCZOS
    fitted = np.array(Image.fromarray(pixels).resize(size, resample))
    across, down = corner[0] + (side - size[0]) // 2, corner[1] + (side - size[1]) // 2
    _draw(axes, fitted, across, down)


def _scale(axes: Axes, scale: Scale, top: int) -> None:
    """The colours from the negative to the positive limit, with what the ends mean."""
    ramp = np.linspace(-1, 1, SCALE, dtype=np.float32)[None].repeat(BAR, axis=0)
    _draw(axes, signed(ramp, 1.0), MARGIN, top)
    for at, value, align in ((0.0, -1, "left"), (0.5, 0, "center"), (1.0, 1, "right")):
        number = f"{value * scale.limit:.3g}".replace("-", "−")
        write(axes, MARGIN + at * SCALE, top + BAR + 12, number, size=10, colour=QUIET, align=align)
    for at, word, ink, align in zip((0, SCALE), scale.words, LEGEND_INKS, ("left", "right"), strict=True):
        down, widest = top + BAR + LINE + 10, SCALE // 2 - 6
        write(axes, MARGIN + at, down, word, size=10, weight="bold", colour=ink, align=align, widest=widest)


def _draw(axes: Axes, pixels: Pixels, left: int, top: int) -> None:
    height, width = pixels.shape[:2]
    limits = axes.get_xlim(), axes.get_ylim()
    axes.imshow(pixels, extent=(left, left + width, top + height, top), interpolation="nearest", aspect="auto")
    axes.set(xlim=limits[0], ylim=limits[1])  # imshow moves them


def signed(values: NDArray[np.float32], limit: float) -> Pixels:
    """Signed numbers (height, width) on grey: orange above 0, blue below, full at ``limit``."""
    under = np.full((*values.shape, 3), GREY, np.uint8)
    return colours.blend(under, colours.paint(values, limit))
