"""How alike two maps of one picture are: seven similarities, each from its own view of a map.

    spearman         correlation of the pixels' ranks, level pixels share theirs, in [-1, 1]
    coarse           the same of the means over 14 × 14 blocks: fine grain does not count, in [-1, 1]
    pearson          correlation of the pixels' values, in [-1, 1]
    ssim             structural similarity of maps divided by their largest magnitude, in [-1, 1]
    top_supporting   intersection over union of the tenth of the pixels that supports most, in [0, 1]
    top_hindering    the same of the tenth that hinders most
    emd              earth mover's distance of what supports, in 7 × 7 blocks, as a share of the diagonal, in [0, 1]; here
                     less is more alike

A map that says nothing to a similarity (constant, empty, or not finite) has no score: NaN.

SSIM: Wang, Bovik, Sheikh and Simoncelli, Image Quality Assessment: From Error Visibility to Structural Similarity (2004),
equation 13 with the Gaussian window of its section III-B.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from whylight.comparison import transport
from whylight.comparison.windows import moments, structural_similarity
from whylight.tensors import flat, mean_ranks
from whylight.types import Flags, Maps, Scores
from whylight.verdict import SHARE, strongest

Views = tuple[Tensor, ...]
"""What a similarity computes of each map by itself, once, however many others it is compared with; the first axis of each
tensor is the picture."""

BLOCKS = 14
"""Blocks along each side: as many as the last grids of common networks have, or twice as many."""
MOVED = 7
"""Blocks along each side between which evidence is moved: the last grid of common networks; the time grows with the fifth
power."""
RANGE = 2.0
"""Of maps that are divided by their largest magnitude: from -1 to 1."""


@dataclass(frozen=True)
class Similarity:
    """``view``: from maps to what is compared of them. ``between``: one score a picture from the views of two methods.
    ``words``: its name for people. ``higher``: whether more is more alike. ``rounds``: how many other pictures each is
    paired with for a chance level."""

    words: str
    view: Callable[[Maps], Views]
    between: Callable[[Views, Views], Scores]
    higher: bool = True
    rounds: int = 4

    @property
    def sign(self) -> int:
        """1 where more is more alike, -1 where less is."""
        return 1 if self.higher else -1


def values(maps: Maps) -> Views:
    """Each map less its mean, at length 1: their products are Pearson's correlations."""
    return (_standardised(flat(maps)),)


def ranks(maps: Maps) -> Views:
    """The same of the ranks: their products are Spearman's correlations. Level pixels get the mean of their ranks."""
    rows = flat(maps)
    finite = rows.isfinite().all(dim=1, keepdim=True)
    return (_standardised(torch.where(finite, mean_ranks(rows), torch.nan)),)


def coarse(maps: Maps) -> Views:
    """The same of the ranks of blocks, so that a map of pixels can be compared with one of regions."""
    rows, columns = maps.shape[-2:]
    return ranks(functional.adaptive_avg_pool2d(maps, (min(BLOCKS, rows), min(BLOCKS, columns))))


def product(first: Views, second: Views) -> Scores:
    """The sum of the products of two rows."""
    return (first[0] * second[0]).sum(dim=1).clamp(-1, 1)


def _standardised(rows: Float[Tensor, "batch pixel"]) -> Float[Tensor, "batch pixel"]:
    centred = rows.double() - rows.double().mean(dim=1, keepdim=True)
    length = torch.where(_says_something(rows), centred.norm(dim=1), torch.nan)
    return (centred / length[:, None]).float()


def _says_something(maps: Float[Tensor, "batch *rest"]) -> Flags:
    """Whether each map is finite and not the same everywhere."""
    rows = flat(maps)
    varies: Flags = (rows != rows[:, :1]).any(dim=1)
    return varies & rows.isfinite().all(dim=1)


def structure(maps: Maps) -> Views:
    """Each map divided by its largest magnitude, its local means and its local variances."""
    largest = torch.where(_says_something(maps), flat(maps).abs().amax(dim=1), torch.nan)
    return moments(maps / largest[:, None, None])


def ssim(first: Views, second: Views) -> Scores:
    """The mean of the structural similarity over all windows that lie inside the maps."""
    return structural_similarity((first[0], first[1], first[2]), (second[0], second[1], second[2]), RANGE)


def supporting(maps: Maps) -> Views:
    """True on the tenth of each map's pixels that supports most; less where less supports."""
    return flat(strongest(maps, SHARE)).bool(), _says_something(maps)


def hindering(maps: Maps) -> Views:
    """True on the tenth of each map's pixels that hinders most; less where less hinders."""
    return supporting(-maps)


def intersection_over_union(first: Views, second: Views) -> Scores:
    """The share of the pixels marked by both among those marked by either; NaN where neither marks any."""
    both, either = (first[0] & second[0]).sum(dim=1), (first[0] | second[0]).sum(dim=1)
    known = first[1] & second[1] & (either > 0)
    return torch.where(known, both / either.clamp_min(1), torch.nan)


def mass(maps: Maps) -> Views:
    """What supports in each block, as a share of all that supports; and the sides of the maps, which decide what a step
    along them is worth."""
    rows, columns = maps.shape[-2:]
    positive = functional.adaptive_avg_pool2d(maps.double().clamp_min(0), (min(MOVED, rows), min(MOVED, columns)))
    whole = flat(positive).sum(dim=1)
    whole = torch.where(_says_something(maps) & (whole > 0), whole, torch.nan)
    return positive / whole[:, None, None], torch.tensor([float(rows), float(columns)]).expand(len(maps), 2)


def earth_moved(first: Views, second: Views) -> Scores:
    """The earth mover's distance between what supports in both, as a share of the diagonal."""
    if not len(first[0]):
        return torch.zeros(0)
    height, width = first[1][0].tolist()
    return transport.distances(first[0], second[0], (height, width))


SIMILARITIES = {
    "spearman": Similarity("rank correlation (Spearman)", ranks, product),
    "coarse": Similarity("rank correlation of 14 × 14 blocks", coarse, product),
    "pearson": Similarity("correlation (Pearson)", values, product),
    "ssim": Similarity("structural similarity (SSIM)", structure, ssim),
    "top_supporting": Similarity("overlap of the top tenth that supports", supporting, intersection_over_union),
    "top_hindering": Similarity("overlap of the top tenth that hinders", hindering, intersection_over_union),
    "emd": Similarity("earth mover's distance of what supports", mass, earth_moved, higher=False, rounds=1),
}
"""Every similarity by its name in results; the first is shown unless another is asked for."""
