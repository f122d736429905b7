"""What trainings of enhancers make small, against the formulas written number by number."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from whylight.training.aims import Aim, Answered, entropy, reconstruction, squared

CLASSES = 4


def answered(then: Tensor | None = None) -> tuple[Answered, Tensor, Tensor]:
    """An answer, the pictures and their labels."""
    images, logits = torch.rand(3, 2, 4, 5), torch.randn(3, 2, 4, 5)
    scores, expected = torch.randn(3, CLASSES), torch.randn(3, CLASSES)
    return Answered(logits.sigmoid(), logits, then, scores, expected), images, torch.tensor([0, 3, 1])


def mse_of(shown: Tensor, image: Tensor) -> float:
    pairs = list(zip(shown.flatten().tolist(), image.flatten().tolist()))
    return float(sum((o - t) ** 2 for o, t in pairs) / len(pairs))


def bce_of(logits: Tensor, image: Tensor) -> float:
    total = 0.0
    for a, t in zip(logits.flatten().tolist(), image.flatten().tolist()):
        o = 1 / (1 + math.exp(-a))
        total -= t * math.log(o) + (1 - t) * math.log(1 - o)
    return total / image.numel()


def softmax_of(scores: Tensor) -> list[float]:
    powers = [math.exp(each) for each in scores.tolist()]
    return [each / sum(powers) for each in powers]


def test_the_reconstruction_is_the_binary_cross_entropy() -> None:
    found, images, targets = answered()
    expected = [bce_of(logits, image) for logits, image in zip(found.logits, images)]
    assert Aim("bce")(found, images, targets).tolist() == pytest.approx(expected, rel=1e-5)


def test_its_least_is_the_entropy_of_the_picture() -> None:
    images = torch.rand(5, 1, 6, 6)
    logits = torch.logit(images).requires_grad_()
    least = reconstruction(logits, images)
    assert torch.allclose(least, entropy(images), atol=1e-6)
    assert least.min() > 0
    (slope,) = torch.autograd.grad(least.sum(), logits)
    assert slope.abs().max() < 1e-7
    others = reconstruction(logits + 0.1 * torch.randn(images.shape), images)
    assert (others > least).all()
    plain = -(images * images.log() + (1 - images) * (1 - images).log()).flatten(1).mean(dim=1)
    assert torch.allclose(entropy(images), plain, atol=1e-6)
    assert torch.equal(entropy(torch.tensor([0.0, 1.0]).reshape(2, 1, 1, 1)), torch.zeros(2))


@pytest.mark.parametrize("weight", [1e-3, 0.7])
def test_recognition_aware_is_the_weighted_sum(weight: float) -> None:
    found, images, targets = answered()
    assert found.scores is not None
    expected = []
    for number, target in enumerate(targets.tolist()):
        missed = -math.log(softmax_of(found.scores[number])[target])
        expected.append(mse_of(found.shown[number], images[number]) + weight * missed)
    losses = Aim("recognition_aware", weight)(found, images, targets)
    assert losses.tolist() == pytest.approx(expected, rel=1e-5)


def test_unsupervised_compares_soft_answers() -> None:
    found, images, targets = answered()
    assert found.scores is not None
    assert found.expected is not None
    expected = []
    for number in range(3):
        ours, theirs = softmax_of(found.scores[number]), softmax_of(found.expected[number])
        difference = sum((a - b) ** 2 for a, b in zip(ours, theirs)) / CLASSES
        expected.append(mse_of(found.shown[number], images[number]) + 10 * difference)
    assert Aim("unsupervised", 10.0)(found, images, targets).tolist() == pytest.approx(expected, rel=1e-5)
    blind = Aim("unsupervised", 10.0)(found, images, targets.flip(0))
    assert blind.tolist() == pytest.approx(expected, rel=1e-5)


def test_the_mean_over_pictures_is_that_of_torch() -> None:
    found, images, targets = answered()
    assert found.scores is not None
    assert found.expected is not None
    restored = functional.mse_loss(found.shown, images)
    assert torch.allclose(Aim("mse")(found, images, targets).mean(), restored)
    missed = functional.cross_entropy(found.scores, targets, label_smoothing=0.1)
    assert torch.allclose(Aim("cross_entropy")(found, images, targets, 0.1).mean(), missed)
    soft = functional.mse_loss(found.scores.softmax(1), found.expected.softmax(1))
    assert torch.allclose(Aim("unsupervised", 2.0)(found, images, targets).mean(), restored + 2 * soft)


def test_two_enhancers_both_learn_to_give_the_picture() -> None:
    then = torch.randn(3, 2, 4, 5)
    found, images, targets = answered(then)
    both = reconstruction(found.logits, images) + reconstruction(then, images)
    assert torch.allclose(Aim("bce")(found, images, targets), both)
    assert torch.allclose(
        Aim("mse")(found, images, targets), squared(found.shown, images) + squared(then.sigmoid(), images)
    )
    assert found.scores is not None
    missed = functional.cross_entropy(found.scores, targets, reduction="none")
    weighted = squared(found.shown, images) + 0.01 * missed
    assert torch.allclose(Aim("recognition_aware", 0.01)(found, images, targets), weighted)
