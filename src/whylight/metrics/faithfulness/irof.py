"""IROF: superpixels are taken away, the strongest first, and the area above the target's falling probability is read.

    score = 1 - ∫₀¹ q(s) ds,   q_t = f(x without its t first superpixels) / f(x),   t = 0 … S

Superpixels stand in the order of their mean signed map value. Step 0 belongs to the curve, and the area is divided by the
number of superpixels, so that pictures cut into more of them can be compared.

Rieger and Hansen, 2020, arXiv:2003.08747.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from whylight.explanation import Explanation
from whylight.masking import mix
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import Fill, fills_for, measured, to_rows
from whylight.metrics.faithfulness._order import Places, places_in_rows
from whylight.metrics.faithfulness._parts import Cut, cut, totals
from whylight.types import Images, Maps, Segments

LEAST_PROBABILITY = 1e-4
"""Below it the ratio to the whole picture's probability means nothing."""


@dataclass(frozen=True)
class IROF(Metric):
    """``parts``: how the picture is cut, and ``count`` into about how many. ``fill``: what is seen where a superpixel is
    gone. ``seed``: of the order of superpixels that are level.

    Higher is better: 1 is a picture that loses everything with its first superpixel. Negative evidence goes last; where it
    truly hinders, the curve rises above 1 before, and the score falls with it.
    """

    parts: Cut = "slic"
    count: int = 50
    fill: Fill = "mean"
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """A pass for each superpixel and one more. Curve: ``irof``, q at ``count`` + 1 even points between the steps. NaN
        for a map that is not finite, and where the target's probability is below 0.0001.

        Raises MetricError for a count below 1 or a cut that it does not know.
        """
        self.check(explanation, truth)
        images, fills = explanation.images, fills_for(self, explanation.images, self.fill)
        segments = cut(self, images, self.parts, self.count)
        ordered = self._places(explanation.maps, segments)
        steps = [int(segment.max()) + 2 for segment in segments]
        rows = torch.tensor(steps, device=images.device)
        pictures = torch.arange(len(images), device=images.device).repeat_interleave(rows)
        changes = torch.cat([torch.arange(each, device=images.device) for each in steps])

        def make(chosen: Tensor, gone: Tensor) -> Images:
            keep = (ordered[chosen] >= gone[:, None, None]).to(images.dtype)[:, None]
            return mix(images[chosen], fills[chosen], keep)

        answers = to_rows(explanation, pictures, changes, make, "probability").double().split(steps)
        left = [answer / answer[0] if answer[0] > LEAST_PROBABILITY else answer * torch.nan for answer in answers]
        scores = torch.stack([1 - torch.trapezoid(each, dx=1 / (len(each) - 1)) for each in left])
        return measured(explanation, scores, {"irof": torch.stack([self._even(each) for each in left])})

    def _places(self, maps: Maps, segments: Segments) -> Places:
        """Of each pixel, the place of its superpixel."""
        sums, sizes = totals(maps, segments), totals(torch.ones_like(maps), segments)
        ordered = []
        for total, size, segment in zip(sums, sizes, segments):
            there = size > 0
            ordered.append(places_in_rows((total[there] / size[there])[None], self.seed)[0][segment])
        return torch.stack(ordered)

    def _even(self, curve: Tensor) -> Tensor:
        """The curve between its own steps at even points, as many for every picture."""
        points, own = np.linspace(0, 1, self.count + 1), np.linspace(0, 1, len(curve))
        return torch.from_numpy(np.interp(points, own, curve.cpu().numpy())).to(curve.device).float()
