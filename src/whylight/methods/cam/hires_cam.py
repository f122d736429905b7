"""HiResCAM: each cell of each feature channel counts as much as the target's logit gains from more of it right there.

    map = Σ_k ∂logit/∂A_k ⊙ A_k

Nothing is averaged over the picture, so the map never shows a cell that the classifier did not use: where only one linear
layer follows, the map's sum and the bias are the logit exactly. The paper keeps the positive part (``relu=true``).

Draelos and Carin, 2020, arXiv:2011.08891, equation 5.
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from whylight.classifier import Access, Classifier, Watched
from whylight.method import Evidence, Method
from whylight.methods.cam._evidence import maps_from_layer
from whylight.types import Images, Targets


@dataclass(frozen=True)
class HiResCAM(Method):
    """``layer``: where to look; None takes the classifier's own. ``relu``: keep supporting evidence only."""

    layer: str | None = None
    relu: bool = False

    needs: ClassVar[Access] = Access.FEATURES

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass, and a backward pass of the layers behind ``layer``."""
        return Evidence(maps_from_layer(classifier, images, targets, self.layer, weigh_cells, relu=self.relu))


def weigh_cells(watched: Watched) -> Tensor:
    """Σ_k ∂logit/∂A_k ⊙ A_k as (batch, row, column)."""
    return (watched.gradients * watched.features).sum(dim=1)
