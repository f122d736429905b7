"""SVMs that see a part of each picture: how good they are when a map keeps more and more of it, beside three controls.

    map          the pixels that the map marks most, the rest black
    shape        the mask alone, as a picture of 0 and 1: what its shape gives away of the decision that drew it
    shuffled     the picture under the mask of another picture
    random       the picture under a random mask of the same area, as smooth as a map

A map of a network is that of the label that the network predicts, never of the true one. Still its mask can carry the
network's decision into the SVM: ``shape`` says how much of the accuracy that alone would give, and ``shuffled`` and
``random`` what the pixels give without it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from whylight.nets.pixel_svm import top_share
from whylight.tensors import generator, resize_maps
from whylight.training.document import plain_score
from whylight.training.scoring import Scored
from whylight.training.svm_fit import Fitted, Part, Recipe, Rows, fit, score

Shown = Literal["map", "shape", "shuffled", "random"]
CONTROLS: tuple[Shown, ...] = ("shape", "shuffled", "random")
GRID = 7
"""Cells a side of a random mask before it is enlarged, as of a network's map."""
AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class Seen:
    """Pictures as rows of pixels, their labels, and a map of each. ``shape``: (channel, height, width)."""

    pixels: Rows
    maps: Rows
    labels: Tensor
    shape: tuple[int, int, int]

    def part(self, shown: Shown, keep: float, seed: int) -> Part:
        """What an SVM is given. ``seed``: of the pictures' order and of random masks."""
        count, order = len(self.labels), torch.arange(len(self.labels))
        if shown == "shuffled":
            order = torch.randperm(count, generator=generator(seed, count))
        source = torch.from_numpy(self.maps)
        rows = np.empty_like(self.pixels)
        for start in range(0, count, AT_ONCE):
            chosen = slice(start, min(count, start + AT_ONCE))
            maps = self._random(chosen, seed) if shown == "random" else source[order[chosen]]
            mask = top_share(maps.reshape(-1, *self.shape[1:]), keep).expand(-1, self.shape[0], -1, -1).flatten(1)
            rows[chosen] = mask.numpy() * (1 if shown == "shape" else self.pixels[chosen])
        return Part(rows, self.labels)

    def _random(self, chosen: slice, seed: int) -> Tensor:
        count = chosen.stop - chosen.start
        coarse = torch.randn(count, GRID, GRID, generator=generator(seed, chosen.start, len(self.labels)))
        return resize_maps(coarse, (self.shape[1], self.shape[2]))


@dataclass(frozen=True, eq=False)
class Size:
    """What came of one mask size: the SVM, and its score; ``controls``: the scores of the SVMs of the controls."""

    keep: float
    fitted: Fitted
    scored: Scored | None
    controls: dict[str, Scored | None]


@dataclass(frozen=True, eq=False)
class Study:
    """``training``: what SVMs are fitted to. ``validation``: what C is chosen with. ``test``: what they are scored on; the
    validation pictures without one. ``seed``: of the controls."""

    training: Seen
    validation: Seen | None
    test: Seen | None
    recipe: Recipe
    seed: int = 0

    def size(self, keep: float, *, controls: bool, tell: Callable[[str], None] = lambda _: None) -> Size:
        """The SVM that sees a share of the pixels. A control is fitted with the C that was best for the map."""
        tell(f"keeping {100 * keep:g} % of the pixels")
        fitted, scored = self._fit("map", keep, self.recipe, tell)
        found: dict[str, Scored | None] = {}
        for shown in CONTROLS if controls and keep < 1 else ():
            tell(f"keeping {100 * keep:g} %, control: {shown}")
            found[shown] = self._fit(shown, keep, replace(self.recipe, costs=(fitted.cost,)), tell)[1]
        return Size(keep, fitted, scored, found)

    def _fit(
        self, shown: Shown, keep: float, recipe: Recipe, tell: Callable[[str], None]
    ) -> tuple[Fitted, Scored | None]:
        checked = None if self.validation is None else self.validation.part(shown, keep, self.seed + 1)
        fitted = fit(self.training.part(shown, keep, self.seed), checked, recipe, tell)
        if self.test is None:
            return fitted, fitted.validation
        return fitted, score(fitted.estimator, self.test.part(shown, keep, self.seed + 2))


def plain_size(size: Size, labels: tuple[str, ...]) -> dict[str, Any]:
    """A mask size as plain data; ``validation``: how good the map's SVM is on the pictures that it can be chosen with."""
    scored, checked = {"map": size.scored, **size.controls}, size.fitted.validation
    return {
        "keep": size.keep,
        "c": size.fitted.cost,
        "validation": None if checked is None else plain_score(checked, labels),
        "scores": {name: None if each is None else plain_score(each, labels) for name, each in scored.items()},
    }
