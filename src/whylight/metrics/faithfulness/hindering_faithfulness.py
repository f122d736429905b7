"""Hindering faithfulness: whether the target gains when what the map calls hindering goes, and loses when support goes.

    score = ∫₀¹ ( H(s) - S(s) ) ds
    H(s) = f(x without the share s of its N negative pixels, the most negative first)
    S(s) = f(x without as many pixels, the most positive first, as far as there are positive ones)

H above f(x) is what a true negative sign owes. Any change to a picture tends to lower f, and does so to both curves: the
gap between equal numbers of pixels tells the signs apart from the damage. A map whose signs are exchanged gets a
negative score; one whose negative pixels are an accident gets what its positive ones alone are worth.

A measure of this library: of deletion and pixel flipping it takes the two ends that signs make different claims about.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import Fill, Output, expect, fills_for, measured, under_masks
from whylight.metrics.faithfulness._order import Between, Counts, places
from whylight.tensors import flat


@dataclass(frozen=True)
class HinderingFaithfulness(Metric):
    """``steps``: equal steps of both curves, from none to all of the negative pixels. ``fill``: what is seen where a pixel
    is gone. ``output``: the probability or the logit. ``seed``: of the order of pixels that are level.

    Higher is better, 0 is chance, below 0 the signs are the wrong way round. Negative evidence is what is measured.
    """

    steps: int = 16
    fill: Fill = "mean"
    output: Output = "probability"
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """2 · ``steps`` + 1 passes. Curves: ``hindering``, ``supporting``. Scores and curves are NaN where a map has no
        negative pixel (it makes no claim), scores also where it is not finite.

        Raises MetricError for steps below 1.
        """
        self.check(explanation, truth)
        expect(self, "steps of at least 1", holds=self.steps >= 1)
        ordered, fills = places(explanation.maps, self.seed), fills_for(self, explanation.images, self.fill)
        keep = self._keep(explanation, ordered)
        answers = under_masks(explanation, fills, keep, 2 * self.steps + 1, self.output)
        claims = (flat(explanation.maps) < 0).any(dim=1)
        answers = torch.where(claims[:, None], answers, torch.nan)
        hindering, after = answers[:, : self.steps + 1], answers[:, self.steps + 1 :]
        supporting = torch.cat([hindering[:, :1], after], dim=1)
        scores = torch.trapezoid(hindering.double() - supporting.double(), dx=1 / self.steps, dim=1)
        return measured(explanation, scores, {"hindering": hindering, "supporting": supporting})

    def _keep(self, explanation: Explanation, ordered: torch.Tensor) -> Between:
        """First the steps from the negative end, from none taken on, then those from the positive end."""
        values, pixels = flat(explanation.maps), ordered[0].numel()
        negative, positive = ((side > 0).sum(dim=1, keepdim=True) for side in (-values, values))
        taken: Counts = (negative * torch.arange(self.steps + 1, device=values.device) + self.steps // 2) // self.steps
        from_the_top = torch.minimum(taken[:, 1:], positive)
        first = torch.cat([torch.zeros_like(taken), from_the_top], dim=1)
        past = torch.cat([pixels - taken, torch.full_like(from_the_top, pixels)], dim=1)
        return Between(ordered, first, past, explanation.images.dtype)
