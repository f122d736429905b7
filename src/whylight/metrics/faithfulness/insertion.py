"""Insertion: the area under the target's probability while pixels are put back, the strongest support first.

    score = ∫₀¹ f(x with only its first share s of pixels) ds,   pixels by decreasing signed map value

    normalised: (score - f(fill)) / (f(x) - f(fill))

Petsiuk, Das and Saenko, 2018, arXiv:1806.07421 (RISE), section 4, the insertion metric.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import Fill, Output, expect, fills_for, measured, under_masks
from whylight.metrics.faithfulness._curves import area, share_of_range
from whylight.metrics.faithfulness._order import Between, even_steps, places


@dataclass(frozen=True)
class Insertion(Metric):
    """``steps``: equal steps of the curve. ``fill``: what is seen before a pixel is put back, a blur of the picture or
    another. ``normalise``: 0 is then what the fill alone gets and 1 what the whole picture gets. ``output``: the
    probability or the logit. ``seed``: of the order of pixels that are level.

    Higher is better. Negative evidence is put back last: a map that knows what hinders lifts the curve above the whole
    picture's probability before the end, so that the normalised score can be above 1.
    """

    steps: int = 28
    fill: Fill = "blur"
    normalise: bool = False
    output: Output = "probability"
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """``steps`` + 1 passes. Curve: ``insertion``. NaN for a map that is not finite, and normalised where the whole
        picture gets no more than the fill.

        Raises MetricError for steps below 1.
        """
        self.check(explanation, truth)
        expect(self, "steps of at least 1", holds=self.steps >= 1)
        ordered = places(explanation.maps, self.seed)
        shown = even_steps(ordered[0].numel(), self.steps)
        fills = fills_for(self, explanation.images, self.fill)
        keep = Between.shared(ordered, [(0, count) for count in shown], explanation.images.dtype)
        curve = under_masks(explanation, fills, keep, len(shown), self.output)
        scores = area(curve, shown)
        if self.normalise:
            scores = share_of_range(scores, curve[:, 0], curve[:, -1])
        return measured(explanation, scores, {"insertion": curve})
