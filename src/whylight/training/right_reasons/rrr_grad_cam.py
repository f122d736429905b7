"""RRR on Grad-CAM: the map of the answer is low in the pixels that should not matter.

    Σ_v (A(v) M(v))²          M: Grad-CAM of the label that is given, with its sign, stretched to [0, 1]
                              A(v): the share of the cell v that is unwanted

Schramowski et al., 2020, arXiv:2001.05371 (RRR-G).
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.tensors import flat
from whylight.training.right_reasons.reason import Corrected, Looked, Reasoned, RightReason, grad_cam, on_grid


@dataclass(frozen=True)
class RRRGradCAM(RightReason):
    """It has no settings."""

    looks_at_layer: ClassVar[bool] = True
    explains_like: ClassVar[str | None] = "grad_cam"

    def __call__(self, looked: Looked, given: Corrected) -> Reasoned:
        """One forward pass, and a backward pass behind the layer that is differentiated once more."""
        logits, maps = grad_cam(looked, given.images)
        return Reasoned(logits, flat((on_grid(given.unwanted, maps) * maps).square()).sum(dim=1))
