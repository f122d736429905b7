"""What was found, in words: the sentence fits the numbers."""

import pytest
from torch import Tensor

from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.methods.cam.grad_cam import GradCAM
from whylight.plots.finding import NO_BREAK, Finding, finding_of, percent
from whylight.verdict import FLAGS


@pytest.mark.parametrize(
    ("numbers", "flags", "words"),
    [
        ((0.068, 0.004, 0.068, 0.054), (), "The marked pixels carry the decision."),
        ((0.068, 0.06, 0.068, 0.061), (), "The marked pixels matter little more than others."),
        ((0.9, 0.2, 0.9, 0.85), (), "The marked pixels carry the decision."),
        ((0.9, 0.7, 0.9, 0.85), (), "The marked pixels matter more than others."),
        ((0.9, 0.88, 0.9, 0.9), (), "The marked pixels matter little more than others."),
        ((0.9, 0.2, 0.9, 0.2), (), "The marked pixels matter little more than others."),
        ((0.9, 0.2, 0.95, 0.1), ("no_better_than_elsewhere",), "Do not rely on this map"),
        ((0.9, 0.9, 0.9, 0.9), ("all_zero",), "Do not rely on this map"),
        ((1.0, 1.0, 1.0, 1.0), ("saturated",), "The classifier is so sure"),
    ],
)
def test_the_judgement_fits_the_numbers(
    numbers: tuple[float, float, float, float], flags: tuple[str, ...], words: str
) -> None:
    assert Finding("cat", 3, *numbers, flags).judgement.startswith(words)


@pytest.mark.parametrize(
    ("without_hindering", "words"),
    [
        (0.97, "The marked pixels carry the decision. Without what hinders, the label gains."),
        (0.91, "The marked pixels carry the decision."),
        (
            0.3,
            "The marked pixels carry the decision. What is marked as hindering does not hinder: without it the label loses.",
        ),
    ],
)
def test_the_judgement_tells_whether_the_hindering_pixels_hinder(without_hindering: float, words: str) -> None:
    assert Finding("cat", 3, 0.9, 0.2, without_hindering, 0.85).judgement == words


def test_the_numbers_stand_in_one_sentence() -> None:
    found = Finding("cat", 3, 0.87, 0.12, 0.93, 0.8)
    assert found.measured.replace(NO_BREAK, " ") == (
        "Blurring what supports: 87 % → 12 % (as much elsewhere: 80 %). Blurring what hinders: 87 % → 93 %."
    )
    assert [probability for _, probability in found.checks] == [0.87, 0.12, 0.8, 0.93]


def test_every_flag_is_explained() -> None:
    found = Finding("cat", 3, 1.0, 1.0, 1.0, 1.0, tuple(FLAGS))
    assert found.warnings == tuple(f"{flag}: {meaning}" for flag, meaning in FLAGS.items())


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.5, "50 %"), (0.004, "0.4 %"), (1e-9, "< 0.1 %"), (0.99995, "> 99.9 %"),
     (0.995, "99.5 %"), (float("nan"), "?")],
)  # fmt: skip
def test_probabilities_for_people(probability: float, words: str) -> None:
    assert percent(probability).replace(NO_BREAK, " ") == words


def test_it_is_what_the_verdict_says(convolution: Classifier, images: Tensor) -> None:
    explanation = explain(convolution, GradCAM(), images, 2)
    found = finding_of(explanation, 1)
    assert (found.label, found.index) == ("cat", 2)
    assert found.probability == float(explanation.verdict.probability[1])
    assert found.without_elsewhere == float(explanation.verdict.without_elsewhere[1])
    assert found.flags == explanation.verdict.flags[1]
