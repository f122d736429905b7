"""What is left of a concept's map: one signed number, from its strongest cell for and its strongest cell against.

    two_sided   v = max_u relu(J_u) - max_u relu(-J_u)
    max         v = max_u relu(J_u)
    mean        v = mean_u J_u

While it is learnt a maximum may be drawn: a = softmax((P + s g) / (s τ)) over the cells, P = relu(±J), g Gumbel noise, s the
channel's mean maximum over the batch; v = Σ_u a_u P_u. ``gumbel`` takes the cell with the largest a and lets gradients pass
through all (straight-through); ``soft`` takes the sum; ``hard`` is the maximum itself, as in evaluation.

Struski, Rymarczyk and Tabor, 2024, arXiv:2409.10329; Jang, Gu and Poole, 2017, arXiv:1611.01144, equation 2.
"""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from whylight.types import Features

Pooling = Literal["two_sided", "max", "mean"]
Drawing = Literal["gumbel", "soft", "hard"]
Values = Float[Tensor, "batch concept"]


def pooled(concepts: Features, pooling: Pooling) -> Values:
    """One number, v, for each picture and concept."""
    if pooling == "mean":
        return concepts.mean(dim=(2, 3))
    strongest = concepts.flatten(2).amax(dim=2).clamp_min(0)
    return strongest if pooling == "max" else strongest + concepts.flatten(2).amin(dim=2).clamp_max(0)


def drawn(concepts: Features, pooling: Pooling, drawing: Drawing, temperature: float = 1.0) -> Values:
    """The same while it is learnt; the noise comes from torch's global random state, which a training sets at each step."""
    if pooling == "mean" or drawing == "hard":
        return pooled(concepts, pooling)
    for_it = _drawn(concepts.flatten(2).clamp_min(0), drawing, temperature)
    return for_it if pooling == "max" else for_it - _drawn((-concepts).flatten(2).clamp_min(0), drawing, temperature)


def _drawn(cells: Float[Tensor, "batch concept cell"], drawing: Drawing, temperature: float) -> Values:
    with torch.no_grad():
        scale = cells.amax(dim=2).mean(dim=0)[:, None].clamp_min(1e-6)
        noise = -torch.empty_like(cells).exponential_().clamp_min(1e-20).log()
    shares = ((cells / scale + noise) / temperature).softmax(dim=2)
    if drawing == "soft":
        return (shares * cells).sum(dim=2)
    chosen = torch.zeros_like(shares).scatter_(2, shares.argmax(dim=2, keepdim=True), 1.0)
    return ((chosen + shares - shares.detach()) * cells).sum(dim=2)
