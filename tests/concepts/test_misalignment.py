"""Concepts that look into their box alone do not change; those that look around do."""

import pytest
import torch
from torch import nn

from whylight.classifier import Classifier
from whylight.concepts.misalignment import boxes, misalignment
from whylight.errors import MetricError
from whylight.frame import Resizing
from whylight.types import Images


def network(kernel: int) -> Classifier:
    """8 × 8 cells of 4 pixels; a kernel of 4 sees its own cell alone, one of 12 its neighbours too."""
    torch.manual_seed(0)
    layers = nn.Sequential(
        nn.Conv2d(3, 6, kernel, stride=4, padding=(kernel - 4) // 2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 4),
    ).eval()
    return Classifier("cells", ("a", "b", "c", "d"), layers, layers, "1", resizing=Resizing((32, 32), None))


def test_a_concept_that_sees_its_cell_alone_is_aligned(images: Images) -> None:
    found = misalignment(network(4), images, steps=3)
    assert found.activation_change.abs().max() < 1e-5
    assert found.location_change.tolist() == [0, 0, 0]
    assert found.label_kept.tolist() == [1, 1, 1]


def test_a_concept_that_looks_around_is_not(images: Images) -> None:
    found = misalignment(network(12), images, steps=3, radius=0.005)
    assert 0.001 < found.activation_change.mean() < 0.9
    assert ((found.location_change == 0) | (found.location_change == 1)).all()
    assert ((found.label_kept == 0) | (found.label_kept == 1)).all()
    more = misalignment(network(12), images, steps=3, radius=0.02)
    assert more.activation_change.mean() > found.activation_change.mean()


def test_the_box_of_a_cell() -> None:
    found = boxes(torch.tensor([5]), (2, 4), (8, 8))[0]
    assert found.nonzero()[[0, -1]].tolist() == [[4, 2], [7, 3]]
    assert int(found.sum()) == 8


def test_settings_out_of_range_are_refused(images: Images) -> None:
    with pytest.raises(MetricError, match=r"got 0\.0 and 10"):
        misalignment(network(4), images, radius=0.0)
