"""What was found, in words: the sentence fits the numbers."""

from dataclasses import replace

import pytest
from torch import Tensor

from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.methods.cam.grad_cam import GradCAM
from whylight.plots.finding import DISTRUST, DISTRUST_BEYOND, WON, Finding, Marks, finding_of
from whylight.plots.ledger import Ledger, Move
from whylight.plots.numbers import NO_BREAK
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


def ledger(after: float, before: float = 0.3) -> Ledger:
    return Ledger((Move("cat", before, after),), (), 0.04)


@pytest.mark.parametrize(
    ("hindering", "elsewhere", "flags", "mask", "words"),
    [
        (0.6, 0.25, (), None, "The marked pixels hinder: without them the label gains, and more than without others."),
        (0.6, 0.58, (), None, "Without the marked pixels the label gains, but little more than without others."),
        (0.31, 0.3, (), None, "The marked pixels hinder little."),
        (0.1, 0.05, (), None, "What is marked as hindering does not hinder: without it the label loses."),
        (0.6, 0.25, (), ledger(0.9), "The marked pixels hinder: without them the label gains"),
        (0.1, 0.05, (), ledger(0.9), f"{WON}."),
        (0.31, 0.3, (), ledger(0.32), "The marked pixels hinder little."),
        (0.1, 0.2, ("no_better_than_elsewhere",), ledger(0.9), DISTRUST_BEYOND),
        (0.1, 0.2, ("no_better_than_elsewhere",), ledger(0.31), DISTRUST),
        (0.3, 0.3, ("saturated",), ledger(0.31), "The classifier is so sure"),
    ],
)  # fmt: skip
def test_a_map_of_hindering_pixels_is_judged_by_what_happens_without_them(
    hindering: float, elsewhere: float, flags: tuple[str, ...], mask: Ledger | None, words: str
) -> None:
    found = Finding("cat", 3, 0.3, 0.3, hindering, elsewhere, flags, "hinders", mask)
    assert found.judgement.startswith(words)
    assert [name for name, _ in found.checks] == ["as it is", "without hindering", "the same elsewhere"]
    assert found.measured.startswith("Blurring what hinders: ")


def test_an_empty_mask_is_said_to_be_empty() -> None:
    found = Finding("cat", 3, 0.3, 0.3, 0.3, 0.3, ("all_zero",), "nothing", ledger(0.3))
    assert found.judgement.startswith("The mask is empty")
    assert found.measured == ""


def test_a_map_of_supporting_pixels_is_not_asked_what_hinders() -> None:
    found = Finding("cat", 3, 0.87, 0.12, 0.87, 0.8, (), "supports")
    assert found.measured.replace(NO_BREAK, " ") == "Blurring what supports: 87 % → 12 % (as much elsewhere: 80 %)."
    assert [name for name, _ in found.checks] == ["as it is", "without supporting", "the same elsewhere"]


def test_the_change_is_that_of_the_mask() -> None:
    plain = Finding("cat", 3, 0.3, 0.3, 0.3, 0.3)
    assert plain.change.replace(NO_BREAK, " ") == "30 %"
    assert replace(plain, ledger=ledger(0.9)).change.replace(NO_BREAK, " ") == "30 % → 90 %"


@pytest.mark.parametrize(
    ("numbers", "marks"),
    [((1.0, -1.0), "both"), ((1.0, 0.0), "supports"), ((0.0, -1.0), "hinders"), ((0.0, float("nan")), "nothing")],
)
def test_the_signs_of_a_map(
    numbers: tuple[float, float], marks: Marks, convolution: Classifier, images: Tensor
) -> None:
    explanation = explain(convolution, GradCAM(), images)
    explanation.maps[0] = numbers[0]
    explanation.maps[0, 0] = numbers[1]
    assert finding_of(explanation, 0).marks == marks


def test_it_is_what_the_verdict_says(convolution: Classifier, images: Tensor) -> None:
    explanation = explain(convolution, GradCAM(), images, 2)
    found = finding_of(explanation, 1)
    assert (found.label, found.index) == ("cat", 2)
    assert found.probability == float(explanation.verdict.probability[1])
    assert found.without_elsewhere == float(explanation.verdict.without_elsewhere[1])
    assert found.flags == explanation.verdict.flags[1]
