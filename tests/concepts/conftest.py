"""A classifier of concepts on the tiny network, and a data set of random pictures in memory."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image

from whylight.classifier import Classifier
from whylight.classifiers.infodisent import ConceptClassifier, with_head
from whylight.dataset import Dataset, Sample
from whylight.errors import PictureError
from whylight.nets.concept_basis import random_basis
from whylight.nets.concepts import Recipe, new_head


@dataclass(frozen=True)
class Noise(Dataset):
    """Random pictures; the last two have one content, and the third cannot be read."""

    count: int = 12
    names: tuple[str, ...] = field(default=("ant", "bee", "cat", "dog", "emu"))

    @property
    def labels(self) -> tuple[str, ...]:
        return self.names

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int) -> Sample:
        if place == 2:
            raise PictureError("it cannot be read")
        seed = min(place, self.count - 2)
        pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        return Sample(f"picture {place}", Image.fromarray(pixels), place % len(self.names), str(seed))


@pytest.fixture
def noise() -> Noise:
    return Noise()


@pytest.fixture
def concepts(convolution: Classifier) -> ConceptClassifier:
    head = new_head(Recipe(), 12, 5, start=random_basis(12, 1))
    head.prune(6)
    return with_head(convolution, head)
