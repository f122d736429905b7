"""What lies among a map's largest values where several pixels share a value.

Which of the pixels that are level comes first would be the accident of their places. Here every order of them counts
alike: what lies among the largest values is an expectation.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from whylight.tensors import flat
from whylight.types import Maps, Scores


def expected_hits(maps: Maps, region: Bool[Tensor, "batch height width"], count: Int[Tensor, " batch"]) -> Scores:
    """How many of each map's ``count`` largest pixels lie in the region, on average over the orders of those level with
    the last of them. NaN where the map is not finite."""
    values, inside = flat(maps), flat(region)
    last = values.sort(dim=1, descending=True).values.gather(1, (count[:, None] - 1).clamp_min(0))
    above, level = values > last, values == last
    share = (level & inside).sum(dim=1) / level.sum(dim=1).clamp_min(1)
    hits = (above & inside).sum(dim=1) + (count - above.sum(dim=1)) * share
    return torch.where(values.isfinite().all(dim=1), hits, torch.nan)
