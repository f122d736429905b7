import random
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from whylight.methods.bridge._restored import own_randomness, restored


def spoil(network: nn.Sequential) -> None:
    """All kinds of harm that a library can do to a network, and then a failure."""
    first: Any = network[0]
    network.train().requires_grad_(requires_grad=False)
    first.register_forward_hook(lambda *_: None)
    first.extra = 3
    first.weight.grad = torch.ones(2, 2)
    first.weight.data.mul_(2)
    first.weight.data = torch.zeros(3)
    first.bias = nn.Parameter(torch.zeros(2))
    network.get_buffer("1.running_mean").add_(1)
    raise ValueError("on purpose")


def test_everything_done_to_a_network_is_undone() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).eval()
    first: Any = network[0]
    weight, values = first.weight, first.weight.detach().clone()
    with pytest.raises(ValueError, match="on purpose"), restored(network):
        spoil(network)
    assert not network.training
    assert not first._forward_hooks
    assert not hasattr(first, "extra")
    assert first.weight is weight
    assert torch.equal(first.weight, values)
    assert first.weight.grad is None
    assert first.weight.requires_grad
    assert network.get_buffer("1.running_mean").eq(0).all()


def test_randomness_of_its_own_leaves_the_global_states_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state(), random.getstate(), np.random.get_state(legacy=True)
    with own_randomness(5, torch.device("cpu")):
        drawn = torch.rand(1).item(), random.random(), np.random.random()  # noqa: S311  # no secrets
    after = torch.get_rng_state(), random.getstate(), np.random.get_state(legacy=True)
    assert torch.equal(before[0], after[0])
    assert before[1] == after[1]
    assert str(before[2]) == str(after[2])
    with own_randomness(5, torch.device("cpu")):
        assert drawn == (torch.rand(1).item(), random.random(), np.random.random())  # noqa: S311  # no secrets
