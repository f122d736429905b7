"""Fashion CNN: a residual network for small grey pictures that one processor core trains in minutes: 0.2 million parameters.

    conv 3 × 3, 32    pool 2    conv 64    pool 2    conv 128 + residual of one convolution    mean over the grid    linear

Wide where the grid is small and narrow where it is large: most of the work is done at 7 × 7. Pictures of 28 × 28 leave
that grid.
"""

from torch import nn

from whylight.nets._averaged import Added, Averaged, check_size, convolution

LEAST = 8
"""Pixels a side, for a last grid of 2 × 2."""


class FashionCNN(Averaged):
    """Normalised pictures (batch, channels, height, width) in, logits (batch, classes) out."""

    def __init__(self, classes: int, channels: int, widths: tuple[int, int, int]) -> None:
        first, second, third = widths
        features = nn.Sequential(
            *(convolution(channels, first), nn.MaxPool2d(2)),
            *(convolution(first, second), nn.MaxPool2d(2)),
            *(convolution(second, third), Added(convolution(third, third))),
        )
        super().__init__(features, third, classes)


def build(classes: int, channels: int, size: tuple[int, int], width: int = 32) -> FashionCNN:
    """The network; ``width``: channels of the first convolution. Raises ValueError for pictures that leave no grid."""
    check_size(size, LEAST)
    return FashionCNN(classes, channels, (width, 2 * width, 4 * width))
