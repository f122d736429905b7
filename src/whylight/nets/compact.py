"""A compact residual network for small pictures: the classifier that whylight ships.

Eight convolutions in the manner of the fast CIFAR residual networks (Page, 2018), with three choices made for explanation:
the input is 64 × 64 so that maps are fine, the last grid is 8 × 8, and the head is a global average pool and one linear
layer, so that CAM is an exact decomposition of the logit.
"""

from torch import nn

from whylight.nets._averaged import Added, Averaged, check_size, convolution

INPUT_SIZE = 64
LEAST = 16
MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)


def residual(channels: int) -> Added:
    """Two convolutions whose result is added to their input."""
    return Added(nn.Sequential(convolution(channels, channels), convolution(channels, channels)))


class Compact(Averaged):
    """Normalised pictures (batch, channels, 64, 64) in, logits (batch, classes) out."""

    def __init__(
        self, classes: int = 10, widths: tuple[int, int, int, int] = (32, 64, 128, 192), channels: int = 3
    ) -> None:
        stem, first, second, third = widths
        features = nn.Sequential(
            convolution(channels, stem, kernel=4, stride=2),
            convolution(stem, first),
            nn.MaxPool2d(2),
            residual(first),
            convolution(first, second),
            nn.MaxPool2d(2),
            convolution(second, third),
            residual(third),
        )
        super().__init__(features, third, classes)


def build(classes: int, channels: int, size: tuple[int, int]) -> Compact:
    """The network; raises ValueError for pictures that leave no grid."""
    check_size(size, LEAST)
    return Compact(classes, channels=channels)
