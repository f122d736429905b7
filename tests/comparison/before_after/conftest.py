"""A classifier behind an enhancer that is known to the last digit."""

import pytest
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers.enhanced import enhanced


class Brighter(nn.Module):
    """Half of the way to white."""

    def forward(self, images: Tensor) -> Tensor:
        return 0.5 + 0.5 * images


@pytest.fixture
def brighter(convolution: Classifier) -> Classifier:
    return enhanced(convolution, Brighter().eval(), "brighter")
