"""Deeper CNN: five padded convolutions of 16, 32, 64, 128 and 256 channels: 394,890 parameters for 10 labels in grey.

    conv 3 × 3, 16    pool 2    32    pool 2    64    pool 2    128    pool 2    256    mean over the grid    linear

The network under the CNN + SVM of Suresh and Kaushik's comparison on Fashion-MNIST. As published (``pools=4``) pictures of
28 × 28 leave one cell, in which no map can be seen. Here the last two pools are left out: a grid of 7 × 7, with the same
parameters.
"""

from torch import nn

from whylight.nets._averaged import Averaged, begin_as_keras, check_size

WIDTHS = (16, 32, 64, 128, 256)


class DeeperCNN(Averaged):
    """Normalised pictures (batch, channels, height, width) in, logits (batch, classes) out. ``pools``: behind so many of
    the first convolutions the grid is halved."""

    def __init__(self, classes: int, channels: int, pools: int = 2) -> None:
        parts: list[nn.Module] = []
        for number, (inputs, outputs) in enumerate(zip((channels, *WIDTHS), WIDTHS)):
            parts += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
            parts += [nn.MaxPool2d(2)] if number < pools else []
        super().__init__(nn.Sequential(*parts), WIDTHS[-1], classes)


def build(classes: int, channels: int, size: tuple[int, int], pools: int = 2) -> DeeperCNN:
    """The network; raises ValueError for more than 4 pools, or pictures that they leave nothing of."""
    if pools > len(WIDTHS) - 1:
        raise ValueError(f"expected at most {len(WIDTHS) - 1} pools; got {pools}")
    check_size(size, 2**pools)
    network = DeeperCNN(classes, channels, pools)
    begin_as_keras(network)
    return network
