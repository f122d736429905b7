"""ResNet-18: four stages of 64 to 512 channels, two blocks each: 11 million parameters.

Pictures below 96 × 96 begin with a 3 × 3 convolution and no pool, so that 32 × 32 leave a grid of 4 × 4; larger ones begin
as published, with 7 × 7 and a stride. Names are torchvision's.

He et al., 2015, arXiv:1512.03385, table 1.
"""

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from whylight.nets._averaged import check_size
from whylight.nets._residual import stage, start_evenly

LEAST, LARGE = 16, 96


def projected(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """A shortcut that learns: a 1 × 1 convolution and batch norm."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


class ResNet18(nn.Module):
    """Normalised pictures (batch, channels, height, width) in, logits (batch, classes) out. ``large``: begin as for
    pictures of 224 × 224."""

    layer: ClassVar[str] = "layer4"

    def __init__(self, classes: int, channels: int, *, large: bool) -> None:
        super().__init__()
        kernel, stride, padding = (7, 2, 3) if large else (3, 1, 1)
        self.conv1 = nn.Conv2d(channels, 64, kernel, stride, padding, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1) if large else nn.Identity()
        self.layer1 = stage(64, 64, 2, 1, projected)
        self.layer2 = stage(64, 128, 2, 2, projected)
        self.layer3 = stage(128, 256, 2, 2, projected)
        self.layer4 = stage(256, 512, 2, 2, projected)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, classes)
        start_evenly(self)

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits of normalised pictures."""
        features = self.maxpool(functional.relu(self.bn1(self.conv1(pictures))))
        features = self.layer4(self.layer3(self.layer2(self.layer1(features))))
        logits: Tensor = self.fc(self.avgpool(features).flatten(1))
        return logits


def build(classes: int, channels: int, size: tuple[int, int]) -> ResNet18:
    """The network; raises ValueError for pictures that leave no grid."""
    check_size(size, LEAST)
    return ResNet18(classes, channels, large=min(size) >= LARGE)
