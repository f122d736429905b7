"""Small pictures and small networks: what evaluation tutorials use, where a library's own work weighs most."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

import whylight
from whylight import registry
from whylight.classifier import Classifier
from whylight.types import Images

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
DATASETS = {"resnet20": "cifar10", "bundled": "cifar10", "lenet": "fashion_mnist"}


class Block(nn.Module):
    """Two convolutions and a shortcut without parameters: every second pixel, and channels of zeros."""

    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.stride, self.missing = stride, (outer - inner) // 2

    def forward(self, images: Tensor) -> Tensor:
        """The block's answer."""
        through = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(images)))))
        around = images[:, :, :: self.stride, :: self.stride]
        return functional.relu(through + functional.pad(around, (0, 0, 0, 0, self.missing, self.missing)))


class ResNet(nn.Module):
    """He et al., 2015, arXiv:1512.03385, section 4.2, option A."""

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        self.layer1, self.layer2, self.layer3 = (
            nn.Sequential(*[Block(inner if i == 0 else outer, outer, stride if i == 0 else 1) for i in range(blocks)])
            for inner, outer, stride in ((16, 16, 1), (16, 32, 2), (32, 64, 2))
        )
        self.linear = nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        first = functional.relu(self.bn1(self.conv1(images)))
        return self.linear(self.layer3(self.layer2(self.layer1(first))).mean(dim=(2, 3)))  # type: ignore[no-any-return]


def lenet() -> nn.Module:
    """LeCun et al., 1998, with rectifiers; random weights."""
    torch.manual_seed(0)
    features = [nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
    head = [nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
    return nn.Sequential(*features, *head).eval()


def small_network(name: str, root: Path) -> Classifier:
    """``resnet20`` at 32 × 32 with trained weights, the ``bundled`` classifier at 64 × 64, or ``lenet`` at 28 × 28."""
    labels = [str(label) for label in range(10)]
    if name == "bundled":
        return whylight.load()
    if name == "lenet":
        return whylight.from_module(lenet(), labels, name=name, mean=0.5, std=0.5, size=28)
    network = ResNet(3).eval()
    network.load_state_dict(load_file(root / "models" / "resnet20.cifar10.safetensors"))
    return whylight.from_module(network, labels, name=name, mean=MEAN, std=STD, size=32)


def small_batch(name: str, classifier: Classifier, root: Path, count: int) -> Images:
    """The first pictures of the data set's test."""
    kind = DATASETS[name]
    folder = {"cifar10": "cifar-10-batches-bin", "fashion_mnist": "fashion-mnist"}[kind]
    samples = registry.read("datasets", f"{kind}:folder={root / folder}")
    return torch.stack([classifier.fit(samples[place].picture)[0] for place in range(count)])
