"""Small CNN: two convolutions without padding, each followed by a pool, and a head of 10 labels: 19,466 parameters.

    conv 3 × 3, 32    pool 2    conv 3 × 3, 64    pool 2    mean over the grid    linear

The network of Suresh and Kaushik's comparison of class activation maps on Fashion-MNIST. Pictures of 28 × 28 leave a grid
of 5 × 5.
"""

from torch import nn

from whylight.nets._averaged import Averaged, check_size

LEAST = 14
"""Pixels a side, for a last grid of 2 × 2."""


class SmallCNN(Averaged):
    """Normalised pictures (batch, channels, height, width) in, logits (batch, classes) out."""

    def __init__(self, classes: int, channels: int) -> None:
        features = nn.Sequential(
            *(nn.Conv2d(channels, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        )
        super().__init__(features, 64, classes)


def build(classes: int, channels: int, size: tuple[int, int]) -> SmallCNN:
    """The network; raises ValueError for pictures that leave no grid."""
    check_size(size, LEAST)
    return SmallCNN(classes, channels)
