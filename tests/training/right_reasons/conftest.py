"""Corrected pictures and two networks: a linear one, of which every gradient is known, and a small convolutional one."""

import pytest
import torch
from torch import nn

from whylight.classifier import as_grid
from whylight.training.right_reasons.reason import Corrected, Looked

PICTURES, SIDE, CHANNELS, LABELS = 4, 8, 2, 3


@pytest.fixture
def corrected() -> Corrected:
    """Four pictures; of the last one nothing is marked."""
    random = torch.Generator().manual_seed(3)
    unwanted = torch.rand(PICTURES, SIDE, SIDE, generator=random) < 0.3
    wanted = (torch.rand(PICTURES, SIDE, SIDE, generator=random) < 0.3) & ~unwanted
    unwanted[-1], wanted[-1] = False, False
    return Corrected(
        torch.rand(PICTURES, CHANNELS, SIDE, SIDE, generator=random, dtype=torch.float64),
        torch.tensor([0, 2, 1, 1]),
        unwanted,
        wanted,
        torch.arange(PICTURES),
    )


@pytest.fixture
def linear() -> tuple[nn.Linear, Looked]:
    """Logits that are linear in the pixels."""
    torch.manual_seed(1)
    layer = nn.Linear(CHANNELS * SIDE * SIDE, LABELS).double()
    return layer, Looked(lambda images: layer(images.flatten(1)), None, as_grid)


@pytest.fixture
def convolution() -> tuple[nn.Sequential, Looked]:
    """A grid of 4 × 4, an in-place ReLU behind it, its mean and a linear layer."""
    torch.manual_seed(2)
    network = nn.Sequential(
        nn.Conv2d(CHANNELS, 6, 3, padding=1),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 5, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(5, LABELS),
    ).double()
    return network, Looked(network, network.get_submodule("3"), as_grid)
