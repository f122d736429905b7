"""What rounding alone can do to a classifier's answer, so that a map of nothing else is not taken for evidence.

    error of a logit:           ε · |logit|
    error of a probability:     ε · p · (1 + (1 - p) · largest |logit|),        the logits' error through the softmax's slope

ε is a few times float32's: the same picture gives answers that differ by so much in batches of different sizes.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from whylight.tensors import flat, target_output
from whylight.types import Flags, Logits, Scores, Targets

ROUNDING = 16 * torch.finfo(torch.float32).eps
"""Sums over many channels lose a few of float32's steps."""


def rounding_error(logits: Logits, targets: Targets, output: str) -> Scores:
    """How far rounding can move each picture's answer: its probability or its logit. Relative to the answer itself, so
    that a classifier whose answers are tiny keeps its tiny differences."""
    answer = target_output(logits, targets, output)
    if output == "logit":
        return ROUNDING * answer.abs()
    return ROUNDING * answer * (1 + (1 - answer) * logits.abs().amax(dim=1))


def is_rounding(numbers: Float[Tensor, "batch *rest"], error: Scores) -> Flags:
    """Whether even the largest magnitude of a picture's differences of answers is within ``error``; never with a NaN."""
    return flat(numbers.abs()).amax(dim=1) <= error
