"""Rates over a training, and which weights decay."""

import math

import pytest
import torch
from torch import nn

from whylight.training.hyperparameters import Hyperparameters
from whylight.training.schedule import optimiser_for, rate_share, set_rate


@pytest.mark.parametrize(
    ("schedule", "shares"),
    [
        ("constant", {0.0: 1.0, 0.5: 1.0, 0.999: 1.0}),
        ("one_cycle", {0.0: 0.0, 0.1: 0.5, 0.2: 1.0, 0.6: 0.5, 1.0: 0.0}),
        ("cosine", {0.0: 0.0, 0.025: 0.5, 0.05: 1.0, 0.525: 0.5, 1.0: 0.0}),
    ],
)
def test_shares_of_the_peak(schedule: str, shares: dict[float, float]) -> None:
    for progress, share in shares.items():
        assert rate_share(schedule, progress) == pytest.approx(share, abs=1e-12)  # type: ignore[arg-type]


def test_a_cosine_falls_as_a_cosine() -> None:
    assert rate_share("cosine", 0.05 + 0.95 / 4) == pytest.approx((1 + math.cos(math.pi / 4)) / 2)


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_biases_norms_and_spared_weights_do_not_decay(name: str) -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2, 2), nn.Linear(2, 2))
    network[3].requires_grad_(requires_grad=False)
    given = Hyperparameters(optimiser=name, weight_decay=0.1, rate=0.5)  # type: ignore[arg-type]
    optimiser = optimiser_for(network, given, [network.get_parameter("4.weight")])
    decayed, plain = ([id(each) for each in group["params"]] for group in optimiser.param_groups)
    assert decayed == [id(network.get_parameter("0.weight"))]
    names = ("0.bias", "1.weight", "1.bias", "4.weight", "4.bias")
    assert plain == [id(network.get_parameter(each)) for each in names]
    assert [group["weight_decay"] for group in optimiser.param_groups] == [0.1, 0.0]
    set_rate(optimiser, 0.25)
    assert [group["lr"] for group in optimiser.param_groups] == [0.25, 0.25]
    assert isinstance(optimiser, torch.optim.Optimizer)
