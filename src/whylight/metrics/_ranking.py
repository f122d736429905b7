"""Ranks with ties: what a map's order says where several pixels share a value.

Which of the pixels that are level comes first would be the accident of their places. Here every order of them counts
alike: ranks are their mean, and what lies among the largest values is an expectation.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight.tensors import flat
from whylight.types import Maps, Scores


def ranks(rows: Float[Tensor, "batch pixel"]) -> Float[Tensor, "batch pixel"]:
    """Each number's place in its row from 0, the mean place where several are level."""
    ordered, order = rows.sort(dim=1)
    smaller, not_larger = torch.searchsorted(ordered, ordered), torch.searchsorted(ordered, ordered, right=True)
    return torch.zeros_like(ordered, dtype=torch.float64).scatter_(1, order, (smaller + not_larger - 1).double() / 2)


def expected_hits(maps: Maps, region: Bool[Tensor, "batch height width"], count: Int[Tensor, " batch"]) -> Scores:
    """How many of each map's ``count`` largest pixels lie in the region, on average over the orders of those level with
    the last of them. NaN where the map is not finite."""
    values, inside = flat(maps), flat(region)
    last = values.sort(dim=1, descending=True).values.gather(1, (count[:, None] - 1).clamp_min(0))
    above, level = values > last, values == last
    share = (level & inside).sum(dim=1) / level.sum(dim=1).clamp_min(1)
    hits = (above & inside).sum(dim=1) + (count - above.sum(dim=1)) * share
    return torch.where(values.isfinite().all(dim=1), hits, torch.nan)
