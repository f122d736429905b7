"""ResNet-20: the residual network for small pictures, three stages of 16, 32 and 64 channels: 0.27 million parameters.

Where a block changes the shape its shortcut takes every second cell and adds channels of zeros ("option A"), which has no
parameters. Names are those of published weights for CIFAR. Pictures of 32 × 32 leave a grid of 8 × 8.

He et al., 2015, arXiv:1512.03385, section 4.2.
"""

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from whylight.nets._averaged import check_size
from whylight.nets._residual import stage, start_evenly

LEAST = 8
"""Pixels a side, for a last grid of 2 × 2."""


class Subsampled(nn.Module):
    """Every second row and column, and zeros as further channels."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.more, self.stride = outputs - inputs, stride

    def forward(self, features: Tensor) -> Tensor:
        """Features (batch, inputs, rows, columns) in, (batch, outputs, rows / stride, columns / stride) out."""
        kept = features[:, :, :: self.stride, :: self.stride]
        return functional.pad(kept, (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))


class SmallResNet(nn.Module):
    """Normalised pictures (batch, channels, height, width) in, logits (batch, classes) out. ``depth``: 6 n + 2."""

    layer: ClassVar[str] = "layer3"

    def __init__(self, classes: int, channels: int, depth: int) -> None:
        super().__init__()
        count = (depth - 2) // 6
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = stage(16, 16, count, 1, Subsampled)
        self.layer2 = stage(16, 32, count, 2, Subsampled)
        self.layer3 = stage(32, 64, count, 2, Subsampled)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, classes)
        start_evenly(self)

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits of normalised pictures."""
        features = functional.relu(self.bn1(self.conv1(pictures)))
        features = self.layer3(self.layer2(self.layer1(features)))
        logits: Tensor = self.fc(self.avgpool(features).flatten(1))
        return logits


def build(classes: int, channels: int, size: tuple[int, int]) -> SmallResNet:
    """The network; raises ValueError for pictures that leave no grid."""
    check_size(size, LEAST)
    return SmallResNet(classes, channels, depth=20)
