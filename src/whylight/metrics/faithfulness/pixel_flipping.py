"""Pixel flipping: what is lost when the strongest support goes first, set against when it goes last.

    MoRF_t = f(x without its t first pixels)     LeRF_t = f(x without its t last pixels)

    abpc = mean over t = 0..L of (LeRF_t - MoRF_t)     aopc = mean of (f(x) - MoRF_t)     lerf = mean of LeRF_t

The area between the curves does not reward a map for fills that break the picture, which lower both curves alike.

Bach et al., 2015, doi:10.1371/journal.pone.0130140; Samek et al., 2017, arXiv:1509.06321, equation 12 (AOPC); Schulz et al.,
2020, arXiv:2001.00396 (the area between both curves).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import Curve, Fill, Output, expect, fills_for, measured, under_masks
from whylight.metrics.faithfulness._curves import both_ways, morf_and_lerf
from whylight.metrics.faithfulness._order import Between, even_steps, places
from whylight.types import Scores


@dataclass(frozen=True)
class PixelFlipping(Metric):
    """``steps``: equal steps of both curves; whole pixels are taken, all their channels together. ``fill``: what is seen
    where a pixel is gone. ``score``: the area between the curves, the mean loss with the most relevant first, or the mean
    of what is left with the least relevant first; each is better when higher. ``output``: the probability or the logit.
    ``seed``: of the order of pixels that are level.

    Negative evidence is what LeRF takes first: where it truly hinders, that curve rises above the whole picture's.
    """

    steps: int = 32
    fill: Fill = "mean"
    score: Literal["abpc", "aopc", "lerf"] = "abpc"
    output: Output = "probability"
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """2 · ``steps`` passes: the curves share their ends. Curves: ``morf``, ``lerf``. NaN for a map that is not finite.

        Raises MetricError for steps below 1 or another score.
        """
        self.check(explanation, truth)
        wanted = "steps of at least 1 and a score of abpc, aopc or lerf"
        expect(self, wanted, holds=self.steps >= 1 and self.score in ("abpc", "aopc", "lerf"))
        ordered = places(explanation.maps, self.seed)
        taken = even_steps(ordered[0].numel(), self.steps)
        bounds = both_ways(taken)
        fills = fills_for(self, explanation.images, self.fill)
        keep = Between.shared(ordered, bounds, explanation.images.dtype)
        answers = under_masks(explanation, fills, keep, len(bounds), self.output)
        morf, lerf = morf_and_lerf(answers)
        return measured(explanation, self._scores(morf, lerf), {"morf": morf, "lerf": lerf})

    def _scores(self, morf: Curve, lerf: Curve) -> Scores:
        if self.score == "abpc":
            return (lerf.double() - morf.double()).mean(dim=1)
        return (morf[:, :1].double() - morf).mean(dim=1) if self.score == "aopc" else lerf.double().mean(dim=1)
