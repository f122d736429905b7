"""LayerCAM: like HiResCAM, but a cell counts only where more of it would help the target, which also suits early layers.

    map = Σ_k relu(∂logit/∂A_k) ⊙ A_k

By this definition it looks for support alone: after a ReLU its map is never negative. HiResCAM is its signed form.

Jiang et al., 2021, doi:10.1109/TIP.2021.3089943, equations 5 to 7.
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from whylight.classifier import Access, Classifier, Watched
from whylight.method import Evidence, Method
from whylight.methods.cam._evidence import maps_from_layer
from whylight.types import Images, Targets


@dataclass(frozen=True)
class LayerCAM(Method):
    """``layer``: where to look; None takes the classifier's own. ``relu``: cut off what negative features make negative."""

    layer: str | None = None
    relu: bool = False

    needs: ClassVar[Access] = Access.FEATURES

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass, and a backward pass of the layers behind ``layer``."""
        return Evidence(maps_from_layer(classifier, images, targets, self.layer, weigh_helpful_cells, relu=self.relu))


def weigh_helpful_cells(watched: Watched) -> Tensor:
    """Σ_k relu(∂logit/∂A_k) ⊙ A_k as (batch, row, column)."""
    return (watched.gradients.clamp_min(0) * watched.features).sum(dim=1)
