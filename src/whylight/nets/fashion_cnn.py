"""Fashion CNN: a residual network for small grey pictures that one core trains in minutes: 0.3 million parameters.

    conv 3 × 3, 32    pool 2    conv 64, residual 64    pool 2    conv 128, residual 128    mean over the grid    linear

Wide where the grid is small and narrow where it is large. Pictures of 28 × 28 leave a grid of 7 × 7.
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
            *(convolution(first, second), Added(convolution(second, second)), nn.MaxPool2d(2)),
            *(convolution(second, third), Added(convolution(third, third))),
        )
        super().__init__(features, third, classes)


def build(classes: int, channels: int, size: tuple[int, int], width: int = 32) -> FashionCNN:
    """The network; ``width``: channels of the first convolution. Raises ValueError for pictures that leave no grid."""
    check_size(size, LEAST)
    return FashionCNN(classes, channels, (width, 2 * width, 4 * width))
