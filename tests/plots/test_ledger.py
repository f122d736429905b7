"""What a mask did, in words."""

import pytest
import torch

from whylight import registry
from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.plots.ledger import Ledger, Move, details_of, ledger_in
from whylight.plots.numbers import NO_BREAK
from whylight.types import Images

DETAILS: dict[str, float | str] = {
    "before": 0.2, "after": 0.6, "area": 0.03, "blurred": 0.08,
    "predicted": 1.0, "predicted_label": "tusker", "predicted_before": 0.7, "predicted_after": 0.3,
    "loser": 1.0, "loser_label": "tusker", "loser_before": 0.7, "loser_after": 0.3,
    "target_logit_before": 10.0, "target_logit_after": 12.5, "others_mean_before": 0.5, "others_mean_after": -0.5,
    "others_max_before": 11.0, "others_max_after": 11.5, "second_fill_after": 0.5, "second_fill_share": 0.75,
}  # fmt: skip


def made(**changes: float | str) -> Ledger:
    ledger = ledger_in(DETAILS | changes, "African elephant")
    assert ledger is not None
    return ledger


def plain(text: str) -> str:
    return text.replace(NO_BREAK, " ")


def test_the_target_stands_against_the_label_that_is_predicted() -> None:
    assert made().labels == (
        Move("African elephant", 0.2, 0.6),
        Move("tusker", 0.7, 0.3, "predicted"),
    )
    assert plain(made().probabilities) == (
        "The mask marks 3.0 % of the picture and takes 8.0 % away on average. With it: "
        "African elephant 20 % → 60 %; tusker (predicted) 70 % → 30 %."
    )


def test_the_label_that_loses_most_is_told_if_it_is_another_one_and_loses() -> None:
    other = made(loser_label="Indian elephant", loser_before=0.1, loser_after=0.02)
    assert other.labels[2] == Move("Indian elephant", 0.1, 0.02, "loses most")
    still = made(loser_label="Indian elephant", loser_before=0.1, loser_after=0.0999)
    assert len(still.labels) == 2


def test_the_predicted_label_that_is_the_target_is_told_once() -> None:
    assert [move.name for move in made(predicted_label="African elephant").labels] == ["African elephant", "tusker"]


def test_the_logits_in_a_sentence() -> None:
    assert plain(made().logit_words) == (
        "Logits: African elephant 10.00 → 12.50; mean of the others 0.50 → −0.50; highest other 11.00 → 11.50."
    )


@pytest.mark.parametrize(
    ("after", "share", "words"),
    [
        (0.5, 0.75, "A second fill agrees: 50 %, 75 % of the gain."),
        (0.3, 0.25, "A second fill does not agree: 30 %, 25 % of the gain."),
        (0.1, -0.25, "A second fill does not agree: 10 %, none of the gain."),
        (0.7, 1.25, "A second fill agrees: 70 %, more than the gain."),
    ],
)
def test_whether_the_second_fill_agrees(after: float, share: float, words: str) -> None:
    ledger = made(second_fill_after=after, second_fill_share=share)
    assert plain(ledger.second_words) == words
    assert len(ledger.sentences) == 3


def test_without_a_gain_there_is_nothing_to_agree_with() -> None:
    assert made(after=0.2).second_words == ""
    assert len(made(after=0.2).sentences) == 2


def test_a_method_without_a_mask_has_none() -> None:
    assert ledger_in({"r2": 0.9}, "cat") is None


@pytest.mark.parametrize("name", ["f_tc:iterations=3", "meaningful_perturbation:iterations=3"])
def test_label_numbers_get_names(name: str, convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, registry.read("methods", name), images, 2)
    details = details_of(explanation, 1)
    predicted = int(convolution.logits(images)[1].argmax())
    assert (details["predicted"], details["predicted_label"]) == (predicted, convolution.labels[predicted])
    moved = "loser" if name.startswith("f_tc") else "gainer"
    assert details[f"{moved}_label"] == convolution.labels[int(float(details[moved]))] != "cat"
    ledger = ledger_in(details, "cat")
    assert ledger is not None
    torch.testing.assert_close(ledger.target.before, float(explanation.verdict.probability[1]), atol=1e-5, rtol=0)
