"""Stand-ins that every test can use: two tiny networks with fixed weights, pictures, and the real data where it is."""

import os
from pathlib import Path

import hypothesis
import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.frame import Resizing
from whylight.types import Images

# the same examples on every run, and no clock: a busy machine is no mistake
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")

SIZE = 32
LABELS = ("ant", "bee", "cat", "dog", "emu")


class Tokens(nn.Module):
    """A tiny transformer: 8 × 8 patches, a class token, one attention block, one linear layer."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 8, 8)
        self.start = nn.Parameter(torch.randn(1, 1, width))
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.head = nn.Linear(width, len(LABELS))

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.patches(images).flatten(2).transpose(1, 2)
        tokens = self.norm(torch.cat([self.start.expand(len(tokens), -1, -1), tokens], dim=1))
        mixed, _ = self.attention(tokens, tokens, tokens, need_weights=False)
        logits: Tensor = self.head((tokens + mixed)[:, 0])
        return logits


def tokens_to_grid(tokens: Tensor) -> Tensor:
    """The patch tokens of ``Tokens`` as a 4 × 4 grid."""
    return tokens[:, 1:].transpose(1, 2).reshape(len(tokens), -1, 4, 4)


@pytest.fixture(autouse=True)
def _same_start() -> None:
    """Every test begins with the same random state, and with one thread: tests run side by side, and more than one thread
    each makes all of them slower."""
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.fixture
def convolution() -> Classifier:
    """A small convolutional network with in-place ReLU, global average pooling and a linear head."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 12, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(12, len(LABELS)),
    ).eval()
    with torch.no_grad():
        network.get_submodule("7").get_parameter("weight").mul_(10)
    return Classifier("convolution", LABELS, network, network, "4", resizing=Resizing((SIZE, SIZE), None))


@pytest.fixture
def transformer() -> Classifier:
    """A small transformer whose CAM layer is the norm before its attention."""
    torch.manual_seed(1)
    network = Tokens().eval()
    resizing = Resizing((SIZE, SIZE), None)
    return Classifier("transformer", LABELS, network, network, "norm", tokens_to_grid, resizing)


@pytest.fixture
def black_box(convolution: Classifier) -> Classifier:
    """The convolutional network, of which only the outputs can be seen."""
    return Classifier("black box", LABELS, convolution.predict, resizing=Resizing((SIZE, SIZE), None))


@pytest.fixture
def images() -> Images:
    """Three random pictures in [0, 1]."""
    return torch.rand(3, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Where the real pictures and weights are; skips without them."""
    root = os.environ.get("WHYLIGHT_DATA")
    if not root:
        pytest.skip("WHYLIGHT_DATA is not set: no real pictures and weights here")
    return Path(root)
