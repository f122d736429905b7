"""Completeness error: how far the map's sum misses the change of the answer from a baseline to the picture.

    score = | Σ_u map(u) - ( s(x) - s(x₀) ) | / | s(x) - s(x₀) |,   x₀ = the fill

Methods that share the answer out among the pixels promise 0 for their own baseline and output, such as integrated gradients
(black, logit). Others promise no sum, such as the CAM family, saliency, and those whose map shows a superpixel's whole value
at each of its pixels: the score says only that.

Sundararajan, Taly and Yan, 2017, arXiv:1703.01365, proposition 1.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import Fill, Output, fills_for, measured, under_masks
from whylight.tensors import flat
from whylight.types import Masks

LEAST_CHANGE = 1e-5
"""A change of the answer below this share of it is rounding, and nothing to divide by."""


@dataclass(frozen=True)
class CompletenessError(Metric):
    """``baseline`` and ``output``: those that the method explains the change from and of; the map does not tell them.

    Lower is better, 0 is complete, 1 is what a map of zeros gets. Negative evidence is subtracted: what hinders has its
    share in the sum.
    """

    baseline: Fill = "black"
    output: Output = "logit"

    higher_is_better: ClassVar[bool | None] = False

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """2 passes. NaN for a map that is not finite, for a mask that a method has searched for (it shares nothing out), and
        where the baseline and the picture get the same answer."""
        self.check(explanation, truth)
        images = explanation.images

        def keep(_pictures: Tensor, changes: Tensor) -> Masks:
            return (changes == 0).to(images.dtype)[:, None, None, None].expand(-1, 1, *images.shape[-2:])

        fills = fills_for(self, images, self.baseline)
        whole, empty = under_masks(explanation, fills, keep, 2, self.output).double().unbind(dim=1)
        change = whole - empty
        missed = (flat(torch.nan_to_num(explanation.maps)).double().sum(dim=1) - change).abs() / change.abs()
        told = change.abs() > LEAST_CHANGE * whole.abs().maximum(empty.abs())
        if explanation.evidence.perturbed is not None:
            told = torch.zeros_like(told)
        return measured(explanation, torch.where(told, missed, torch.nan))
