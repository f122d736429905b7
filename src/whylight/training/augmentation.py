"""Chance changes of pictures that keep what they show: another view of each of them in every epoch.

    flip               left and right exchanged, half of the time
    shift              up to an eighth of the side in each direction; what comes in is mirrored at the border
    erase              a rectangle of 2 to 20 % of the picture as the mean colour, half of the time
    crop               30 to 100 % of the picture, of 3:4 to 4:3 in shape, brought back to its size

What happens to a picture depends on the random numbers of its own row, so that a batch can be cut into shares for several
processes. Random crops: Szegedy et al., 2014, arXiv:1409.4842; erasing: Zhong et al., 2017, arXiv:1708.04896.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from whylight.training.hyperparameters import Augmentation
from whylight.types import Images

NUMBERS = 8
"""Random numbers of a picture: flip, shift across, shift down, whether to erase, and of a rectangle its area, its ratio, its
place down and its place across."""

MOST_SHIFT = 1 / 8
ERASED = (0.02, 0.2)
CROPPED = (0.3, 1.0)
RATIO = math.log(4 / 3)

Drawn = Float[Tensor, "batch 8"]
"""Numbers from [0, 1), one row a picture."""


def draw(count: int, random: torch.Generator) -> Drawn:
    """The random numbers of ``count`` pictures."""
    return torch.rand(count, NUMBERS, generator=random)


def augmented(images: Images, kind: Augmentation, drawn: Drawn) -> Images:
    """The pictures changed as ``drawn`` says."""
    if kind == "none":
        return images
    numbers = drawn.to(images.device)
    if kind == "crop_flip":
        return cropped(images, numbers)
    moved = shifted(images, numbers, most=0.0 if kind == "flip" else MOST_SHIFT)
    return erased(moved, numbers) if kind == "shift_flip_erase" else moved


def shifted(images: Images, numbers: Drawn, most: float = MOST_SHIFT) -> Images:
    """Flipped and moved by whole pixels."""
    height, width = images.shape[-2:]
    columns = _moved(width, numbers[:, 1], most)
    columns = torch.where(numbers[:, :1] < 0.5, width - 1 - columns, columns)
    rows = _moved(height, numbers[:, 2], most)
    by_row = images.gather(2, rows[:, None, :, None].expand(-1, images.shape[1], -1, width))
    return by_row.gather(3, columns[:, None, None, :].expand(-1, images.shape[1], height, -1))


def _moved(side: int, numbers: Float[Tensor, " batch"], most: float) -> Int[Tensor, "batch place"]:
    """Which row or column each one comes from, mirrored at the border."""
    reach = round(most * side)
    steps = (numbers * (2 * reach + 1)).floor().long() - reach
    places = torch.arange(side, device=numbers.device)[None] + steps[:, None]
    last = side - 1
    return last - (last - places.abs()).abs()


def erased(images: Images, numbers: Drawn) -> Images:
    """A rectangle of half of the pictures filled with the picture's mean colour."""
    height, width = images.shape[-2:]
    area = ERASED[0] + (ERASED[1] - ERASED[0]) * numbers[:, 4]
    ratio = torch.exp(RATIO * (2 * numbers[:, 5] - 1))
    inside = _span(height, (area * ratio).sqrt(), numbers[:, 6])[:, :, None]
    inside = inside & _span(width, (area / ratio).sqrt(), numbers[:, 7])[:, None, :]
    chosen = inside & (numbers[:, 3] < 0.5)[:, None, None]
    return torch.where(chosen[:, None], images.mean(dim=(2, 3), keepdim=True), images)


def _span(side: int, share: Float[Tensor, " batch"], place: Float[Tensor, " batch"]) -> Tensor:
    """(batch, side): which rows or columns lie in a span of ``share`` of the side."""
    length = (share * side).round().clamp(1, side)
    start = (place * (side - length + 1)).floor()
    at = torch.arange(side, device=share.device)[None]
    return (at >= start[:, None]) & (at < (start + length)[:, None])


def cropped(images: Images, numbers: Drawn) -> Images:
    """A part of each picture at the size of the whole, flipped half of the time."""
    area = CROPPED[0] + (CROPPED[1] - CROPPED[0]) * numbers[:, 4]
    ratio = torch.exp(RATIO * (2 * numbers[:, 5] - 1))
    down, across = (area * ratio).sqrt().clamp_max(1), (area / ratio).sqrt().clamp_max(1)
    mirror = torch.where(numbers[:, 0] < 0.5, -1.0, 1.0)
    zeros = torch.zeros_like(area)
    middle_down, middle_across = (1 - down) * (2 * numbers[:, 6] - 1), (1 - across) * (2 * numbers[:, 7] - 1)
    rows = [torch.stack([across * mirror, zeros, middle_across], 1), torch.stack([zeros, down, middle_down], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
