"""The version of a model: its weights, or the answers of a black box."""

from dataclasses import replace

import pytest
import torch

from whylight import classifiers
from whylight.classifier import Classifier
from whylight.feedback.version import version_of


@pytest.fixture
def classifier() -> Classifier:
    return classifiers.load("planted:size=32", device="cpu")


def test_a_version_is_the_weights(classifier: Classifier) -> None:
    same = classifiers.load("planted:size=32", device="cpu")
    assert version_of(same) == version_of(classifier)
    assert same.module is not None
    with torch.no_grad():
        next(same.module.parameters()).add_(1e-3)
    assert version_of(same) != version_of(classifier)


def test_a_version_of_a_black_box_is_its_answers(classifier: Classifier) -> None:
    black_box = replace(classifier, module=None, layer=None)
    other = replace(black_box, predict=lambda images: classifier.predict(images) * 1.5)
    assert version_of(black_box) == version_of(replace(black_box))
    assert version_of(black_box) != version_of(other)
