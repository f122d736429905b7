"""Phi: how much of the missing probability the target wins when the pixels that hinder it are blurred, in percent.

    φ = 100 · ( f(Q) - f(X) ) / ( 1 - f(X) )        Q: the picture X with the marked pixels blurred, f the probability

A method that searches for a mask is judged by its own mask. Any other by its most negative pixels, ``share`` of the
picture, which is what the paper's masks mark. The blur is the paper's: 5 pixels wide, cut off after 11, at 224 pixels.

Kang, Jung and Lee, 2019, arXiv:1909.12446, equation 8.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight import perturb
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.masking import paper_blur
from whylight.metric import Measured, Metric, Truth
from whylight.tensors import target_output
from whylight.types import Masks, Scores
from whylight.verdict import strongest

LEAST_MISSING = 1e-6
"""Where less than this is missing to a probability of 1, what was won of it is measured against this."""


@dataclass(frozen=True)
class Phi(Metric):
    """``share``: how much of the picture is blurred at most. ``own_mask``: whether a mask method is judged by its own mask,
    however large it is; false judges all methods by the same number of pixels."""

    share: float = 0.037
    own_mask: bool = True

    higher_is_better: ClassVar[bool | None] = True

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise MetricError(f"phi expects a share above 0 and at most 1; got {self.share}")

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """Two forward passes, none for a mask method's own. Only negative evidence counts; 0 where there is none. At most
        100, and below 0 where the target loses; NaN for a map that is not finite."""
        self.check(explanation, truth)
        if self.own_mask and "gain" in explanation.evidence.details:
            return Measured(100 * explanation.evidence.details["gain"])
        marked = strongest(-explanation.maps.nan_to_num(nan=0.0), self.share)
        before, after = with_and_without(explanation, marked)
        gain = 100 * (after - before) / (1 - before).clamp_min(LEAST_MISSING)
        return Measured(torch.where(explanation.maps.isfinite().all(dim=(1, 2)), gain, torch.nan))


def with_and_without(explanation: Explanation, marked: Masks) -> tuple[Scores, Scores]:
    """The target's probability as it is, and with the marked pixels blurred."""
    images, targets = explanation.images, explanation.targets
    kept = torch.stack([torch.ones_like(marked), 1 - marked]).to(images)
    probabilities = torch.empty(2, len(images), device=images.device)
    answers = perturb.stream(
        explanation.classifier.predict, images, paper_blur(images), lambda picture, run: kept[run, picture], range(2)
    )
    for chunk in answers:
        answer = explanation.classifier.check_logits(chunk.logits)
        probabilities[chunk.samples, chunk.pictures] = target_output(answer, targets[chunk.pictures])
    return probabilities[0], probabilities[1]
