"""Explanations whose maps are given, so that a metric can be asked about maps that no method would make."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch

from whylight.classifier import Classifier
from whylight.explanation import Explanation
from whylight.method import Evidence, Method
from whylight.types import Images, Logits, Maps, Targets
from whylight.verdict import Verdict


@dataclass(frozen=True)
class Given(Method):
    """A method that is never called."""

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        raise AssertionError("this metric has no need to explain again")


def even(images: Images) -> Logits:
    return torch.zeros(len(images), 2)


@pytest.fixture
def explained() -> Callable[[Maps], Explanation]:
    """An explanation with these maps."""

    def make(maps: Maps) -> Explanation:
        count, half = len(maps), torch.full((len(maps),), 0.5)
        classifier = Classifier("even", ("yes", "no"), even)
        verdict = Verdict(half, half, half, half, ((),) * count)
        images, targets = torch.zeros(count, 3, *maps.shape[1:]), torch.zeros(count, dtype=torch.long)
        return Explanation(classifier, Given(), images, targets, Evidence(maps), verdict, 3.0, 2.0, 0.0, 0.25)

    return make


@pytest.fixture
def waves() -> Maps:
    """Three maps of 24 × 32 without level pixels, which a formula gives anywhere: other libraries were asked about them."""
    row, column = torch.meshgrid(torch.arange(24.0), torch.arange(32.0), indexing="ij")
    across = [torch.sin(0.9 * row + 0.37 * column * (number + 1)) for number in range(3)]
    along = [torch.cos(0.21 * column - 0.05 * row * (number + 2)) for number in range(3)]
    return torch.stack([across[i] * along[i] + 0.01 * column - 0.02 * row * i for i in range(3)])
