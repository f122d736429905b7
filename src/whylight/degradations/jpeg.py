"""JPEG: the picture written as a JPEG file of low quality and read again, block edges, rings and lost colours included.

Written with Pillow's defaults, so that colours have half the resolution. The default quality is that of recognition-aware
deblocking (Liu et al., 2019, arXiv:1910.09185, section 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import torch
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor

from whylight.degradation import Degradation
from whylight.errors import DataError
from whylight.frame import to_tensor
from whylight.types import Images


@dataclass(frozen=True)
class JPEG(Degradation):
    """``quality``: 1 to 95, as image programs count it."""

    quality: int = 10

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 95:
            raise ValueError(f"expected a quality from 1 to 95; got {self.quality}")

    def __call__(self, images: Images, seeds: Sequence[int]) -> Images:  # noqa: ARG002 - nothing is drawn
        """The pictures as they are read again; raises DataError for other than 1 or 3 channels."""
        if images.shape[1] not in (1, 3):
            raise DataError(f"a JPEG file has 1 or 3 channels; got pictures with {images.shape[1]}")
        pixels = (images.detach().cpu().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1)
        again = [self._written(each) for each in pixels]
        return torch.stack(again).to(images) if again else images

    def _written(self, pixels: UInt8[Tensor, "height width channel"]) -> Tensor:
        grey = pixels.shape[2] == 1
        file = BytesIO()
        Image.fromarray((pixels[:, :, 0] if grey else pixels).numpy()).save(file, "JPEG", quality=self.quality)
        return to_tensor(Image.open(file))
