"""A classifier whose answer is known for every coalition: its logit is a weighted sum over the cells of a 3 × 3 grid."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from whylight.classifier import Classifier
from whylight.frame import Resizing
from whylight.types import Images, Logits, Segments

SIDE = 24
CELLS = 3


@pytest.fixture
def weights() -> Tensor:
    """What each cell's brightness counts: both signs, and one that counts nothing."""
    return torch.tensor([2.0, -1.5, 0.5, 0.0, 1.0, -0.25, 0.75, -0.5, 0.125])


@pytest.fixture
def additive(weights: Tensor) -> Classifier:
    """Label 0's logit is the weighted sum of the cells' brightness, label 1's is 0."""

    def predict(images: Images) -> Logits:
        cells = functional.adaptive_avg_pool2d(images.mean(dim=1, keepdim=True), CELLS).flatten(1)
        logit = cells @ weights.to(cells)
        return torch.stack([logit, torch.zeros_like(logit)], dim=1)

    return Classifier("additive", ("yes", "no"), predict, resizing=Resizing((SIDE, SIDE), None))


@pytest.fixture
def white() -> Images:
    """A white picture: hiding a cell with black takes its whole weight away."""
    return torch.ones(1, 3, SIDE, SIDE)


@pytest.fixture
def cells() -> Segments:
    """The grid's cells by number."""
    step = torch.arange(SIDE) // (SIDE // CELLS)
    return (step[:, None] * CELLS + step)[None]
