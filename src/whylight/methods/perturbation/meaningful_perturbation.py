"""Meaningful perturbation: the smallest region whose deletion destroys the target, or which alone preserves it.

    deletion       M* = argmin_M f_k(Q) + λ₁ ‖1 - M‖₁ + λ₂ Σ (|dx|^β + |dy|^β)        map = 1 - M'
    preservation   M* = argmin_M -f_k(Q) + λ₁ ‖M‖₁ + λ₂ Σ (|dx|^β + |dy|^β)           map = M'

Fong and Vedaldi, 2017, arXiv:1704.03296, equations 3 and 4, with their constants; jitter moves picture and fill by up to
``jitter`` pixels at each step.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from whylight.classifier import Access, Classifier
from whylight.masking import gaussian_blur, mix
from whylight.method import Evidence, Method
from whylight.methods.perturbation._ledger import logits, probabilities
from whylight.methods.perturbation._mask_search import Search, Weights, default_side, search_masks
from whylight.tensors import flat, pick
from whylight.types import Images, Logits, Scores, Targets


@dataclass(frozen=True)
class MeaningfulPerturbation(Method):
    """``mode``: delete the evidence, or keep nothing but it. ``area``, ``tv``: λ₁ and λ₂, on sums over the mask's cells.
    ``side``: cells along the mask's shorter side (None: an eighth). ``sigma``: the blur (None: 10 at 224 pixels)."""

    mode: Literal["deletion", "preservation"] = "deletion"
    area: float = 1e-4
    tv: float = 1e-2
    beta: float = 3.0
    iterations: int = 300
    rate: float = 0.1
    side: int | None = None
    sigma: float | None = None
    jitter: int = 4
    keep: Literal["last", "best", "average"] = "last"
    seed: int = 0

    needs: ClassVar[Access] = Access.GRADIENTS

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """``iterations`` forward and backward passes; details as in ``_ledger``, with the mean share ``area``."""
        deletion = self.mode == "deletion"
        fills = (gaussian_blur(images, self.sigma or 10 * min(images.shape[-2:]) / 224),)
        weights = Weights(tv=self.tv, area=self.area if deletion else -self.area, gamma=0.0)
        objective = _probability if deletion else _lost_probability
        found = search_masks(classifier, images, targets, fills, objective, weights, self._search(images))[self.keep]
        maps = (1 - found.masks if deletion else found.masks)[:, 0]
        changes = probabilities(found, targets, "gainer" if deletion else "loser")
        details = {**changes, "area": flat(maps).mean(dim=1), **logits(found, targets)}
        return Evidence(maps, details, mix(images, fills[0], found.masks), fills[0])

    def _search(self, images: Images) -> Search:
        return Search(
            iterations=self.iterations,
            rate=self.rate,
            side=self.side or default_side(images.shape[-2], images.shape[-1]),
            norm="sum",
            tv_form="power",
            beta=self.beta,
            jitter=self.jitter,
            seed=self.seed,
        )


def _probability(logits: Logits, before: Logits, targets: Targets) -> Scores:  # noqa: ARG001 (all objectives' signature)
    return pick(logits.softmax(dim=1), targets)


def _lost_probability(logits: Logits, before: Logits, targets: Targets) -> Scores:
    return -_probability(logits, before, targets)
