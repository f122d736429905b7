"""Tiny networks, each with something that could stop a pass from being cut open, and the layer that it is cut behind."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from whylight.classifier import Classifier

LABELS = ("ant", "bee", "cat")
WIDTH = 6


class Network(nn.Module):
    """A convolution and a linear layer; what is between is the subclass's matter."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, WIDTH, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.inner = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.side = nn.Conv2d(WIDTH, WIDTH, 1)
        self.last = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(WIDTH, len(LABELS))
        self.wide = nn.Linear(2 * WIDTH, len(LABELS))

    def middle(self, features: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, images: Tensor) -> Tensor:
        features = self.middle(self.relu(self.first(images)))
        pooled = self.dropout(functional.adaptive_avg_pool2d(functional.relu(features, inplace=True), 1).flatten(1))
        logits: Tensor = (self.wide if pooled.shape[1] > WIDTH else self.head)(pooled)
        return logits


class Plain(Network):
    def middle(self, features: Tensor) -> Tensor:
        out: Tensor = self.last(self.relu(self.inner(features)))
        return out


class Residual(Network):
    """Its sum is written over the branch's output, as torchvision's ResNet does."""

    def middle(self, features: Tensor) -> Tensor:
        out = self.relu(self.inner(features))
        out = self.last(out)
        out += self.side(features)
        return self.relu(out)  # type: ignore[no-any-return]


class Shortcut(Residual):
    """The layer is the shortcut, and what it is added to is remembered and written over."""


class Joined(Network):
    """Two branches side by side, as in SqueezeNet and DenseNet."""

    def middle(self, features: Tensor) -> Tensor:
        return torch.cat([self.side(features), self.inner(features)], dim=1)


class Counting(Network):
    """It counts the pictures at its entrance."""

    def forward(self, images: Tensor) -> Tensor:
        pictures = len(images)
        features = self.last(self.relu(self.inner(self.relu(self.first(images)))))
        logits: Tensor = self.head(features.reshape(pictures, WIDTH, -1).mean(dim=2))
        return logits


class Twice(Network):
    """It calls the layer twice, and its ReLU three times."""

    def middle(self, features: Tensor) -> Tensor:
        out: Tensor = self.relu(self.inner(self.relu(self.inner(features))))
        return out


class Pair(nn.Module):
    """It gives a tuple with a number in it."""

    def forward(self, features: Tensor) -> tuple[Tensor, dict[str, Tensor], int]:
        return features.sin(), {"more": features.cos()}, 3


class Several(Network):
    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair()

    def middle(self, features: Tensor) -> Tensor:
        sine, more, times = self.pair(features)
        out: Tensor = self.inner(sine) * times + more["more"]
        return out


class Overwritten(Network):
    """What it reads before it is written over is not what stands there later."""

    def middle(self, features: Tensor) -> Tensor:
        given = self.side(features)
        before = given * 2
        given.add_(1.0)
        out: Tensor = self.inner(features) + before + given
        return out


class Aliased(Network):
    """The layer writes over its input, which is read behind it."""

    def middle(self, features: Tensor) -> Tensor:
        given = self.side(features)
        return self.relu(given) + given  # type: ignore[no-any-return]


class Stored(Network):
    """It leaves in itself what it needs later, as U-Nets with hooks do."""

    def middle(self, features: Tensor) -> Tensor:
        kept: list[Tensor] = []
        hook = self.side.register_forward_hook(lambda *call: kept.append(call[2]))
        try:
            self.side(features)
        finally:
            hook.remove()
        out: Tensor = self.inner(features) + kept.pop()
        return out


CASES: dict[str, tuple[type[Network], str, str]] = {
    "plain": (Plain, "inner", "joined"),
    "behind everything": (Plain, "last", "joined"),
    "residual": (Residual, "last", "joined"),
    "shortcut": (Shortcut, "side", "spread"),
    "joined": (Joined, "inner", "spread"),
    "counting": (Counting, "inner", "repeated"),
    "twice": (Twice, "inner", "joined"),
    "several": (Several, "inner", "joined"),
    "overwritten": (Overwritten, "inner", "joined"),
    "aliased": (Aliased, "relu", "whole"),
    "stored": (Stored, "inner", "joined"),
}
"""The network, the layer, and the cheapest way that is right."""

Make = Callable[[str], Classifier]


@pytest.fixture
def make() -> Make:
    """The classifier of a case, cut behind its layer."""

    def build(case: str) -> Classifier:
        kind, layer, _ = CASES[case]
        torch.manual_seed(1)
        network = kind().eval()
        return Classifier(case, LABELS, network, network, layer)

    return build


@pytest.fixture
def pictures() -> Tensor:
    return torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
