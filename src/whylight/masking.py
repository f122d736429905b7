"""What is put in the place of pixels that are taken away. Every perturbation in the library mixes a picture with a fill:

perturbed = keep · picture + (1 - keep) · fill
"""

import math
from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from whylight.errors import MethodError
from whylight.types import Images, Masks, Segments

Fill = Literal["blur", "mean", "black", "grey", "white", "segment_mean"]
FILLS: tuple[str, ...] = get_args(Fill)


REFERENCE_SIDE = 224
"""The side that the weak blur was chosen for."""


def mix(images: Images, fills: Images, keep: Masks) -> Images:
    """``keep`` = 1 shows the picture, 0 shows the fill, and anything between blends the two."""
    return torch.lerp(fills, images, keep)


def mix_in_turn(
    images: Images, fills: Images, keep: Float[Tensor, "row 1 height width"], first: int
) -> Float[Tensor, "row channel height width"]:
    """``mix`` for rows that go through the pictures in turn again and again, the first of them row ``first`` of all.

    No picture is copied for it: the rows of a whole turn are mixed with all pictures at once.
    """
    pictures, rows = len(images), len(keep)
    at, lead = first % pictures, min(rows, -first % pictures)
    turns = (rows - lead) // pictures
    rest = rows - lead - turns * pictures
    head, body, tail = keep.split([lead, turns * pictures, rest])
    parts = []
    if lead:
        parts.append(mix(images[at : at + lead], fills[at : at + lead], head))
    if turns:
        parts.append(torch.lerp(fills, images, body.unflatten(0, (turns, pictures))).flatten(0, 1))
    if rest:
        parts.append(mix(images[:rest], fills[:rest], tail))
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def gaussian_kernel(sigma: float, taps: int) -> Tensor:
    """A normalised one-dimensional Gaussian of an odd number of ``taps``; truncated, not rescaled in width."""
    offsets = torch.arange(taps, dtype=torch.float32) - (taps - 1) / 2
    weights = torch.exp(-(offsets**2) / (2 * sigma**2))
    return weights / weights.sum()


def gaussian_blur(images: Images, sigma: float, taps: int | None = None) -> Images:
    """A Gaussian blur with reflected borders (edge not repeated), as OpenCV does it.

    ``sigma`` is in pixels; ``taps`` is the kernel's odd width, three standard deviations each way unless given. A kernel
    wider than the picture is cut to what reflection allows.
    """
    height, width = images.shape[-2:]
    half = math.ceil(3 * sigma) if taps is None else (taps - 1) // 2
    blurred = images
    for axis, length in ((2, height), (3, width)):
        reach = min(half, length - 1)
        kernel = gaussian_kernel(sigma, 2 * reach + 1).to(images)
        blurred = _blur_along(blurred, kernel, axis)
    return blurred


def _blur_along(images: Images, kernel: Tensor, axis: int) -> Images:
    reach, channels = len(kernel) // 2, images.shape[1]
    shape = (channels, 1, -1, 1) if axis == 2 else (channels, 1, 1, -1)
    weights = kernel.view(1, 1, *shape[2:]).expand(channels, 1, *kernel.view(shape[2:]).shape)
    padding = (0, 0, reach, reach) if axis == 2 else (reach, reach, 0, 0)
    return functional.conv2d(functional.pad(images, padding, mode="reflect"), weights, groups=channels)


def paper_blur(images: Images, sigma: float | None = None, taps: int | None = None) -> Images:
    """The weak blur of F-TC and F-NTC: standard deviation 5, cut off after 11 taps, at 224 pixels; scaled to the picture.

    Kang, Jung and Lee, 2019, arXiv:1909.12446, section 3.
    """
    scale = min(images.shape[-2:]) / REFERENCE_SIDE
    width = max(3, 2 * round((11 * scale - 1) / 2) + 1) if taps is None else taps
    return gaussian_blur(images, 5 * scale if sigma is None else sigma, width)


def fill(images: Images, kind: str, segments: Segments | None = None) -> Images:
    """The pictures' replacements: what is seen where nothing is kept.

    ``blur``: a Gaussian blur of a tenth of the shorter side. ``mean``: the picture's own mean colour. ``black``, ``grey``,
    ``white``: a constant. ``segment_mean``: each segment's own mean colour, LIME's choice.

    Raises MethodError for another word, or for ``segment_mean`` without segments.
    """
    constants = {"black": 0.0, "grey": 0.5, "white": 1.0}
    if kind in constants:
        return torch.full_like(images, constants[kind])
    if kind == "mean":
        return images.mean(dim=(2, 3), keepdim=True).expand_as(images)
    if kind == "blur":
        return gaussian_blur(images, sigma=min(images.shape[-2:]) / 10)
    if kind == "segment_mean" and segments is not None:
        return segment_means(images, segments)
    if kind == "segment_mean":
        others = ", ".join(word for word in FILLS if word != kind)
        raise MethodError(f"the fill segment_mean needs segments, and this method has none; choose one of {others}")
    raise MethodError(f"fill must be one of {', '.join(FILLS)}; got {kind!r}")


def segment_means(images: Images, segments: Segments) -> Images:
    """Each pixel replaced by the mean colour of its segment."""
    batch, channels, height, width = images.shape
    number = segments.reshape(batch, 1, -1).expand(-1, channels, -1)
    pixels = images.reshape(batch, channels, -1)
    count = int(segments.max()) + 1
    sums = torch.zeros(batch, channels, count, dtype=images.dtype, device=images.device).scatter_add_(2, number, pixels)
    sizes = torch.zeros_like(sums).scatter_add_(2, number, torch.ones_like(pixels))
    return (sums / sizes.clamp_min(1)).gather(2, number).reshape(batch, channels, height, width)
