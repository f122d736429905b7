"""Every two stacks of maps by one similarity: each picture's score, and what it would be by chance, in three ways.

chance         the map of one on a picture beside the map of the other on any other picture
class chance   the same on another picture of the same class
centred        each map beside a bump in the picture's middle, where photographers put things
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight.comparison.chance import Partners, classmates, others
from whylight.comparison.resampling import intervals, means
from whylight.comparison.similarities import Similarity, Views
from whylight.controls.centred_gaussian import bump
from whylight.types import Maps, Scores

FEW = 6
"""With fewer pictures than these nothing is called more than chance: all of them can lie above it by chance once in 2⁵."""

Square = Float[Tensor, "method method"]
Cube = Float[Tensor, "method method picture"]
Classes = Int[Tensor, " picture"]
"""The class of each picture; -1 where it is not known."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Each picture's scores: of the same picture, the mean beside other pictures and beside others of its class, and
    ``centred``, (method, picture), beside the bump. NaN where a map says nothing."""

    scores: Cube
    by_chance: Cube
    by_class: Cube
    centred: Float[Tensor, "method picture"]

    def among(self, places: Sequence[int]) -> "Scored":
        """The same of some pictures."""
        chosen = torch.tensor(places, dtype=torch.long)
        parts = (self.scores, self.by_chance, self.by_class, self.centred)
        return Scored(*(part.index_select(-1, chosen) for part in parts))

    def between(self, pair: tuple[int, int]) -> "Scored":
        """The same of two methods."""
        rows = torch.tensor(pair)
        scores, by_chance, by_class = (part[rows][:, rows] for part in (self.scores, self.by_chance, self.by_class))
        return Scored(scores, by_chance, by_class, self.centred[rows])


@dataclass(frozen=True, eq=False)
class Matrix:
    """Every pair of methods by one similarity.

    ``of``: each picture's scores. ``mean`` over the ``n`` pictures that have one, with its 95 % interval from ``low`` to
    ``high``. ``chance``: the mean over pairs of different pictures; NaN for one picture. On the diagonal it says how far
    the maps of a method are alike whatever the picture. ``class_chance``: the same over pairs of one class. ``centred``,
    from ``centred_low`` to ``centred_high``: each method beside a bump in the middle. ``beyond_chance``,
    ``beyond_class``: whether the maps of the same pictures are more alike: the 95 % interval of the difference, picture
    by picture, lies on that side of 0.
    """

    of: Scored
    mean: Square
    low: Square
    high: Square
    chance: Square
    class_chance: Square
    beyond_chance: Bool[Tensor, "method method"]
    beyond_class: Bool[Tensor, "method method"]
    n: Int[Tensor, "method method"]
    n_class: Int[Tensor, "method method"]
    centred: Float[Tensor, " method"]
    centred_low: Float[Tensor, " method"]
    centred_high: Float[Tensor, " method"]

    @property
    def scores(self) -> Cube:
        """Each picture's, NaN where a map says nothing."""
        return self.of.scores


def scored(similarity: Similarity, stacks: Sequence[Maps], classes: Classes) -> Scored:
    """Each picture's scores by one similarity."""
    views = [similarity.view(maps) for maps in stacks]
    count, pictures = len(stacks), len(stacks[0])
    beside = others(pictures, similarity.rounds), classmates(classes, similarity.rounds)
    scores = _square(count, lambda first, second: similarity.between(views[first], views[second]))
    by_chance, by_class = (_square(count, partial(_by_partners, similarity, views, each)) for each in beside)
    height, width = stacks[0].shape[-2:]
    middle = similarity.view(bump(height, width).to(stacks[0])[None])
    middles = tuple(view.expand(pictures, *view.shape[1:]) for view in middle)
    centred = torch.stack([similarity.between(view, middles).cpu() for view in views])
    return Scored(scores, by_chance, by_class, centred)


def summed_up(of: Scored, similarity: Similarity, seed: int) -> Matrix:
    """The means over the pictures, with what they are worth."""
    count = len(of.scores)
    rows, by_chance, by_class = (part.flatten(0, 1) for part in (of.scores, of.by_chance, of.by_class))
    n, n_class = ((~part.isnan()).sum(dim=1).reshape(count, count) for part in (rows, rows + by_class))
    ahead, ahead_class = (
        intervals(similarity.sign * (rows - part), seed)[0].reshape(count, count) > 0 for part in (by_chance, by_class)
    )
    squares = (means(rows), *intervals(rows, seed), means(by_chance), means(by_class))
    mean, low, high, chance, class_chance = (each.reshape(count, count) for each in squares)
    return Matrix(
        of,
        mean,
        low,
        high,
        chance,
        class_chance,
        ahead & (n >= FEW),
        ahead_class & (n_class >= FEW),
        n,
        n_class,
        means(of.centred),
        *intervals(of.centred, seed),
    )


def _square(methods: int, make: Callable[[int, int], Scores]) -> Cube:
    """``make`` for every two methods and for each with itself, on both sides of the diagonal."""
    found = {pair: make(*pair).cpu() for pair in combinations_with_replacement(range(methods), 2)}
    rows = [[found[min(row, column), max(row, column)] for column in range(methods)] for row in range(methods)]
    return torch.stack([torch.stack(row) for row in rows])


def _by_partners(similarity: Similarity, views: Sequence[Views], partners: Partners, first: int, second: int) -> Scores:
    """Each picture's mean similarity to the other method's maps of its partners; NaN where it has none."""
    found = torch.full(partners.shape, torch.nan)
    for at, row in enumerate(partners):
        known = (row >= 0).nonzero()[:, 0]
        if len(known):
            mine, theirs = _taken(views[first], known), _taken(views[second], row[known])
            found[at, known] = similarity.between(mine, theirs).cpu()
    return found.nanmean(dim=0)


def _taken(views: Views, places: Tensor) -> Views:
    return tuple(view[places.to(view.device)] for view in views)
