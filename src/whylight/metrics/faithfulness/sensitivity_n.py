"""Sensitivity-n: faithfulness correlation at several sizes of the subsets, from few parts to most of the picture.

    score = mean over shares s of Pearson over subsets S of that share of ( Σ_{u in S} map(u),  f(x) - f(x without S) )

A map can go along with the removal of single parts and not with that of many that act together, or the other way round.

Ancona et al., 2018, arXiv:1711.06104.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import Fill, Output, expect, fills_for, measured
from whylight.metrics.faithfulness._parts import Cut, Subsets, correlated, cut, sums_and_losses


@dataclass(frozen=True)
class SensitivityN(Metric):
    """``shares``: how much of the picture the subsets take away, one size after the other. ``samples``: random subsets of
    each size. ``parts``: what the subsets are made of, and ``count`` into about how many superpixels or squares the picture
    is cut. ``fill``: what is seen where a part is gone. ``output``: the probability or the logit. ``seed``: another one
    draws other subsets.

    In [-1, 1], higher is better, 0 is a random map. Negative evidence counts in the sums: a subset of it should raise the
    answer.
    """

    shares: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.8)
    samples: int = 40
    parts: Cut = "slic"
    count: int = 50
    fill: Fill = "mean"
    output: Output = "probability"
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """``samples`` passes a share, and one more. The mean is over the shares at which both sides change; NaN where they
        do at none, and for a map that is not finite.

        Raises MetricError for settings out of range.
        """
        self.check(explanation, truth)
        wanted = "samples of at least 2 and at least one share, all between 0 and 1"
        fit = len(self.shares) > 0 and all(0 < share < 1 for share in self.shares)
        expect(self, wanted, holds=self.samples >= 2 and fit)
        images, sizes = explanation.images, [share for share in self.shares for _ in range(self.samples)]
        segments = cut(self, images, self.parts, self.count)
        subsets = Subsets.draw(segments, sizes, self.seed, images.dtype)
        sums, losses = sums_and_losses(explanation, fills_for(self, images, self.fill), subsets, self.output)
        pairs = zip(sums.split(self.samples, dim=1), losses.split(self.samples, dim=1))
        each = torch.stack([correlated(total, loss) for total, loss in pairs], dim=1)
        return measured(explanation, each.nanmean(dim=1))
