"""Deletion: the area under the target's probability while pixels are taken away, the strongest support first.

    score = ∫₀¹ f(x without its first share s of pixels) ds,   pixels by decreasing signed map value

    normalised: (score - f(fill)) / (f(x) - f(fill))

Petsiuk, Das and Saenko, 2018, arXiv:1806.07421 (RISE), section 4, the deletion metric.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import Fill, Output, expect, fills_for, measured, under_masks
from whylight.metrics.faithfulness._curves import area, share_of_range
from whylight.metrics.faithfulness._order import Between, even_steps, places


@dataclass(frozen=True)
class Deletion(Metric):
    """``steps``: equal steps of the curve. ``fill``: what is seen where a pixel is gone, the picture's mean colour or
    another. ``normalise``: 0 is then what the fill alone gets and 1 what the whole picture gets. ``output``: the probability
    or the logit. ``seed``: of the order of pixels that are level.

    Lower is better. Negative evidence goes last: a map that knows what hinders keeps the probability low to the end by
    holding it back, and one that only says where support is leaves it in random order.
    """

    steps: int = 28
    fill: Fill = "mean"
    normalise: bool = False
    output: Output = "probability"
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = False

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """``steps`` + 1 passes. Curve: ``deletion``. NaN for a map that is not finite, and normalised where the whole
        picture gets no more than the fill.

        Raises MetricError for steps below 1.
        """
        self.check(explanation, truth)
        expect(self, "steps of at least 1", holds=self.steps >= 1)
        ordered = places(explanation.maps, self.seed)
        taken = even_steps(ordered[0].numel(), self.steps)
        fills = fills_for(self, explanation.images, self.fill)
        keep = Between.shared(ordered, [(count, taken[-1]) for count in taken], explanation.images.dtype)
        curve = under_masks(explanation, fills, keep, len(taken), self.output)
        scores = area(curve, taken)
        if self.normalise:
            scores = share_of_range(scores, curve[:, -1], curve[:, 0])
        return measured(explanation, scores, {"deletion": curve})
