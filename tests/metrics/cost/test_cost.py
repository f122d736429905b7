"""Oracle: passes that are counted in the classifier itself; the clock."""

import time
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.method import Evidence
from whylight.methods.gradient.saliency import Saliency
from whylight.methods.perturbation.occlusion import Occlusion
from whylight.metrics.cost.passes import Passes
from whylight.metrics.cost.runtime import Runtime
from whylight.types import Images, Targets


def test_passes_are_those_that_the_classifier_saw(convolution: Classifier, images: Images) -> None:
    seen = 0

    def counting(pictures: Images) -> Tensor:
        nonlocal seen
        seen += len(pictures)
        return convolution.predict(pictures)

    method, targets = Occlusion(), torch.tensor([0, 1, 2])
    method(replace(convolution, predict=counting), images, targets)
    scores = Passes()(explain(convolution, method, images, targets)).scores
    assert scores.tolist() == pytest.approx([seen / 3] * 3)


def test_backward_passes_count_too(convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, Saliency(), images)
    assert Passes()(explanation).scores.tolist() == [2.0] * 3


def test_the_runtime_is_the_methods_share_of_the_clock(convolution: Classifier, images: Images) -> None:
    class Slow(Occlusion):
        def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
            time.sleep(0.09)
            return super().__call__(classifier, images, targets)

    began = time.perf_counter()
    explanation = explain(convolution, Slow(), images)
    whole = time.perf_counter() - began
    scores = Runtime()(explanation).scores
    assert scores.shape == (3,)
    assert (scores >= 0.03 - 1e-6).all()
    assert (3 * scores <= whole + 1e-6).all()
    assert Runtime.timed
