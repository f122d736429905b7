"""Splitting labelled pictures into those to train with and those to validate with, so that neither knows the other.

Each label gives the same share. Pictures of equal content go to one side together: a network that has seen a picture under
another name would be validated on what it remembers.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from whylight.errors import DataError
from whylight.tensors import generator
from whylight.types import Targets

SHOWN = 3


def split(
    labels: Targets, keys: Sequence[str], share: float, seed: int
) -> tuple[Int[Tensor, " training"], Int[Tensor, " validation"]]:
    """(training, validation) as rising indices; ``share`` of each label is for validation, at least one picture and not all.

    The draw depends on the pictures' content and the seed, not on their order or their names.

    Raises DataError when a label has too few different pictures for both sides.
    """
    if not 0 < share < 1:
        raise DataError(f"expected a share for validation between 0 and 1; got {share}")
    validation: list[int] = []
    for label, contents in _by_label(labels.tolist(), keys).items():
        wanted = max(1, round(share * sum(map(len, contents.values()))))
        if len(contents) < 2:
            raise DataError(
                f"label number {label} has {len(contents)} picture of its own, and at least 2 different ones are needed: "
                "one to train with and one to validate with; add pictures or take the label out"
            )
        validation += _drawn(contents, wanted, generator(seed, label))
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    chosen[validation] = True
    return (~chosen).nonzero().flatten(), chosen.nonzero().flatten()


def _by_label(labels: Sequence[int], keys: Sequence[str]) -> dict[int, dict[str, list[int]]]:
    """For each label its contents and the places that hold them; one content stays whole, with its smallest label."""
    places: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    found: dict[int, dict[str, list[int]]] = {}
    for key in sorted(places):
        found.setdefault(min(labels[place] for place in places[key]), {})[key] = places[key]
    return dict(sorted(found.items()))


def _drawn(contents: dict[str, list[int]], wanted: int, random: torch.Generator) -> list[int]:
    """Whole contents in a random order until there are as many places as wanted; one content is always left."""
    keys = list(contents)
    taken: list[int] = []
    for number in torch.randperm(len(keys), generator=random).tolist()[:-1]:
        if len(taken) >= wanted:
            break
        taken += contents[keys[number]]
    return taken


def refuse_shared(training: Sequence[str], test: Sequence[str], names: Sequence[str]) -> None:
    """Raises DataError when a picture to train with has the content of a test picture. ``names``: of ``training``."""
    known = set(test)
    shared = [name for key, name in zip(training, names) if key in known]
    if shared:
        more = f" and {len(shared) - SHOWN} more" if len(shared) > SHOWN else ""
        raise DataError(
            f"{len(shared)} of {len(names)} pictures to train with are test pictures too "
            f"({', '.join(shared[:SHOWN])}{more}), so that the test would score what is "
            "remembered; take them out of one of the two"
        )
