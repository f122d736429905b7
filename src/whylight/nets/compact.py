"""A compact residual network for small pictures: the classifier that whylight ships.

Eight convolutions in the manner of the fast CIFAR residual networks (Page, 2018), with three choices made for explanation:
the input is 64 × 64 so that maps are fine, the last grid is 8 × 8, and the head is a global average pool and one linear
layer, so that CAM is an exact decomposition of the logit.
"""

from torch import Tensor, nn

INPUT_SIZE = 64
MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)


def convolution(inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution without bias, batch norm and ReLU; the grid shrinks only by ``stride``."""
    padding = (kernel - 1) // 2
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class Residual(nn.Module):
    """Two convolutions whose result is added to their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(convolution(channels, channels), convolution(channels, channels))

    def forward(self, features: Tensor) -> Tensor:
        """Features (batch, channels, rows, columns) in, the same shape out."""
        change: Tensor = self.body(features)
        return features + change


class Compact(nn.Module):
    """Normalised pictures (batch, 3, 64, 64) in, logits (batch, classes) out."""

    def __init__(self, classes: int = 10, widths: tuple[int, int, int, int] = (32, 64, 128, 192)) -> None:
        super().__init__()
        stem, first, second, third = widths
        self.features = nn.Sequential(
            convolution(3, stem, kernel=4, stride=2),
            convolution(stem, first),
            nn.MaxPool2d(2),
            Residual(first),
            convolution(first, second),
            nn.MaxPool2d(2),
            convolution(second, third),
            Residual(third),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(third, classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits of normalised pictures."""
        logits: Tensor = self.head(self.pool(self.features(pictures)).flatten(1))
        return logits
