"""What the target's probability becomes when only what the map marks is shown: the ground of three metrics.

E = max(map, 0) / max over the picture (``positive``),   or the whole map stretched to [0, 1] (``min_max``)

f(x) and f( E · x + (1 - E) · fill )
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import Answers, Fill, expect, fills_for, measured, under_masks
from whylight.tensors import flat, min_max
from whylight.types import Maps, Masks, Scores

Showing = Literal["positive", "min_max"]


@dataclass(frozen=True)
class ShownPart(Metric):
    """``showing``: how much of each pixel is shown, its support as a share of the largest, or the whole map stretched to
    [0, 1]. ``fill``: what is seen instead of what is not shown."""

    showing: Showing = "positive"
    fill: Fill = "black"

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """2 passes. NaN for a map that is not finite.

        Raises MetricError for another way of showing or another fill.
        """
        self.check(explanation, truth)
        expect(self, "showing of positive or min_max", holds=self.showing in ("positive", "min_max"))
        whole, shown = self._answers(explanation).double().unbind(dim=1)
        return measured(explanation, self.score(whole, shown))

    @abstractmethod
    def score(self, whole: Scores, shown: Scores) -> Scores:
        """The score from the target's probability in the whole picture and in what is shown of it."""

    def _answers(self, explanation: Explanation) -> Answers:
        images = explanation.images
        masks = shown_by(explanation.maps, self.showing).to(images)

        def keep(pictures: Tensor, changes: Tensor) -> Masks:
            return torch.where((changes == 0)[:, None, None], 1.0, masks[pictures])[:, None]

        return under_masks(explanation, fills_for(self, images, self.fill), keep, 2, "probability")


def shown_by(maps: Maps, showing: Showing) -> Maps:
    """How much of each pixel is seen, in [0, 1]."""
    finite = torch.nan_to_num(maps)
    if showing == "min_max":
        return min_max(finite)
    support = finite.clamp_min(0)
    return support / flat(support).amax(dim=1)[:, None, None].clamp_min(torch.finfo(maps.dtype).tiny)
