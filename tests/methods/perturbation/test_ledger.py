"""What a mask did, against numbers written out by hand; and the mask methods give what the classifier saw in the end."""

import pytest
import torch
from torch import Tensor

from whylight import registry
from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.methods.perturbation._ledger import extent, ledger, logits, probabilities
from whylight.methods.perturbation._mask_search import Found
from whylight.types import Images

MASK_METHODS = ("f_tc", "f_ntc", "undesirable", "meaningful_perturbation", "meaningful_perturbation:mode=preservation")
BEFORE, AFTER = (0.1, 0.6, 0.2, 0.1), (0.7, 0.15, 0.1, 0.05)
TARGET = torch.tensor([0])


@pytest.fixture
def found() -> Found:
    masks = torch.ones(1, 1, 10, 10)
    masks[..., :2, :], masks[..., 2, :] = 0.1, 0.5
    return Found(masks, torch.tensor([BEFORE]).log(), torch.tensor([AFTER]).log())


def close(numbers: dict[str, Tensor], **expected: float) -> None:
    for name, number in expected.items():
        assert numbers[name].item() == pytest.approx(number, abs=1e-5), name


def test_the_target_the_predicted_label_and_the_one_that_loses_most(found: Found) -> None:
    numbers = probabilities(found, TARGET, "loser")
    close(numbers, before=0.1, after=0.7, predicted=1, predicted_before=0.6, predicted_after=0.15)
    close(numbers, loser=1, loser_before=0.6, loser_after=0.15)


def test_the_label_that_gains_most_is_never_the_target(found: Found) -> None:
    close(probabilities(found, TARGET, "gainer"), gainer=3, gainer_before=0.1, gainer_after=0.05)
    close(probabilities(found, torch.tensor([1]), "gainer"), gainer=0, gainer_before=0.1, gainer_after=0.7)


def test_the_logits(found: Found) -> None:
    numbers = logits(found, TARGET)
    for moment, answer in (("before", BEFORE), ("after", AFTER)):
        others = torch.tensor(answer[1:]).log()
        close(numbers, **{f"target_logit_{moment}": torch.tensor(answer[0]).log().item()})
        close(numbers, **{f"others_mean_{moment}": others.mean().item(), f"others_max_{moment}": others.max().item()})


def test_extent_gain_and_the_second_fill(found: Found) -> None:
    close(extent(found.masks), area=0.2, blurred=0.23)
    second = torch.tensor([[0.4, 0.4, 0.1, 0.1]]).log()
    close(ledger(found, TARGET, second), gain=0.6 / 0.9, second_fill_after=0.4, second_fill_share=0.5)


@pytest.mark.parametrize("text", MASK_METHODS)
def test_what_the_classifier_saw_in_the_end(text: str, convolution: Classifier, images: Images) -> None:
    method = registry.read("methods", text if ":" in text else f"{text}:iterations=20")
    explanation = explain(convolution, method, images, 2)
    perturbed = explanation.evidence.perturbed
    assert perturbed is not None
    assert perturbed.shape == images.shape
    assert 0 <= perturbed.min() <= perturbed.max() <= 1
    seen = convolution.probabilities(perturbed)[:, 2]
    torch.testing.assert_close(seen, explanation.evidence.details["after"], atol=1e-5, rtol=0)
    sliced = explanation[1:].evidence.perturbed
    assert sliced is not None
    assert torch.equal(sliced, perturbed[1:])


def test_other_methods_have_none(convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, registry.read("methods", "occlusion:window=16,stride=16"), images)
    assert explanation.evidence.perturbed is None
    assert explanation[1:].evidence.perturbed is None
