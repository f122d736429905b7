"""Means over pictures with their percentile bootstrap intervals, of the rows of tensors.

Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from whylight import resampling
from whylight.resampling import DRAWS, LEVEL
from whylight.tensors import generator

Interval = tuple[Float[Tensor, " row"], Float[Tensor, " row"]]


def means(rows: Float[Tensor, "row picture"]) -> Float[Tensor, " row"]:
    """The mean of each row's known numbers; NaN where none is known."""
    return torch.from_numpy(resampling.means(_columns(rows)))


def intervals(rows: Float[Tensor, "row picture"], seed: int = 0) -> Interval:
    """The edges of the 95 % interval of each row's mean when the pictures are drawn again with replacement; the same
    pictures are drawn for all rows. NaN where no number of a row is known."""
    low, high = resampling.intervals(_columns(rows), seed)
    return torch.from_numpy(low), torch.from_numpy(high)


def _columns(rows: Float[Tensor, "row picture"]) -> resampling.Columns:
    return np.ascontiguousarray(rows.double().numpy().T)


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
