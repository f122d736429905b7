"""From a picture as it was taken to the tensor that a classifier sees, and back with a map."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from whylight.errors import ModelError
from whylight.tensors import resize_maps

Edge = int | float

LONGEST_RATIO = 8
"""Beyond this ratio of the sides only the part that the classifier sees is resized, not the whole strip."""


@dataclass(frozen=True)
class Frame:
    """Which part of a picture a classifier saw.

    ``size``: the picture's (height, width). ``box``: (left, top, right, bottom) of the part, in the picture's pixels; it
    reaches beyond the picture where a margin was added.
    """

    size: tuple[int, int]
    box: tuple[float, float, float, float]

    @property
    def whole(self) -> bool:
        """Whether the classifier saw all of the picture."""
        height, width = self.size
        left, top, right, bottom = self.box
        return left <= 0 and top <= 0 and right >= width and bottom >= height

    def to_picture(self, one_map: Float[Tensor, "height width"]) -> Float[Tensor, "rows columns"]:
        """A map at the classifier's size laid over the picture: zeros where the classifier saw nothing."""
        height, width = self.size
        left, top, right, bottom = (round(edge) for edge in self.box)
        right, bottom = max(right, left + 1), max(bottom, top + 1)
        placed = torch.zeros(height, width, dtype=one_map.dtype)
        resized = resize_maps(one_map[None].cpu(), (bottom - top, right - left))[0]
        inside = resized[max(0, -top) : max(0, height - top), max(0, -left) : max(0, width - left)]
        above, before = max(0, top), max(0, left)
        placed[above : above + inside.shape[0], before : before + inside.shape[1]] = inside
        return placed

    def box_in_picture(
        self, box: tuple[Edge, Edge, Edge, Edge], size: tuple[int, int]
    ) -> tuple[float, float, float, float]:
        """A box (left, top, right, bottom) in the pixels of an input of ``size`` (height, width), in the picture's."""
        left, top, right, bottom = self.box
        across, down = (right - left) / size[1], (bottom - top) / size[0]
        return left + box[0] * across, top + box[1] * down, left + box[2] * across, top + box[3] * down


@dataclass(frozen=True)
class Resizing:
    """A classifier's own way to bring a picture to its input size.

    ``size``: the input's (height, width). ``shorter``: the shorter side after resizing, before the centre is cut out;
    None squashes the whole picture to ``size``. The rounding is torchvision's (``Resize`` and ``CenterCrop``).
    """

    size: tuple[int, int] = (224, 224)
    shorter: int | None = 256
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos"] = "bilinear"
    channels: int = 3

    def __call__(self, picture: Image.Image) -> tuple[Float[Tensor, "channel height width"], Frame]:
        """The picture as a tensor in [0, 1], and the frame that leads back.

        Raises ModelError for a classifier that takes neither 1 nor 3 channels: a picture file has no others.
        """
        if self.channels not in (1, 3):
            raise ModelError(
                f"a picture file has 1 or 3 channels and the classifier takes {self.channels}; "
                "explain tensors of that many channels in Python (whylight.explain)"
            )
        prepared = picture.convert("L" if self.channels == 1 else "RGB")
        width, height = prepared.size
        resample = Image.Resampling[self.interpolation.upper()]
        rows, columns = self.size
        if self.shorter is None:
            whole = (0.0, 0.0, float(width), float(height))
            return to_tensor(prepared.resize((columns, rows), resample)), Frame((height, width), whole)
        return self._cut_centre(prepared, resample)

    def _cut_centre(self, picture: Image.Image, resample: Image.Resampling) -> tuple[Tensor, Frame]:
        width, height = picture.size
        rows, columns = self.size
        shorter = max(self.shorter or 0, rows, columns)
        scale = shorter / min(width, height)
        large = (
            (shorter, int(shorter * height / width)) if width <= height else (int(shorter * width / height), shorter)
        )
        left, top = round((large[0] - columns) / 2), round((large[1] - rows) / 2)
        edges = (left / scale, top / scale, (left + columns) / scale, (top + rows) / scale)
        box = (max(0.0, edges[0]), max(0.0, edges[1]), min(float(width), edges[2]), min(float(height), edges[3]))
        if max(width, height) > LONGEST_RATIO * min(width, height):
            cut = picture.resize((columns, rows), resample, box=box)
        else:
            cut = picture.resize(large, resample).crop((left, top, left + columns, top + rows))
        return to_tensor(cut), Frame((height, width), box)


def to_tensor(picture: Image.Image) -> Float[Tensor, "channel height width"]:
    """Eight-bit pixels as floats in [0, 1], channels first."""
    pixels = np.array(picture, dtype=np.uint8)
    pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
