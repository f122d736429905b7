"""Scores against counts made by hand, and the mean and deviation that networks are given."""

import pytest
import torch
from torch import nn

from whylight.training.data import Labelled
from whylight.training.hyperparameters import Hyperparameters
from whylight.training.losses import losses
from whylight.training.scoring import score
from whylight.training.standardised import Standardised, statistics_of

NAMES = tuple(str(number) for number in range(6))


class Brightness(nn.Module):
    """Three labels by the mean of a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([-1.0, 0.0, 1.0]))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images.mean(dim=(1, 2, 3))[:, None] - 0.5) * self.weight


def pictures(*brightness: int) -> torch.Tensor:
    return torch.tensor(brightness, dtype=torch.uint8).reshape(-1, 1, 1, 1).expand(-1, 1, 4, 4).contiguous()


DATA = Labelled(
    pictures(0, 255, 255, 0, 10, 250), torch.tensor([0, 0, 2, 0, 2, 2]), NAMES, NAMES, ("dark", "never", "bright")
)


def test_confusion_accuracy_and_loss() -> None:
    network, given = Brightness(), Hyperparameters(smoothing=0.1)
    found = score(network, DATA, given)
    assert found.confusion.tolist() == [[2, 0, 1], [0, 0, 0], [1, 0, 2]]
    assert found.accuracy == 4 / 6
    assert found.of_labels == [2 / 3, None, 2 / 3]
    with torch.no_grad():
        each = losses(network(DATA.images(range(6))), DATA.labels, given)
    assert found.loss == pytest.approx(each.mean().item(), rel=1e-6)


def test_statistics_are_those_of_all_pixels() -> None:
    random = torch.Generator().manual_seed(0)
    colours = torch.randint(0, 256, (6, 3, 5, 4), generator=random, dtype=torch.uint8)
    data = Labelled(colours, torch.zeros(6, dtype=torch.long), NAMES, NAMES, ("a", "b"))
    mean, deviation = statistics_of(data, seed=0)
    pixels = colours.double().transpose(0, 1).reshape(3, -1) / 255
    assert mean == pytest.approx(pixels.mean(dim=1).tolist(), abs=1e-6)
    assert deviation == pytest.approx(pixels.std(dim=1, correction=0).tolist(), abs=1e-6)
    seen = Standardised(nn.Flatten(), (mean, deviation))(data.images(range(6))).reshape(6, 3, -1)
    assert seen.mean(dim=(0, 2)).abs().max() < 1e-5
    assert torch.allclose(seen.std(dim=(0, 2), correction=0), torch.ones(3), atol=1e-4)


def test_a_constant_channel_does_no_harm() -> None:
    data = Labelled(pictures(7, 7, 7, 7, 7, 7), torch.zeros(6, dtype=torch.long), NAMES, NAMES, ("a", "b"))
    mean, deviation = statistics_of(data, seed=0)
    assert mean == pytest.approx((7 / 255,), abs=1e-6)
    assert deviation == (0.001,)
