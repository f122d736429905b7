"""Small pure functions on tensors that several folders use."""

import numpy as np
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


def resize_maps(maps: Maps, size: tuple[int, int]) -> Float[Tensor, "batch rows columns"]:
    """Bilinear resizing to ``size`` (height, width) with cell centres kept where they are; exact for equal sizes."""
    if tuple(maps.shape[-2:]) == tuple(size):
        return maps
    return functional.interpolate(maps[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]


def flat(maps: Shaped[Tensor, "batch *rest"]) -> Shaped[Tensor, "batch pixel"]:
    """All but the first axis joined."""
    return maps.reshape(len(maps), -1)


def mean_ranks(rows: Float[Tensor, "batch pixel"]) -> Float[Tensor, "batch pixel"]:
    """Each number's place in its row from 0, the mean place where several are level."""
    ordered, order = rows.sort(dim=1)
    place = torch.arange(rows.shape[1], device=rows.device)
    differs, edge = ordered[:, 1:] != ordered[:, :-1], torch.ones_like(ordered[:, :1], dtype=torch.bool)
    first = torch.where(torch.cat([edge, differs], dim=1), place, 0).cummax(dim=1).values
    ends = torch.where(torch.cat([differs, edge], dim=1), place, rows.shape[1] - 1)
    last = ends.flip(1).cummin(dim=1).values.flip(1)
    return torch.zeros_like(ordered, dtype=torch.float64).scatter_(1, order, (first + last).double() / 2)


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


def agreement(first: Float[Tensor, "batch *rest"], second: Float[Tensor, "batch *rest"]) -> Scores:
    """How far two stacks say the same, row by row, in [-1, 1]: Pearson's correlation; the cosine where either row is
    constant, so that a map of one value can agree too; 1 where both are zero everywhere."""
    a, b = flat(first).double(), flat(second).double()
    norms = a.norm(dim=1) * b.norm(dim=1)
    both_zero = (a == 0).all(dim=1) & (b == 0).all(dim=1)
    cosine = torch.where(norms > 0, (a * b).sum(dim=1) / norms, both_zero.double()).float()
    correlated = correlation(first, second)
    constant = (a == a[:, :1]).all(dim=1) | (b == b[:, :1]).all(dim=1)
    return torch.where(constant, cosine, correlated)


def generator(*seed: int) -> torch.Generator:
    """Random numbers of their own for each sequence of whole numbers: (seed, stream, round). They come from the CPU on
    every device, and the global random state is neither read nor moved."""
    # with its length, since numpy takes (0,) and (0, 0) for the same
    mixed = np.random.SeedSequence([len(seed), *(number % 2**64 for number in seed)]).generate_state(1)
    return torch.Generator().manual_seed(int(mixed[0]))
