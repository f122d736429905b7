"""Means over pictures with their percentile bootstrap intervals.

Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from whylight.tensors import generator

DRAWS = 2000
LEVEL = 0.95

Interval = tuple[Float[Tensor, " row"], Float[Tensor, " row"]]


def means(rows: Float[Tensor, "row picture"]) -> Float[Tensor, " row"]:
    """The mean of each row's known numbers; NaN where none is known."""
    return rows.double().nanmean(dim=1)


def intervals(rows: Float[Tensor, "row picture"], seed: int = 0) -> Interval:
    """The edges of the 95 % interval of each row's mean when the pictures are drawn again with replacement; the same
    pictures are drawn for all rows. NaN where no number of a row is known."""
    count = rows.shape[1]
    drawn = torch.randint(count, (DRAWS, count), generator=generator(seed, count))
    weights = torch.zeros(DRAWS, count, dtype=torch.float64).scatter_add_(1, drawn, torch.ones_like(drawn).double())
    known = (~rows.isnan()).double()
    again = (rows.double().nan_to_num() @ weights.T) / (known @ weights.T)  # NaN where only unknown pictures were drawn
    edges = torch.tensor([(1 - LEVEL) / 2, (1 + LEVEL) / 2], dtype=torch.float64)
    low, high = again.nanquantile(edges, dim=1)
    return low, high


def interval_of_changes(up: int, down: int, pictures: int, seed: int = 0) -> tuple[float, float]:
    """The edges of the 95 % interval of (up - down) / pictures, of pictures of which so many went up by 1 and down by 1 and
    the others stayed. The same as ``intervals`` of these numbers, in memory that does not grow with them; NaN of none."""
    if not pictures:
        return float("nan"), float("nan")
    random, others = generator(seed, pictures, up, down), max(1, pictures - up)
    ups = torch.binomial(*_binomial(torch.full((DRAWS,), float(pictures)), up / pictures), generator=random)
    downs = torch.binomial(*_binomial(pictures - ups, down / others), generator=random)
    edges = torch.tensor([(1 - LEVEL) / 2, (1 + LEVEL) / 2], dtype=torch.float64)
    low, high = torch.quantile((ups - downs).double() / pictures, edges).tolist()
    return low, high


def _binomial(count: Float[Tensor, " draw"], share: float) -> tuple[Tensor, Tensor]:
    return count.double(), torch.full_like(count, share, dtype=torch.float64)
