"""Runtime: the seconds that one picture's map took.

The time of the whole batch, divided by its pictures; without the verdict's passes and without loading anything.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth


@dataclass(frozen=True)
class Runtime(Metric):
    """It has no settings."""

    higher_is_better: ClassVar[bool | None] = False
    timed: ClassVar[bool] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """No passes. It was measured while explaining, on whatever machine and beside whatever else ran there."""
        self.check(explanation, truth)
        return Measured(torch.full((len(explanation),), explanation.seconds, device=explanation.maps.device))
