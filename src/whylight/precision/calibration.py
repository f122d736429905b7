"""Calibration: the pictures whose activations say which range 8-bit numbers have to cover.

Methods show a network what pictures never are: parts of them beside grey, black, white or a blur. So each picture is
taken as it is, and under masks of each fill. Of a square grid, cells are kept at random; more of them from mask to
mask, with hard edges and with soft ones in turn. The same pictures always give the same variants.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from whylight import masking
from whylight.tensors import generator
from whylight.types import Images, Masks

FILLS = ("grey", "blur", "mean", "black", "white")
KEPT = (0.0, 0.2, 0.5, 0.8)
"""The share of the cells that a mask keeps; without any, the fill is all that is seen."""
CELLS = 7
PICTURES = 4
"""The most pictures; more say little that is new of the ranges, and each costs as many passes as it has variants."""
SEED = 0


def variants(images: Images) -> Float[Tensor, "variant channel height width"]:
    """The first ``PICTURES`` pictures as they are, and under every mask of every fill: 1 + 5 × 4 of each."""
    images = images[:PICTURES].detach()
    found = [images]
    for place, kind in enumerate(FILLS):
        fills = masking.fill(images, kind)
        found += [
            masking.mix(images, fills, _mask(images, share, soft=(place + step) % 2 == 1, number=(place, step)))
            for step, share in enumerate(KEPT)
        ]
    return torch.cat(found).clamp(0, 1)


def _mask(like: Images, share: float, *, soft: bool, number: tuple[int, int]) -> Masks:
    """One mask for all pictures; with hard edges the cells end where pixels do."""
    cells = (torch.rand(1, 1, CELLS, CELLS, generator=generator(SEED, *number)) < share).to(like)
    mode: dict[str, Any] = {"mode": "bilinear", "align_corners": False} if soft else {"mode": "nearest"}
    mask: Masks = functional.interpolate(cells, size=like.shape[-2:], **mode).expand(len(like), -1, -1, -1)
    return mask
