"""Small CNN: two convolutions without padding, each followed by a pool, and a head of 10 labels: 19,466 parameters.

    conv 3 × 3, 32    pool 2    conv 3 × 3, 64    pool 2    mean over the grid    linear

The network of Suresh and Kaushik's comparison of class activation maps on Fashion-MNIST. Pictures of 28 × 28 leave a grid
of 5 × 5. ``hidden=64`` takes in the lines that their listing has commented out: the whole grid and a layer of 64 in place of
its mean, 121,930 parameters, whose logit no class activation map takes apart.
"""

from torch import nn

from whylight.nets._averaged import Averaged, begin_as_keras, check_size

LEAST = 14
"""Pixels a side, for a last grid of 2 × 2."""
WIDTH = 64


class SmallCNN(Averaged):
    """Normalised pictures (batch, channels, height, width) in, logits (batch, classes) out."""

    def __init__(self, classes: int, channels: int) -> None:
        features = nn.Sequential(
            *(nn.Conv2d(channels, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, WIDTH, 3), nn.ReLU(), nn.MaxPool2d(2)),
        )
        super().__init__(features, WIDTH, classes)


class SmallCNNWhole(SmallCNN):
    """The same with a hidden layer that sees the whole grid."""

    def __init__(self, classes: int, channels: int, size: tuple[int, int], hidden: int) -> None:
        super().__init__(classes, channels)
        height, width = (((side - 2) // 2 - 2) // 2 for side in size)
        self.pool = nn.Identity()
        self.head = nn.Sequential(nn.Linear(WIDTH * height * width, hidden), nn.ReLU(), nn.Linear(hidden, classes))


def build(classes: int, channels: int, size: tuple[int, int], hidden: int = 0) -> SmallCNN:
    """The network; ``hidden``: of the layer that sees the whole grid, 0 for the mean over it. Raises ValueError for pictures
    that leave no grid."""
    check_size(size, LEAST)
    network = SmallCNNWhole(classes, channels, size, hidden) if hidden else SmallCNN(classes, channels)
    begin_as_keras(network)
    return network
