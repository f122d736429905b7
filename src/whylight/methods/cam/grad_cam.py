"""Grad-CAM: each feature channel counts as much as the target's logit gains, on average, from more of it.

    map = Σ_k mean_u(∂logit/∂A_k(u)) · A_k

The paper keeps the positive part only (``relu=true``); the sign is kept here, since what speaks against the target is
half of the answer.

Selvaraju et al., 2017, arXiv:1610.02391, equations 1 and 2.
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from whylight.classifier import Access, Classifier, Watched
from whylight.method import Evidence, Method
from whylight.methods.cam._evidence import maps_from_layer
from whylight.types import Images, Targets


@dataclass(frozen=True)
class GradCAM(Method):
    """``layer``: where to look; None takes the classifier's own. ``relu``: keep supporting evidence only."""

    layer: str | None = None
    relu: bool = False

    needs: ClassVar[Access] = Access.FEATURES

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass, and a backward pass of the layers behind ``layer``."""
        return Evidence(maps_from_layer(classifier, images, targets, self.layer, weigh_channels, relu=self.relu))


def weigh_channels(watched: Watched) -> Tensor:
    """Σ_k mean(∂logit/∂A_k) · A_k as (batch, row, column)."""
    weights = watched.gradients.mean(dim=(2, 3), keepdim=True)
    return (weights * watched.features).sum(dim=1)
