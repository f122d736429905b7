"""Pictures in rows, each beside its evidence by several models, with what each model says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from whylight.frame import Frame
from whylight.plots import colours, panels
from whylight.plots.tiles import Row, Tile, tiles_figure

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
    return tiles_figure([Row(strip.heading, _tiles(strip)) for strip in strips], title=title, note=note)


def _tiles(strip: Strip) -> tuple[Tile, ...]:
    picture = Tile(np.array(strip.picture.convert("RGB")), (strip.note,), quiet=True)
    return picture, *(_evidence(strip, panel) for panel in strip.panels[:MOST_ACROSS])


def _evidence(strip: Strip, panel: Panel) -> Tile:
    limit = colours.limit_of(panel.evidence)
    return Tile(panels.evidence_panel(strip.picture, panel.evidence, limit, panel.frame), panel.lines)
