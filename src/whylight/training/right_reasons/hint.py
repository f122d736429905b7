"""HINT, simplified: the map of the true label is high where it should be and low where it should not.

    Σ_v w(v) (M(v) - E(v))² / Σ_v w(v)          M: Grad-CAM of the true label, stretched to [0, 1]
                                                E(v): the wanted share of what is marked in the cell v
                                                w(v): the share of the cell that is marked at all

Where everything is marked, it is the mean squared difference between map and marks. What nobody marked does not count, and a
picture without marks gives 0.

After Selvaraju et al., 2019, arXiv:1902.03751, whose loss compares ranks; the simplified form is that of Friedrich et al.,
2022, arXiv:2203.03668.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.tensors import flat
from whylight.training.right_reasons.reason import Corrected, Looked, Reasoned, RightReason, grad_cam, on_grid

LEAST = 1e-12
"""Instead of no marks at all, which divide nothing."""


@dataclass(frozen=True)
class Hint(RightReason):
    """It has no settings."""

    uses: ClassVar[tuple[str, ...]] = ("unwanted", "wanted")
    looks_at_layer: ClassVar[bool] = True
    explains_like: ClassVar[str | None] = "grad_cam"

    def __call__(self, looked: Looked, given: Corrected) -> Reasoned:
        """One forward pass, and a backward pass behind the layer that is differentiated once more."""
        logits, maps = grad_cam(looked, given.images, given.targets)
        wanted, unwanted = on_grid(given.wanted, maps), on_grid(given.unwanted, maps)
        said = wanted + unwanted
        missed = said * (maps - wanted / said.clamp_min(LEAST)).square()
        return Reasoned(logits, flat(missed).sum(dim=1) / flat(said).sum(dim=1).clamp_min(LEAST))
