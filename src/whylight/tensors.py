"""Small pure functions on tensors that several folders use."""

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.nn import functional

from whylight.types import Logits, Maps, Scores, Targets


def pick(logits: Logits, targets: Targets) -> Scores:
    """Each row's number at its own target."""
    return logits.gather(1, targets[:, None]).squeeze(1)


def target_output(logits: Logits, targets: Targets, output: str = "probability") -> Scores:
    """The target's softmax probability in [0, 1], or its logit when ``output`` is ``"logit"``."""
    return pick(logits.softmax(dim=1) if output == "probability" else logits, targets)


def resize_maps(maps: Maps, size: tuple[int, int]) -> Maps:
    """Bilinear resizing to ``size`` (height, width) with cell centres kept where they are; exact for equal sizes."""
    if tuple(maps.shape[-2:]) == tuple(size):
        return maps
    return functional.interpolate(maps[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]


def flat(maps: Shaped[Tensor, "batch *rest"]) -> Shaped[Tensor, "batch pixel"]:
    """All but the first axis joined."""
    return maps.reshape(len(maps), -1)


def scale_to_unit(maps: Maps) -> Maps:
    """Each map divided by its own largest magnitude, so that it lies in [-1, 1]; a map of zeros stays one."""
    largest = flat(maps.abs()).amax(dim=1).clamp_min(torch.finfo(maps.dtype).tiny)
    return maps / largest[:, None, None]


def min_max(maps: Maps) -> Maps:
    """Each map stretched to [0, 1]; a constant map becomes zeros."""
    low, high = flat(maps).amin(dim=1)[:, None, None], flat(maps).amax(dim=1)[:, None, None]
    return (maps - low) / (high - low).clamp_min(torch.finfo(maps.dtype).tiny)


def correlation(first: Float[Tensor, "batch *rest"], second: Float[Tensor, "batch *rest"]) -> Scores:
    """Pearson's correlation of two stacks, row by row, in [-1, 1]; NaN where either is constant."""
    a, b = flat(first).double(), flat(second).double()
    a, b = a - a.mean(dim=1, keepdim=True), b - b.mean(dim=1, keepdim=True)
    norms = a.norm(dim=1) * b.norm(dim=1)
    return torch.where(norms > 0, (a * b).sum(dim=1) / norms, torch.nan).float()
