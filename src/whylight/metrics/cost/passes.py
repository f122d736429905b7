"""Passes: how often the classifier was run for one picture's map, forward and backward passes together.

    score = ( forward + backward passes of the batch ) / pictures

Unlike the seconds, it depends on no machine.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth


@dataclass(frozen=True)
class Passes(Metric):
    """It has no settings."""

    higher_is_better: ClassVar[bool | None] = False

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes of its own. The mean over the pictures that were explained together."""
        self.check(explanation, truth)
        passes = explanation.forward + explanation.backward
        return Measured(torch.full((len(explanation),), passes, device=explanation.maps.device))
