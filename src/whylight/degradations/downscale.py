"""Downscale: the picture made smaller and brought back to its size, so that what is fine in it is lost.

Bicubic in both directions, with the antialiasing of Pillow (a = −0.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch.nn import functional

from whylight.degradation import Degradation
from whylight.types import Images


@dataclass(frozen=True)
class Downscale(Degradation):
    """``factor``: by how much each side is made smaller, above 1."""

    factor: float = 2.0

    def __post_init__(self) -> None:
        if not 1 < self.factor < float("inf"):
            raise ValueError(f"expected a factor above 1; got {self.factor}")

    def __call__(self, images: Images, seeds: Sequence[int]) -> Images:  # noqa: ARG002 - nothing is drawn
        """The blurred pictures, at the size that they had."""
        size = (images.shape[2], images.shape[3])
        small = [max(1, round(side / self.factor)) for side in size]
        reduced = functional.interpolate(images, small, mode="bicubic", antialias=True)
        return functional.interpolate(reduced, list(size), mode="bicubic", antialias=True).clamp(0, 1)
