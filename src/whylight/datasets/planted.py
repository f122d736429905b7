"""Planted: small made pictures of which it is known, pixel by pixel, what speaks for the label and what against it.

A picture has a background of pale random colours, one bar that speaks for its label and one that speaks against it; with
``hard``, bars of other colours without effect too. The classifier ``planted`` (``--model planted``) sees the bars and is
exactly blind to the background. Its probability of the label is between 0.45 and 0.85: below that without the supporting
bar, above without the hindering one.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from whylight.dataset import Dataset, Region, Sample
from whylight.datasets._files import at
from whylight.nets.planted import (
    HUES,
    PURE,
    Mark,
    bar_sides,
    check_form,
    hindering_mark,
    mark_names,
    supporting_mark,
)
from whylight.tensors import generator, resize_maps

MOST_HARD_CLASSES = 4
"""With more, no colour is left for bars without effect."""

DARKEST, BRIGHTEST, PALE = 0.1, 0.8, 0.07
"""The background's grey, and how far each colour may leave it: what the classifier cannot see."""

STRENGTHS = {"supporting": (0.9, 1.0), "hindering": (0.8, 1.0)}
"""The share of the pure hue in a bar; the rest is mid grey."""

GAP = 2


@dataclass(frozen=True)
class Planted(Dataset):
    """``count``: pictures. ``classes``: labels, 2 to 6. ``size``: the side, a multiple of 16. ``hard``: bars without effect
    too, for up to 4 classes. ``seed``: other pictures; the first pictures do not depend on ``count``."""

    count: int = 100
    classes: int = 4
    size: int = 64
    hard: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        check_form(self.classes, self.size)
        if self.count < 1:
            raise ValueError(f"expected a count above 0; got {self.count}")
        if self.hard and self.classes > MOST_HARD_CLASSES:
            raise ValueError(f"hard needs at most {MOST_HARD_CLASSES} classes; got {self.classes}")

    @property
    def labels(self) -> tuple[str, ...]:
        """Each label is called after the bar that speaks for it."""
        return mark_names(self.classes)

    @property
    def has_truth(self) -> bool:
        """Always: the bars."""
        return True

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int) -> Sample:
        """The picture at a place, the same whenever it is asked for; labels take turns."""
        place = at(place, self.count)
        label = place % self.classes
        random = generator(self.seed, place)
        pixels = background(self.size, random)
        supporting, hindering = supporting_mark(label), hindering_mark(label)
        marks = [supporting, hindering, *(_idle_marks(label, self.classes) if self.hard else ())]
        regions = dict(zip(marks, _places(marks, self.size, random)))
        for mark, region in regions.items():
            role = "supporting" if mark == supporting else "hindering"
            pixels[:, torch.from_numpy(region)] = _colour(mark, *STRENGTHS[role], random)
        eight_bit = (pixels * 255).round().byte().permute(1, 2, 0).numpy()
        key = hashlib.sha256(eight_bit.tobytes()).hexdigest()
        name = f"{self.seed}-{place:05d}"
        return Sample(name, Image.fromarray(eight_bit), label, key, regions[supporting], regions[hindering])


def background(size: int, random: torch.Generator) -> Tensor:
    """(3, size, size) in [0, 1]: a smooth random grey with grain, and pale colours that leave it by 0.07 at most."""

    def noise(*shape: int) -> Tensor:  # in double precision, so that rounding to 8 bits is the same on every machine
        return torch.rand(*shape, generator=random, dtype=torch.float64)

    smooth = resize_maps(noise(1, 5, 5), (size, size))
    grain = 0.15 * (noise(1, size, size) - 0.5)
    grey = (smooth + grain).clamp(0, 1) * (BRIGHTEST - DARKEST) + DARKEST
    return grey + resize_maps(2 * noise(3, 4, 4) - 1, (size, size)) * PALE


def _idle_marks(label: int, classes: int) -> list[Mark]:
    """Bars that no label knows, of colours that the picture's own bars do not have, one a colour."""
    known = {mark(other) for other in range(classes) for mark in (supporting_mark, hindering_mark)}
    taken = {supporting_mark(label).hue, hindering_mark(label).hue}
    idle = [Mark(hue, way) for hue in range(len(HUES)) for way in (0, 1) if hue not in taken]
    return list({mark.hue: mark for mark in idle if mark not in known}.values())[:2]


def _places(marks: list[Mark], size: int, random: torch.Generator) -> list[Region]:
    """Random places that keep ``GAP`` pixels between the bars, and a bar's width from the border."""
    length, width = bar_sides(size)
    regions: list[Region] = []
    taken = np.zeros((size, size), bool)
    while len(regions) < len(marks):
        height, across = (width, length) if marks[len(regions)].orientation == 0 else (length, width)
        top, left = (
            int(torch.randint(width, size - side - width + 1, (), generator=random)) for side in (height, across)
        )
        if taken[max(0, top - GAP) : top + height + GAP, max(0, left - GAP) : left + across + GAP].any():
            continue
        region = np.zeros((size, size), bool)
        region[top : top + height, left : left + across] = True
        taken |= region
        regions.append(region)
    return regions


def _colour(mark: Mark, least: float, most: float, random: torch.Generator) -> Tensor:
    """(3, 1): the bar's hue, mixed with mid grey by a random strength."""
    strength = least + (most - least) * torch.rand((), generator=random, dtype=torch.float64)
    return (strength * torch.tensor(PURE[mark.hue]) + (1 - strength) * 0.5)[:, None]
