"""RRR: no gradient of the answer in the pixels that should not matter (right for the right reasons).

    Σ_u A(u) Σ_c (∂/∂x_c(u) Σ_k log p_k)²          A: 1 on the unwanted pixels, p: the softmax over all labels k

Gradients are with respect to pictures in [0, 1]. They are differentiated once more to move the weights.

Ross, Hughes and Doshi-Velez, 2017, arXiv:1703.03717, equation 1.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.tensors import flat
from whylight.training.right_reasons.reason import Corrected, Looked, Reasoned, RightReason


@dataclass(frozen=True)
class RRR(RightReason):
    """It has no settings."""

    explains_like: ClassVar[str | None] = "saliency"

    def __call__(self, looked: Looked, given: Corrected) -> Reasoned:
        """One forward and two backward passes."""
        with torch.enable_grad():
            images = given.images.detach().clone().requires_grad_()
            logits = looked.predict(images)
            summed = logits.log_softmax(dim=1).sum()
            (slopes,) = torch.autograd.grad(summed, images, create_graph=True)
            return Reasoned(logits, flat((slopes * given.unwanted[:, None]).square()).sum(dim=1))
