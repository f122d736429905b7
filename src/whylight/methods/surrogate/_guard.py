"""The faithfulness guard: a prior may not make a map say less of the classifier than the samples alone do.

A prior counts in full while it costs neither fit nor deletion more than is allowed, and else less:

    kept = the greatest share t in [0, 1], found by bisection, with
           R²(0) - R²(t) ≤ allowed       on samples that were not fitted
           D(t) - D(0) ≤ allowed · |f(x) - f(fill)|

D is the area under the answer while segments are taken away by decreasing coefficient, over the share of the pixels that
are gone. A share of 0 costs nothing, so that there always is one.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight.methods.surrogate._players import Players

HALVINGS = 5
STEPS = 8
"""Points of the deletion curve behind the whole picture."""
LEAST_RANGE = 1e-3
"""Where the whole picture and the fill differ by less, a share of it would be rounding."""

Numbers = Float[Tensor, "batch segment"]
Row = Float[Tensor, " batch"]
Costs = Callable[[Int[Tensor, " chosen"], Float[Tensor, " chosen"]], Float[Tensor, " chosen"]]
"""From pictures and the share of the prior that each keeps to what it costs; 1 is what is allowed."""


def kept_share(costs: Costs, pictures: int, device: torch.device) -> Row:
    """The share of the prior that each picture keeps."""
    everyone = torch.arange(pictures, device=device)
    low, high = (torch.full((pictures,), share, dtype=torch.float64, device=device) for share in (0.0, 1.0))
    fine = costs(everyone, high) <= 1
    low[fine] = 1.0
    left = everyone[~fine]
    for _ in range(HALVINGS):
        if len(left) == 0:
            break
        middle = (low[left] + high[left]) / 2
        good = costs(left, middle) <= 1
        low[left], high[left] = torch.where(good, middle, low[left]), torch.where(good, high[left], middle)
    return low


def deletion(players: Players, chosen: Int[Tensor, " chosen"], numbers: Numbers) -> Float[Tensor, " chosen"]:
    """D of each chosen picture: ``STEPS`` passes."""
    real, counts = players.real[chosen], players.counts[chosen]
    place = numbers.masked_fill(~real, -torch.inf).argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    steps = torch.arange(1, STEPS + 1, device=numbers.device)
    gone = (steps * counts[:, None] / STEPS).round().long()
    kept: Bool[Tensor, "chosen step segment"] = (place[:, None] >= gone[:, :, None]) & real[:, None]
    answers = torch.cat([players.whole[chosen, None], players.scores(chosen, kept)], dim=1)
    sizes = _sizes(players)[chosen]
    missing = 1 - torch.einsum("csm,cm->cs", kept.double(), sizes)
    return torch.trapezoid(answers, torch.cat([torch.zeros_like(missing[:, :1]), missing], dim=1), dim=1)


def span(players: Players) -> Row:
    """|f(x) - f(fill)|, at least so much that a share of it is no rounding: one pass a picture."""
    everyone = torch.arange(len(players.images), device=players.images.device)
    nothing = torch.zeros(len(everyone), 1, players.real.shape[1], dtype=torch.bool, device=everyone.device)
    return (players.whole - players.scores(everyone, nothing)[:, 0]).abs().clamp_min(LEAST_RANGE)


def _sizes(players: Players) -> Numbers:
    """Each segment's share of the picture."""
    numbers = players.segments.flatten(1)
    zeros = torch.zeros(players.real.shape, dtype=torch.float64, device=numbers.device)
    return zeros.scatter_add(1, numbers, torch.ones_like(numbers, dtype=torch.float64)) / numbers.shape[1]
