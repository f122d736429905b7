"""The basic block of residual networks: two convolutions whose result is added to their input (He et al., 2015)."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

Shortcut = Callable[[int, int, int], nn.Module]
"""(inputs, outputs, stride) to what the input goes through where its shape changes."""


class Block(nn.Module):
    """Features (batch, inputs, rows, columns) in, (batch, outputs, rows / stride, columns / stride) out."""

    def __init__(self, inputs: int, outputs: int, stride: int, shortcut: Shortcut) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        changes = stride != 1 or inputs != outputs
        self.downsample = shortcut(inputs, outputs, stride) if changes else nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        """The block's answer."""
        change = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(features)))))
        return functional.relu(change + self.downsample(features))


def stage(inputs: int, outputs: int, count: int, stride: int, shortcut: Shortcut) -> nn.Sequential:
    """Blocks in a row, of which the first changes the shape."""
    first = Block(inputs, outputs, stride, shortcut)
    return nn.Sequential(first, *(Block(outputs, outputs, 1, shortcut) for _ in range(count - 1)))


def start_evenly(network: nn.Module) -> None:
    """Draws the convolutions' weights so that the size of what passes through stays as it is (He et al., 2015)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
