"""Explanations whose maps are given, and classifiers of which everything is known."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.explanation import Explanation, explain
from whylight.method import Evidence, Method
from whylight.types import Images, Maps, Targets

Explained = Callable[..., Explanation]


@dataclass(frozen=True)
class Given(Method):
    """A method that has its maps already."""

    maps: Maps = field(compare=False)

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        return Evidence(self.maps)


@pytest.fixture
def explained() -> Explained:
    """An explanation of the classifier's label 0, or of the targets given, by maps that are given."""

    def make(classifier: Classifier, images: Images, maps: Tensor, targets: Tensor | int = 0) -> Explanation:
        return explain(classifier, Given(maps), images, targets)

    return make


@pytest.fixture
def weights() -> Tensor:
    """(channel, height, width) of both signs."""
    return torch.randn(3, 12, 12, generator=torch.Generator().manual_seed(7)) / 8


@pytest.fixture
def linear(weights: Tensor) -> Classifier:
    """The weighted sum of the pixels against 0: removing pixels takes exactly their share from the first logit."""
    last = nn.Linear(weights.numel(), 2, bias=False)
    with torch.no_grad():
        last.weight.copy_(torch.stack([weights.flatten(), torch.zeros(weights.numel())]))
    network = nn.Sequential(nn.Flatten(), last).eval()
    return Classifier("linear", ("for", "against"), network, network)


@pytest.fixture
def pictures() -> Images:
    """Three random pictures of 12 × 12 pixels in [0, 1]."""
    return torch.rand(3, 3, 12, 12, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def shares(weights: Tensor, pictures: Images) -> Maps:
    """What each pixel truly adds to the linear classifier's first logit, compared with black."""
    return (weights * pictures).sum(dim=1)


@pytest.fixture
def brightness() -> Classifier:
    """The published cases' classifier: the logits are the sum of all pixels and 1 less it."""

    def predict(images: Images) -> Tensor:
        total = images.flatten(1).sum(dim=1)
        return torch.stack([total, 1 - total], dim=1)

    return Classifier("brightness", ("sum", "rest"), predict)
