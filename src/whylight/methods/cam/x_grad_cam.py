"""XGrad-CAM: like Grad-CAM, but a channel's gradient counts most where the channel is most active.

    map = Σ_k w_k · A_k        w_k = Σ_u A_k(u) · ∂logit/∂A_k(u) / Σ_u A_k(u)

A channel whose activations sum to 0 gets no weight. The paper keeps the positive part (``relu=true``).

Fu et al., 2020, arXiv:2008.02312, equation 9.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from whylight.classifier import Access, Classifier, Watched
from whylight.method import Evidence, Method
from whylight.methods.cam._evidence import maps_from_layer
from whylight.types import Images, Targets


@dataclass(frozen=True)
class XGradCAM(Method):
    """``layer``: where to look; None takes the classifier's own. ``relu``: keep supporting evidence only."""

    layer: str | None = None
    relu: bool = False

    needs: ClassVar[Access] = Access.FEATURES

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass, and a backward pass of the layers behind ``layer``."""
        return Evidence(maps_from_layer(classifier, images, targets, self.layer, weigh_by_activity, relu=self.relu))


def weigh_by_activity(watched: Watched) -> Tensor:
    """Σ_k w_k · A_k as (batch, row, column)."""
    activity = watched.features.sum(dim=(2, 3), keepdim=True)
    gained = (watched.gradients * watched.features).sum(dim=(2, 3), keepdim=True)
    weights = torch.where(activity == 0, 0, gained / activity)
    return (weights * watched.features).sum(dim=1)
