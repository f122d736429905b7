"""The classifier that comes with whylight works with nothing else at hand."""

import pytest
import torch

from whylight.classifiers import load
from whylight.errors import SpecError
from whylight.frame import Resizing
from whylight.pictures import sample_picture

LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def test_it_is_what_comes_without_a_name() -> None:
    classifier = load()
    assert (classifier.name, load("bundled").name) == ("bundled", "bundled")
    assert classifier.labels == LABELS
    assert classifier.resizing == Resizing((64, 64), 64, "bicubic")
    watched = classifier.watch(torch.rand(2, 3, 64, 64), torch.tensor([3, 5]))
    assert watched.features.shape[2:] == (8, 8)


@pytest.mark.parametrize("text", ["bundled:size=3", "bundled,size=3"])
def test_it_takes_no_settings(text: str) -> None:
    with pytest.raises(SpecError, match="bundled has no setting 'size'; it has none"):
        load(text)


@pytest.mark.parametrize("text", ["bundled:foo", "bundled:foo,size=3"])
def test_it_takes_no_name(text: str) -> None:
    with pytest.raises(
        SpecError, match="bundled is one classifier and takes no name; got bundled:foo; write bundled alone"
    ):
        load(text)


def test_the_sample_is_a_cat_to_it() -> None:
    classifier = load()
    image, _ = classifier.fit(sample_picture()[1])
    assert classifier.probabilities(image[None])[0, LABELS.index("cat")] >= 0.8
