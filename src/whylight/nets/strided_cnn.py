"""Strided CNN: two convolutions of stride 2 and a head of 10 labels: 8,826 parameters for pictures in grey.

    conv 4 × 4, 16, stride 2    conv 4 × 4, 32, stride 2    mean over the grid    linear

With ``hidden=64`` a layer over the whole grid stands in place of its mean: 109,562 parameters for pictures of 28 × 28, which
leave a grid of 7 × 7. Strides keep how bright something is, where a pool keeps its brightest pixel alone, and the hidden
layer keeps where it is: of our networks that one learns soonest what stands in a corner, and has most to unlearn
(``whylight learn``). No class activation map takes its logit apart.
"""

from torch import nn

from whylight.nets._averaged import Averaged, begin_as_keras, check_size

WIDTHS = (16, 32)
LEAST = 8
"""Pixels a side, for a last grid of 2 × 2."""


class StridedCNN(Averaged):
    """Normalised pictures (batch, channels, height, width) in, logits (batch, classes) out."""

    def __init__(self, classes: int, channels: int) -> None:
        first, second = WIDTHS
        features = nn.Sequential(
            *(nn.Conv2d(channels, first, 4, stride=2, padding=1), nn.ReLU()),
            *(nn.Conv2d(first, second, 4, stride=2, padding=1), nn.ReLU()),
        )
        super().__init__(features, second, classes)


class StridedCNNWhole(StridedCNN):
    """The same with a hidden layer that sees the whole grid."""

    def __init__(self, classes: int, channels: int, size: tuple[int, int], hidden: int) -> None:
        super().__init__(classes, channels)
        cells = (size[0] // 2 // 2) * (size[1] // 2 // 2)
        self.pool = nn.Identity()
        self.head = nn.Sequential(nn.Linear(WIDTHS[-1] * cells, hidden), nn.ReLU(), nn.Linear(hidden, classes))


def build(classes: int, channels: int, size: tuple[int, int], hidden: int = 0) -> StridedCNN:
    """The network; ``hidden``: of the layer that sees the whole grid, 0 for the mean over it. Raises ValueError for pictures
    that leave no grid."""
    check_size(size, LEAST)
    network = StridedCNNWhole(classes, channels, size, hidden) if hidden else StridedCNN(classes, channels)
    begin_as_keras(network)
    return network
