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
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from whylight.nets.pixel_svm import top_share
from whylight.tensors import generator, resize_maps
from whylight.training.scoring import Scored
from whylight.training.svm_fit import Fitted, Part, Recipe, Rows, fit, score

Shown = Literal["map", "shape", "shuffled", "random"]
SHOWN: tuple[str, ...] = get_args(Shown)
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


def study(
    training: Seen,
    validation: Seen | None,
    test: Seen | None,
    recipe: Recipe,
    keeps: tuple[float, ...],
    *,
    controls: bool,
    seed: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Size]:
    """An SVM for each share of pixels that is kept, in rising order, scored on the test pictures, else on those for
    validation. A control is fitted with the C that was best for the map, and scored as the map is."""
    found = []
    for keep in sorted(keeps):
        tell(f"keeping {100 * keep:.0f} % of the pixels")
        fitted, scored = _fit("map", training, validation, test, recipe, keep, seed, tell)
        once = Recipe(recipe.kernel, recipe.normalise, (fitted.cost,), recipe.gamma, recipe.degree, recipe.seed)
        others: dict[str, Scored | None] = {}
        for shown in (other for other in SHOWN if controls and other != "map" and keep < 1):
            tell(f"keeping {100 * keep:.0f} %, control: {shown}")
            others[shown] = _fit(shown, training, validation, test, once, keep, seed, tell)[1]  # type: ignore[arg-type]
        found.append(Size(keep, fitted, scored, others))
    return found


def _fit(
    shown: Shown,
    training: Seen,
    validation: Seen | None,
    test: Seen | None,
    recipe: Recipe,
    keep: float,
    seed: int,
    tell: Callable[[str], None],
) -> tuple[Fitted, Scored | None]:
    checked = None if validation is None else validation.part(shown, keep, seed + 1)
    fitted = fit(training.part(shown, keep, seed), checked, recipe, tell)
    if test is None:
        return fitted, fitted.validation
    return fitted, score(fitted.estimator, test.part(shown, keep, seed + 2))


def plain_size(size: Size, labels: tuple[str, ...], plain_score: Callable[[Scored, tuple[str, ...]], Any]) -> Any:
    """A mask size as plain data."""
    return {
        "keep": size.keep,
        "c": size.fitted.cost,
        "score": None if size.scored is None else plain_score(size.scored, labels),
        "controls": {name: None if each is None else plain_score(each, labels) for name, each in size.controls.items()},
    }
