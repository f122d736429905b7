"""Faithfulness correlation: whether the map's sum over random subsets goes along with what their removal costs.

    score = Pearson over subsets S of ( Σ_{u in S} map(u),  f(x) - f(x without S) )

Bhatt, Weller and Moura, 2020, arXiv:2005.00631 (faithfulness). Theirs are subsets of a fixed number of
pixels, which in a picture hardly change the answer; here they are subsets of superpixels unless single pixels are asked for.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import Fill, Output, expect, fills_for, measured
from whylight.metrics.faithfulness._parts import Cut, Subsets, correlated, cut, sums_and_losses


@dataclass(frozen=True)
class FaithfulnessCorrelation(Metric):
    """``samples``: random subsets. ``share``: how much of the picture each takes away. ``parts``: what the subsets are made
    of, and ``count`` into about how many superpixels or squares the picture is cut. ``fill``: what is seen where a part is
    gone. ``output``: the probability or the logit. ``seed``: another one draws other subsets.

    In [-1, 1], higher is better, 0 is a random map. Negative evidence counts in the sums: a subset of it should raise the
    answer.
    """

    samples: int = 100
    share: float = 0.2
    parts: Cut = "slic"
    count: int = 50
    fill: Fill = "mean"
    output: Output = "probability"
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """``samples`` + 1 passes. NaN for a map that is not finite, and where the sums or the answers do not change.

        Raises MetricError for settings out of range.
        """
        self.check(explanation, truth)
        wanted = "samples of at least 2 and a share between 0 and 1"
        expect(self, wanted, holds=self.samples >= 2 and 0 < self.share < 1)
        images = explanation.images
        segments = cut(self, images, self.parts, self.count)
        subsets = Subsets.draw(segments, [self.share] * self.samples, self.seed, images.dtype)
        sums, losses = sums_and_losses(explanation, fills_for(self, images, self.fill), subsets, self.output)
        return measured(explanation, correlated(sums, losses))
