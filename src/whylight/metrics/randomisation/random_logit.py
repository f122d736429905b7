"""Random logit: how alike the maps for the target and for another label are.

    score = similarity( map for the target, map for another label )

A map that is the same whatever it is asked for shows what is in the picture, not why the classifier chose.

Sixt, Granz and Landgraf, 2020, arXiv:1912.09818.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch

from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics._explaining import maps_of
from whylight.metrics._similarity import likeness, view
from whylight.tensors import generator
from whylight.types import Targets


@dataclass(frozen=True)
class RandomLogit(Metric):
    """``other``: the label that is compared: drawn, the most probable one beside the target, or the least probable one.
    ``kind``: the similarity of two maps. ``absolute``: whether only magnitudes are compared. ``seed``: of the draw."""

    other: Literal["random", "runner_up", "least_likely"] = "random"
    kind: Literal["spearman", "ssim", "pearson"] = "spearman"
    absolute: bool = False
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = False

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """The cost of one more map. Signed, unless ``absolute``. Another map that is constant is like nothing: 0; NaN where
        the map itself is constant."""
        self.check(explanation, truth)
        others = maps_of(explanation, explanation.images, self._others(explanation))
        first, second = (view(maps, self.kind, absolute=self.absolute) for maps in (explanation.maps, others))
        return Measured(likeness(first, second, self.kind))

    def _others(self, explanation: Explanation) -> Targets:
        """A label that is not the target, for each picture; one step, drawn once, leads there from every target."""
        count, targets = len(explanation.classifier.labels), explanation.targets
        if count < 2:
            raise MetricError(f"random_logit compares two labels; {explanation.classifier.name} has {count}")
        if self.other == "random":
            return (targets + int(torch.randint(1, count, (1,), generator=generator(self.seed)))) % count
        logits = explanation.classifier.logits(explanation.images)
        if self.other == "runner_up":
            return logits.scatter(1, targets[:, None], -torch.inf).argmax(dim=1)
        return logits.scatter(1, targets[:, None], torch.inf).argmin(dim=1)
