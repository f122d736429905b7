"""Pictures before and after an enhancer in rows: what was seen, what was added, and what speaks for the label."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from whylight.frame import Frame
from whylight.plots import colours, panels
from whylight.plots.numbers import percent
from whylight.plots.overlay import input_picture
from whylight.plots.tiles import Row, Tile, tiles_figure

WHEN = ("before", "after")

Numbers = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Attention:
    """The evidence of both classifiers for ``label``, each at the size of what it sees, and the probability that each gives
    it."""

    label: str
    maps: tuple[Numbers, Numbers]
    chances: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Look:
    """One picture. ``before`` and ``after``: what each classifier sees, (channel, height, width) in [0, 1]. ``added``: what
    an enhancer added, of the form of ``after``; None where there is none. ``said``: what each answers, in words."""

    heading: str
    before: Tensor
    after: Tensor
    added: Tensor | None
    said: tuple[str, str]
    note: str = ""
    attention: Attention | None = None


def looks_figure(looks: Sequence[Look], *, title: str, note: str) -> Figure:
    """One row a picture."""
    return tiles_figure([Row(look.heading, _tiles(look)) for look in looks], title=title, note=note)


def _tiles(look: Look) -> tuple[Tile, ...]:
    shown = [input_picture(images[None], 0) for images in (look.before, look.after)]
    return *_pictures(look, shown), *_evidence(look.attention, shown)


def _pictures(look: Look, shown: Sequence[Image.Image]) -> tuple[Tile, ...]:
    """Both with what was added, or one that stands for both."""
    before, after = (np.array(picture) for picture in shown)
    if look.added is None:
        said = (f"{when}: {words}" for when, words in zip(WHEN, look.said, strict=True))
        return (Tile(after, (*said, look.note), quiet=True),)
    first = Tile(before, (WHEN[0], look.said[0], look.note))
    return first, Tile(after, (WHEN[1], look.said[1])), amplified(look.added)


def _evidence(attention: Attention | None, shown: Sequence[Image.Image]) -> tuple[Tile, ...]:
    if attention is None:
        return ()
    told = zip(WHEN, shown, attention.maps, attention.chances, strict=True)
    return tuple(
        Tile(_over(picture, one_map), (f"for {attention.label}, {when}", f"which has {percent(chance)}"))
        for when, picture, one_map, chance in told
    )


def amplified(added: Tensor) -> Tile:
    """What was added around grey, so strong that the largest change (its 99.5th percentile) is full."""
    difference = added.permute(1, 2, 0).float().cpu().numpy()
    factor = max(1.0, 0.5 / (colours.limit_of(difference) or 0.5))
    pixels = np.rint(255 * np.clip(0.5 + factor * difference, 0, 1)).astype(np.uint8)
    pixels = pixels.repeat(3, axis=2) if pixels.shape[2] == 1 else pixels
    return Tile(pixels, ("what was added", f"{factor:.3g} times as strong"))


def _over(picture: Image.Image, evidence: Numbers) -> colours.Pixels:
    size = (picture.height, picture.width)
    whole = Frame(size, (0.0, 0.0, float(picture.width), float(picture.height)))
    return panels.evidence_panel(picture, evidence, colours.limit_of(evidence), whole)
