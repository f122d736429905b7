"""The residual networks for 32 × 32 pictures, with shortcuts that have no parameters (option A).

He et al., 2016, arXiv:1512.03385, section 4.2: three stages of 16, 32 and 64 channels, 6n + 2 layers (n = 3: ResNet-20,
n = 9: ResNet-56), a global average pool and one linear layer. The names of the weights are those of the common
checkpoints (``layer1.0.conv1.weight``).
"""

from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """Two 3 × 3 convolutions; where the grid shrinks, the shortcut takes every second cell and adds empty channels."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.missing = stride, outputs - inputs

    def forward(self, features: Tensor) -> Tensor:
        """Features (batch, inputs, rows, columns) to (batch, outputs, rows / stride, columns / stride)."""
        change = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(features)))))
        shortcut = features[:, :, :: self.stride, :: self.stride]
        before = self.missing // 2
        return functional.relu(change + functional.pad(shortcut, (0, 0, 0, 0, before, self.missing - before)))


class CifarResNet(nn.Module):
    """Normalised pictures (batch, 3, 32, 32) in, logits (batch, classes) out; ``depth`` is 6n + 2."""

    def __init__(self, depth: int = 20, classes: int = 10) -> None:
        super().__init__()
        if depth < 8 or (depth - 2) % 6:
            raise ValueError(f"expected a depth of 6n + 2 (8, 14, 20, 32, 44, 56, 110, …); got {depth}")
        count = (depth - 2) // 6
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self._stage(16, 16, 1, count)
        self.layer2 = self._stage(16, 32, 2, count)
        self.layer3 = self._stage(32, 64, 2, count)
        self.linear = nn.Linear(64, classes)

    @staticmethod
    def _stage(inputs: int, outputs: int, stride: int, count: int) -> nn.Sequential:
        rest = [Block(outputs, outputs, 1) for _ in range(count - 1)]
        return nn.Sequential(Block(inputs, outputs, stride), *rest)

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits of normalised pictures."""
        features = functional.relu(self.bn1(self.conv1(pictures)))
        features = self.layer3(self.layer2(self.layer1(features)))
        logits: Tensor = self.linear(features.mean(dim=(2, 3)))
        return logits
