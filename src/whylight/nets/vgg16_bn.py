"""VGG-16 with batch norm: thirteen 3 × 3 convolutions in five blocks, with an averaging head: 15 million parameters.

The three linear layers of the published network, nine tenths of its parameters, give way to a mean over the grid and one
linear layer. Between two blocks the grid is halved as long as 4 cells a side are left, so that 32 × 32 leave 4 × 4.

Simonyan and Zisserman, 2014, arXiv:1409.1556, table 1, column D.
"""

from torch import nn

from whylight.nets._averaged import Averaged, check_size, convolution
from whylight.nets._residual import start_evenly

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Channels and convolutions."""
LEAST_CELLS = 4


class VGG16(Averaged):
    """Normalised pictures (batch, channels, height, width) in, logits (batch, classes) out. ``pools``: between so many of
    the first blocks the grid is halved."""

    def __init__(self, classes: int, channels: int, pools: int) -> None:
        parts: list[nn.Module] = []
        inputs = channels
        for number, (width, count) in enumerate(BLOCKS):
            parts += [nn.MaxPool2d(2)] if 0 < number <= pools else []
            parts += [convolution(inputs if first == 0 else width, width) for first in range(count)]
            inputs = width
        super().__init__(nn.Sequential(*parts), BLOCKS[-1][0], classes)
        start_evenly(self)


def build(classes: int, channels: int, size: tuple[int, int]) -> VGG16:
    """The network; raises ValueError for pictures of fewer than 4 × 4."""
    check_size(size, LEAST_CELLS)
    pools = max(count for count in range(len(BLOCKS)) if min(size) // 2**count >= LEAST_CELLS)
    return VGG16(classes, channels, pools)
