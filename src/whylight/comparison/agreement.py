"""Agreement: how far the maps of several methods say the same of the same pictures, and how far they would by chance.

Two maps can be alike because both say what the classifier looks at, or because both look at the middle of any picture.
The chance level tells them apart: the same similarity between the map of one method on one picture and the map of the
other method on another picture, averaged over many such pairs; or on another picture of the same class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import torch

from whylight import registry
from whylight.comparison.matrix import Classes, Matrix, scored, summed_up
from whylight.comparison.similarities import SIMILARITIES
from whylight.errors import MethodError, PictureError, TargetError
from whylight.explanation import Explanation
from whylight.types import Maps, Scores

DEFAULT = next(iter(SIMILARITIES))
"""The similarity that is shown unless another is asked for."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """``names``: of the methods. ``matrices``: by the names in ``whylight.comparison.similarities.SIMILARITIES``.
    ``seed``: of the intervals."""

    names: tuple[str, ...]
    matrices: dict[str, Matrix]
    seed: int = 0

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The places of every two methods, each pair once."""
        return list(combinations(range(len(self.names)), 2))

    def of_pictures(self, similarity: str = DEFAULT, pairs: Sequence[tuple[int, int]] | None = None) -> Scores:
        """The mean over some pairs of methods, or over all, for each picture; NaN where no pair has a score."""
        scores = self.matrices[similarity].scores
        return torch.stack([scores[pair] for pair in (self.pairs if pairs is None else pairs)]).nanmean(dim=0)

    def ordered(self, similarity: str = DEFAULT, pairs: Sequence[tuple[int, int]] | None = None) -> list[int]:
        """The places of the pictures that have a score, those on which the methods agree most first."""
        found, sign = self.of_pictures(similarity, pairs), SIMILARITIES[similarity].sign
        known = [place for place in range(len(found)) if not bool(found[place].isnan())]
        return sorted(known, key=lambda place: -sign * float(found[place]))

    def pairs_ordered(self, similarity: str = DEFAULT) -> list[tuple[int, int]]:
        """The pairs of methods that have a score, those that agree most first."""
        mean, sign = self.matrices[similarity].mean, SIMILARITIES[similarity].sign
        known = [pair for pair in self.pairs if not bool(mean[pair].isnan())]
        return sorted(known, key=lambda pair: -sign * float(mean[pair]))

    def among(self, places: Sequence[int]) -> "Agreement":
        """The agreement on some of the pictures, at least one; what is chance stays what it is among all of them."""
        matrices = {
            name: summed_up(matrix.of.among(places), SIMILARITIES[name], self.seed)
            for name, matrix in self.matrices.items()
        }
        return replace(self, matrices=matrices)


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
    maps = {name: each.maps.detach() for name, each in named.items()}
    return agreement(maps, classes=first.targets.cpu(), seed=seed)


def agreement(
    maps: Mapping[str, Maps],
    *,
    classes: Classes | None = None,
    similarities: Sequence[str] = tuple(SIMILARITIES),
    seed: int = 0,
) -> Agreement:
    """The agreement of maps of the same pictures, all of one size; each picture has the same place everywhere.
    ``classes``: of each picture, for the chance level within a class; -1 where it is not known. ``similarities``: those
    that are wanted, by their names."""
    stacks = [each.float() for each in maps.values()]
    known = torch.full((len(stacks[0]),), -1) if classes is None else classes
    matrices = {
        name: summed_up(scored(SIMILARITIES[name], stacks, known), SIMILARITIES[name], seed) for name in similarities
    }
    return Agreement(tuple(maps), matrices, seed)


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
