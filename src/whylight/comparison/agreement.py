"""Agreement: how far the maps of several methods say the same of the same pictures, and how far they would by chance.

Two maps can be alike because both say what the classifier looks at, or because both look at the middle of any picture.
The chance level tells them apart: the same similarity between the map of one method on one picture and the map of the
other method on another picture, averaged over many such pairs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight import registry
from whylight.comparison.resampling import intervals, means
from whylight.comparison.similarities import SIMILARITIES, Similarity, Views
from whylight.errors import MethodError, PictureError, TargetError
from whylight.explanation import Explanation
from whylight.types import Maps, Scores

DEFAULT = next(iter(SIMILARITIES))
SHUFFLES = 4
"""How many other pictures each picture is paired with for the chance level."""
FEW = 6
"""With fewer pictures than these nothing is called more than chance: all of them can lie above it by chance once in 2⁵."""

Square = Float[Tensor, "method method"]


@dataclass(frozen=True, eq=False)
class Matrix:
    """Every pair of methods by one similarity.

    ``scores``: each picture's, NaN where a map says nothing. ``mean`` over the ``n`` pictures that have one, with its
    95 % interval from ``low`` to ``high``. ``chance``: the mean over pairs of different pictures; NaN for one picture. On
    the diagonal it says how far the maps of a method are alike whatever the picture. ``beyond_chance``: whether the maps
    of the same pictures are more alike: the 95 % interval of the difference, picture by picture, lies above 0.
    """

    scores: Float[Tensor, "method method picture"]
    mean: Square
    low: Square
    high: Square
    chance: Square
    beyond_chance: Bool[Tensor, "method method"]
    n: Int[Tensor, "method method"]


@dataclass(frozen=True, eq=False)
class Agreement:
    """``names``: of the methods. ``matrices``: by the names in ``whylight.comparison.similarities.SIMILARITIES``."""

    names: tuple[str, ...]
    matrices: dict[str, Matrix]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The places of every two methods, each pair once."""
        return list(combinations(range(len(self.names)), 2))

    def of_pictures(self, similarity: str = DEFAULT) -> Scores:
        """The mean over all pairs of methods for each picture; NaN where no pair has a score."""
        scores = self.matrices[similarity].scores
        return torch.stack([scores[pair] for pair in self.pairs]).nanmean(dim=0)

    def ordered(self, similarity: str = DEFAULT) -> list[int]:
        """The places of the pictures that have a score, those on which the methods agree most first."""
        found = self.of_pictures(similarity)
        known = [place for place in range(len(found)) if not bool(found[place].isnan())]
        return sorted(known, key=lambda place: -float(found[place]))

    def pairs_ordered(self, similarity: str = DEFAULT) -> list[tuple[int, int]]:
        """The pairs of methods that have a score, those that agree most first."""
        mean = self.matrices[similarity].mean
        return sorted(
            (pair for pair in self.pairs if not bool(mean[pair].isnan())), key=lambda pair: -float(mean[pair])
        )


def compare(explanations: Sequence[Explanation] | Mapping[str, Explanation], *, seed: int = 0) -> Agreement:
    """How far explanations of the same pictures and targets agree, pixel by pixel.

    ``explanations``: at least two, with the names that they get in the result, or named by their methods. ``seed``: of the
    intervals.

    Raises MethodError for fewer than two, PictureError for other pictures or maps of other sizes, TargetError for other
    targets.
    """
    named = explanations if isinstance(explanations, Mapping) else _named(explanations)
    if len(named) < 2:
        raise MethodError(f"expected at least two explanations to compare; got {len(named)}")
    (first_name, first), *others = named.items()
    for name, other in others:
        _check_same(first_name, first, name, other)
    return agreement({name: each.maps.detach() for name, each in named.items()}, seed=seed)


def agreement(maps: Mapping[str, Maps], *, seed: int = 0) -> Agreement:
    """The agreement of maps of the same pictures, all of one size; each picture has the same place everywhere."""
    stacks = [each.float() for each in maps.values()]
    matrices = {name: _matrix(similarity, stacks, seed) for name, similarity in SIMILARITIES.items()}
    return Agreement(tuple(maps), matrices)


def _matrix(similarity: Similarity, stacks: Sequence[Maps], seed: int) -> Matrix:
    views = [similarity.view(maps) for maps in stacks]
    methods, pictures = len(stacks), len(stacks[0])
    scores = _square(methods, lambda first, second: similarity.between(views[first], views[second]).cpu())
    chances = _square(methods, lambda first, second: _chances(similarity, views[first], views[second]).cpu())
    rows, by_chance = scores.reshape(methods**2, pictures), chances.reshape(methods**2, pictures)
    n = (~scores.isnan()).sum(dim=2)
    ahead, _ = intervals(rows - by_chance, seed)
    mean, low, high, chance, ahead = (
        each.reshape(methods, methods) for each in (means(rows), *intervals(rows, seed), means(by_chance), ahead)
    )
    return Matrix(scores, mean, low, high, chance, (ahead > 0) & (n >= FEW), n)


def _square(methods: int, make: Callable[[int, int], Tensor]) -> Tensor:
    """``make`` for every two methods and for each with itself, on both sides of the diagonal."""
    found = {pair: make(*pair) for pair in combinations_with_replacement(range(methods), 2)}
    rows = [[found[min(row, column), max(row, column)] for column in range(methods)] for row in range(methods)]
    return torch.stack([torch.stack(row) for row in rows])


def _chances(similarity: Similarity, first: Views, second: Views) -> Scores:
    """Each picture's mean similarity to the other method's maps of pictures some places further on."""
    pictures = len(first[0])
    if pictures < 2:
        return torch.full((pictures,), torch.nan)
    steps = torch.linspace(1, pictures - 1, min(SHUFFLES, pictures - 1)).round().int().unique().tolist()
    shuffled = [tuple(view.roll(step, dims=0) for view in second) for step in steps]
    return torch.stack([similarity.between(first, other) for other in shuffled]).nanmean(dim=0)


def _named(explanations: Sequence[Explanation]) -> dict[str, Explanation]:
    """Each by its method's name, numbered where several share one."""
    names = [registry.name_of(each.method) for each in explanations]
    numbered = [
        f"{name} {names[: place + 1].count(name)}" if names.count(name) > 1 else name
        for place, name in enumerate(names)
    ]
    return dict(zip(numbered, explanations, strict=True))


def _check_same(name: str, first: Explanation, other_name: str, other: Explanation) -> None:
    said = f"{name} and {other_name}"
    if len(first) != len(other):
        raise PictureError(
            f"expected explanations of the same pictures; {said} explain {len(first)} and {len(other)}; explain one batch "
            "with both"
        )
    sizes = tuple(first.maps.shape[1:]), tuple(other.maps.shape[1:])
    if sizes[0] != sizes[1]:
        raise PictureError(
            f"expected maps of one size; those of {said} have {sizes[0]} and {sizes[1]} pixels; `whylight compare` lays "
            "maps of several classifiers over the picture"
        )
    if first.images.shape != other.images.shape or not torch.allclose(first.images, other.images.to(first.images)):
        raise PictureError(
            f"expected explanations of the same pictures; those of {said} differ; explain one batch with both"
        )
    if first.targets.tolist() != other.targets.tolist():
        raise TargetError(
            f"expected explanations of the same targets; {said} explain other labels; give both the same targets"
        )
