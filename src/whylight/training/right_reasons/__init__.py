"""Right for the right reasons: losses that make a network decide without pixels that should not matter; one file each."""

from typing import Literal, get_args

from whylight.training.right_reasons.counter_examples import CounterExamples
from whylight.training.right_reasons.hint import Hint
from whylight.training.right_reasons.reason import RightReason
from whylight.training.right_reasons.rrr import RRR
from whylight.training.right_reasons.rrr_grad_cam import RRRGradCAM

LossName = Literal["rrr", "rrr_grad_cam", "counter_examples", "hint"]

LOSSES: dict[str, RightReason] = dict(
    zip(get_args(LossName), (RRR(), RRRGradCAM(), CounterExamples(), Hint()), strict=True)
)
"""Each loss by its name, with its settings."""
