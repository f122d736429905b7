"""Grad-CAM++: like Grad-CAM, but each cell of a channel has its own say, so that small objects count as much as large ones.

    map = Σ_k w_k · A_k        w_k = Σ_u α_k(u) · relu(g_k(u))        g = ∂logit/∂A
    α_k(u) = g² / (2 g² + Σ_v A_k(v) · g³) = 1 / (2 + S_k · g)        S_k = Σ_v A_k(v)

The paper's weights (``relu=true``) are never negative. The signed map adds what the same rule finds for the negated logit:
w_k = Σ_u g / (2 + S_k · |g|). Written this way nothing is divided by 0 as long as S_k is not negative, which the paper takes
for granted (features behind a ReLU); a negative S_k counts as 0.

Chattopadhay et al., 2018, arXiv:1710.11063, equations 7, 10 and 19.
"""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from torch import Tensor

from whylight.classifier import Access, Classifier, Watched
from whylight.method import Evidence, Method
from whylight.methods.cam._evidence import maps_from_layer
from whylight.types import Images, Targets


@dataclass(frozen=True)
class GradCAMPlusPlus(Method):
    """``layer``: where to look; None takes the classifier's own. ``relu``: the paper's form, supporting evidence only."""

    layer: str | None = None
    relu: bool = False

    needs: ClassVar[Access] = Access.FEATURES

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass, and a backward pass of the layers behind ``layer``."""
        combine = partial(weigh_channels_by_cells, relu=self.relu)
        return Evidence(maps_from_layer(classifier, images, targets, self.layer, combine, relu=self.relu))


def weigh_channels_by_cells(watched: Watched, *, relu: bool) -> Tensor:
    """Σ_k w_k · A_k as (batch, row, column)."""
    gradients = watched.gradients.clamp_min(0) if relu else watched.gradients
    activity = watched.features.sum(dim=(2, 3), keepdim=True).clamp_min(0)
    weights = (gradients / (2 + activity * gradients.abs())).sum(dim=(2, 3), keepdim=True)
    return (weights * watched.features).sum(dim=1)
