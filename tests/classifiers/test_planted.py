"""The planted classifier on the planted pictures: methods find what was planted."""

import pytest
import torch

from whylight.classifier import Classifier
from whylight.classifiers import load
from whylight.datasets import open_dataset, truth_of
from whylight.errors import SpecError
from whylight.explanation import explain
from whylight.metric import Truth
from whylight.registry import read_method
from whylight.types import Images, Targets


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load("planted")


@pytest.fixture(scope="module")
def planted(classifier: Classifier) -> tuple[Images, Targets, Truth]:
    dataset = open_dataset("planted:count=4,hard=true")
    samples = [dataset[place] for place in range(4)]
    truth = truth_of(samples, classifier)
    assert truth is not None
    labels = [sample.label for sample in samples if sample.label is not None]
    return torch.stack([classifier.fit(sample.picture)[0] for sample in samples]), torch.tensor(labels), truth


@pytest.mark.parametrize(
    "method", ["integrated_gradients:steps=8", "input_x_gradient", "occlusion:stride=4", "hires_cam"]
)
def test_methods_find_what_was_planted(
    method: str, classifier: Classifier, planted: tuple[Images, Targets, Truth]
) -> None:
    """The strongest evidence for and against lies on the bars, or within the reach of an occluded square."""
    images, targets, truth = planted
    maps = explain(classifier, read_method(method), images, targets).maps
    assert truth.hindering is not None
    for place in range(len(images)):
        near = {"supporting": truth.supporting[place], "hindering": truth.hindering[place]}
        for role, signed in (("supporting", maps[place]), ("hindering", -maps[place])):
            row, column = divmod(int(signed.argmax()), signed.shape[1])
            assert signed.max() > 0
            assert near[role][max(0, row - 8) : row + 9, max(0, column - 8) : column + 9].any()


@pytest.mark.parametrize("text", ["planted", "planted:classes=2,size=32", "planted:classes=6,size=48"])
def test_it_fits_the_data_set_of_the_same_settings(text: str) -> None:
    classifier, dataset = load(text), open_dataset(f"{text}{',' if ':' in text else ':'}count=12")
    assert classifier.labels == dataset.labels
    images = torch.stack([classifier.fit(dataset[place].picture)[0] for place in range(12)])
    assert classifier.logits(images).argmax(dim=1).tolist() == [dataset[place].label for place in range(12)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("planted:bars", "planted takes settings only, as in planted:classes=6; got planted:bars"),
        ("planted:classes=9", "planted: expected 2 to 6 classes; got 9"),
        ("planted:size=50", "a multiple of 16 from 32 on; got 50"),
        ("planted:size=32x64", "planted takes one side for its square pictures, as in size=64; got 32x64"),
        ("planted:mean=0", "planted has no setting 'mean'; it has classes, size, layer"),
    ],
)
def test_what_it_cannot_be_is_said(text: str, sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        load(text)
