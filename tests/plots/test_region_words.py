"""What a region does, in words, and where its number stands."""

from dataclasses import replace

import pytest

from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.frame import Frame
from whylight.methods.cam.grad_cam import GradCAM
from whylight.plots.numbers import NO_BREAK
from whylight.plots.region_words import MARKED, markers, region_sentence
from whylight.regions import HINDERS, SUPPORTS, Region, Sign
from whylight.types import Images

REGION = Region(HINDERS, (8, 4, 16, 12), (11, 7), 0.02, 0.2, 0.55, 1, 0.72, 0.4)


@pytest.mark.parametrize(
    ("sign", "before", "after", "words"),
    [
        (
            HINDERS,
            0.2,
            0.55,
            "Region 2 pulls towards tusker: without it tusker 72 % → 40 %, African elephant 20 % → 55 %.",
        ),
        (
            SUPPORTS,
            0.55,
            0.2,
            "Region 2 speaks for African elephant, against tusker: without it African elephant 55 % → 20 %",
        ),
        (HINDERS, 0.2, 0.21, "Region 2 makes little difference: without it"),
        (HINDERS, 0.2, 0.1, "Region 2 does not hinder: without it"),
        (SUPPORTS, 0.2, 0.3, "Region 2 does not support: without it"),
        (SUPPORTS, 0.0004, 0.0001, "Region 2 makes little difference: without it"),
        (HINDERS, 0.01, 0.02, "Region 2 pulls towards tusker"),
    ],
)
def test_the_sentence_fits_the_numbers(sign: Sign, before: float, after: float, words: str) -> None:
    region = replace(REGION, sign=sign, before=before, after=after)
    assert region_sentence(region, "African elephant", "tusker", 2).replace(NO_BREAK, " ").startswith(words)


def test_the_three_strongest_of_each_sign_are_numbered_in_the_pictures_pixels(
    convolution: Classifier, images: Images
) -> None:
    explanation = explain(convolution, GradCAM(), images, 2)
    frame = Frame((100, 84), (10.0, 20.0, 74.0, 84.0))
    regions = [REGION] * (MARKED + 1) + [replace(REGION, sign=SUPPORTS)]
    found = markers(explanation, 0, regions, frame)
    assert [mark.number for mark in found] == [1, 2, 3, 5]
    assert list(found[0].place) == [10 + 11 * 2, 20 + 7 * 2]
    assert f"towards {convolution.labels[1]}" in found[0].sentence
