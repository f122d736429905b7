"""The rate over a training, as a share of its peak, and the optimiser that it drives.

constant    1
cosine      rises evenly over the first 5 %, then (1 + cos π p) / 2
one_cycle   rises evenly over the first 20 %, then falls evenly to nothing
"""

import math
from collections.abc import Iterable

import torch
from torch import nn

from whylight.training.hyperparameters import Hyperparameters, Schedule

RISE: dict[Schedule, float] = {"cosine": 0.05, "one_cycle": 0.2}
MOMENTUM = 0.9


def rate_share(schedule: Schedule, progress: float) -> float:
    """The rate's share of its peak, in [0, 1], when ``progress`` of the training, in [0, 1], is done."""
    rise = RISE.get(schedule, 0.0)
    if progress < rise:
        return progress / rise
    if schedule == "constant":
        return 1.0
    fallen = (progress - rise) / (1 - rise)
    return (1 + math.cos(math.pi * fallen)) / 2 if schedule == "cosine" else 1 - fallen


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Sets the rate of every group, or the ``share`` of it that a group asks for."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group.get("share", 1.0)


def optimiser_for(
    network: nn.Module, given: Hyperparameters, spared: Iterable[nn.Parameter] = ()
) -> torch.optim.Optimizer:
    """The optimiser of all weights that are trained. Biases and norms do not decay, nor do the ``spared`` weights."""
    without = {id(parameter) for parameter in spared}
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    decayed = [each for each in trained if each.ndim > 1 and id(each) not in without]
    plain = [each for each in trained if each.ndim <= 1 or id(each) in without]
    groups = [
        {"params": decayed, "weight_decay": given.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    if given.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=given.rate, momentum=MOMENTUM, nesterov=True)
    kind = torch.optim.AdamW if given.optimiser == "adamw" else torch.optim.Adam
    return kind(groups, lr=given.rate)
