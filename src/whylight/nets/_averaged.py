"""Networks that end in a global average pool and one linear layer, so that CAM is an exact decomposition of the logit."""

from typing import ClassVar

from torch import Tensor, nn


class Averaged(nn.Module):
    """``features``: pictures (batch, channels, height, width) to a grid of ``width`` channels; then the mean over the grid
    and a linear layer."""

    layer: ClassVar[str] = "features"
    pool: nn.Module
    head: nn.Module

    def __init__(self, features: nn.Module, width: int, classes: int) -> None:
        super().__init__()
        self.features = features
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(width, classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits of normalised pictures."""
        logits: Tensor = self.head(self.pool(self.features(pictures)).flatten(1))
        return logits


class Added(nn.Module):
    """What a part answers, added to its input."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, features: Tensor) -> Tensor:
        """The same shape as the features."""
        change: Tensor = self.body(features)
        return features + change


def convolution(inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution without bias, batch norm and ReLU; the grid shrinks only by ``stride``."""
    padding = (kernel - 1) // 2
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


def check_size(size: tuple[int, int], least: int) -> None:
    """Raises ValueError for pictures whose shorter side is below ``least``."""
    if min(size) < least:
        raise ValueError(f"expected pictures of at least {least} × {least} pixels; got {size[0]} × {size[1]}")


def begin_as_keras(network: nn.Module) -> None:
    """Draws weights as Keras does unless told otherwise, and sets biases to 0 (Glorot and Bengio, 2010: evenly within
    ±√(6 / (inputs + outputs))): networks that were published in Keras learn as they did there."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
