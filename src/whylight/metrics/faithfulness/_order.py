"""The order in which a map takes pixels away, and the masks along the way.

A map's order is computed once, as the place of each pixel; the mask of a step is one comparison with it. Pixels that share
a value stand in a random order that depends on the seed alone, so that a constant map is a random one, and no map gains by
where its level pixels happen to lie.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight.tensors import flat, generator
from whylight.types import Maps, Masks

Places = Int[Tensor, "batch height width"]
Counts = Int[Tensor, "batch change"]


def places(maps: Maps, seed: int) -> Places:
    """The place of each pixel from 0, the largest signed value first: support, then nothing, then what hinders most."""
    return places_in_rows(flat(maps), seed).reshape(maps.shape)


def places_in_rows(rows: Float[Tensor, "batch item"], seed: int) -> Int[Tensor, "batch item"]:
    """The place of each number in its row from 0, the largest first, those that are level in a random order."""
    values = torch.nan_to_num(rows)
    shuffle = torch.randperm(values.shape[1], generator=generator(seed)).to(values.device)
    order = shuffle[values[:, shuffle].argsort(dim=1, descending=True, stable=True)]
    counted = torch.arange(values.shape[1], dtype=torch.int32, device=values.device).expand(order.shape)
    return torch.empty_like(counted).scatter_(1, order, counted)


def even_steps(pixels: int, steps: int) -> list[int]:
    """How many pixels are taken after each of 0 to ``steps`` steps: even but for rounding, 0 first and all last."""
    return [(pixels * step + steps // 2) // steps for step in range(steps + 1)]


@dataclass(frozen=True, eq=False)
class Between:
    """Masks that keep the pixels whose place is at least ``first`` and below ``past``, which each picture and change has
    its own of."""

    places: Places
    first: Counts
    past: Counts
    dtype: torch.dtype

    @classmethod
    def shared(cls, ordered: Places, bounds: list[tuple[int, int]], dtype: torch.dtype) -> "Between":
        """The same (first, past) of every change for all pictures."""
        both = torch.tensor(bounds, device=ordered.device).T[:, None].expand(2, len(ordered), -1)
        return cls(ordered, both[0], both[1], dtype)

    def __call__(self, pictures: Tensor, changes: Tensor) -> Masks:
        """1 where the picture is seen, 0 where it is taken away."""
        chosen = self.places[pictures]
        first, past = (bound[pictures, changes][:, None, None] for bound in (self.first, self.past))
        return ((chosen >= first) & (chosen < past)).to(self.dtype)[:, None]
