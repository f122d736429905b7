"""A linear control variate for RISE: what a linear function of the mask foretells of the answer, learned from the masks so
far, and its exact part of the map.

    g(m) = Σ_i b_i x_i,   x_i = mean of m over patch i,   b = ridge regression of the answers so far on x
    Cov( g(m), m(u) ) = p (1 - p) Σ_i b_i  E_s[ Σ_c R_s(u, c) R_s(i, c) ]

R_s: the enlargement of the cells c at shift s, for a pixel u and for a patch i. Shifts down and to the right are
independent, so that the covariance is a product of one matrix a side. The function for one block is learned from earlier
blocks only, which leaves the expectation of every block's map untouched.

Owen, Monte Carlo theory, methods and examples, 2013, section 8.9.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight.methods.perturbation._soft_masks import SoftMasks
from whylight.types import Images, Maps

PATCHES_A_CELL, MOST_PATCHES = 2, 16
"""Patches along each side: two a cell follow the shifts, more only cost; 256 unknowns at most are solved for."""
RIDGE = 40.0
"""In units of a cell's variance. From 12 to 160 the noise is the same within a twentieth."""


@dataclass(frozen=True, eq=False)
class Linear:
    """One linear function of the mask for each picture; its ``slopes`` are those of the patches."""

    slopes: Float[Tensor, "batch side side"]

    def __call__(self, masks: SoftMasks) -> Float[Tensor, "batch sample"]:
        """What it says of each mask, 0 on average."""
        return self.slopes.flatten(1) @ _features(masks, self.slopes.shape[1]).T

    def covariance(self, masks: SoftMasks) -> Maps:
        """Its covariance with the mask at each pixel, over all masks that can be drawn."""
        coarse = masks.pooled(self.slopes.shape[1])
        down, right = (
            torch.einsum("spc,sic->pi", fine, patch) / len(fine)
            for fine, patch in ((masks.rows, coarse.rows), (masks.columns, coarse.columns))
        )
        return masks.keep * (1 - masks.keep) * (down @ self.slopes @ right.T)


@dataclass(frozen=True, eq=False)
class Lesson:
    """Sums over the masks so far, in float64. x and its products are the same for every picture: ``gram``, Σ x xᵀ, and
    ``means``, Σ x, ``count`` of them; ``cross``, Σ x y, and ``answers``, Σ y, are each picture's own."""

    penalty: float
    gram: Float[Tensor, "patch patch"]
    means: Float[Tensor, " patch"]
    count: Int[Tensor, ""]
    cross: Float[Tensor, "batch patch"]
    answers: Float[Tensor, " batch"]

    @classmethod
    def begin(cls, images: Images, cells: int, keep: float) -> "Lesson":
        """Nothing learned."""
        patches = min(PATCHES_A_CELL * cells, MOST_PATCHES) ** 2
        zeros = torch.zeros(len(images) + patches, patches, dtype=torch.float64, device=images.device)
        count = torch.zeros((), dtype=torch.long, device=images.device)
        cross, gram = zeros[:-patches], zeros[-patches:]
        return cls(RIDGE * keep * (1 - keep), gram, zeros[0].clone(), count, cross, cross[:, 0].clone())

    def learned(self, pictures: Int[Tensor, " chosen"]) -> Linear:
        """The functions of some pictures by now; zeros at the beginning."""
        count = self.count.clamp_min(1)
        centred = self.gram - self.means[:, None] * self.means / count
        centred.diagonal().add_(self.penalty)
        cross = self.cross[pictures] - self.answers[pictures, None] * self.means / count
        side = round(len(self.means) ** 0.5)
        return Linear(torch.linalg.solve(centred, cross.T).T.reshape(-1, side, side).float())

    def add(self, pictures: Int[Tensor, " chosen"], masks: SoftMasks, answers: Float[Tensor, "chosen sample"]) -> None:
        """Learns from the answers of some pictures to the same masks."""
        features, answers = _features(masks, round(len(self.means) ** 0.5)).double(), answers.double()
        self.gram.add_(features.T @ features)
        self.means.add_(features.sum(dim=0))
        self.count.add_(len(features))
        self.cross[pictures] += answers @ features
        self.answers[pictures] += answers.sum(dim=1)


def _features(masks: SoftMasks, side: int) -> Float[Tensor, "sample patch"]:
    """Each mask's means over the patches, less what they are on average."""
    return masks.pooled(side).all.flatten(1) - masks.keep
