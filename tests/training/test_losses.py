"""Losses against their sums written the slow way, and a margin against scikit-learn's linear SVM."""

import math

import numpy as np
import pytest
import torch
from sklearn.svm import LinearSVC
from torch import nn

from whylight.errors import ModelError
from whylight.training.hyperparameters import Hyperparameters
from whylight.training.losses import head_of, losses, margin_penalty, squared_hinge

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 0.3, -2.0]])
TARGETS = torch.tensor([0, 2])


def test_squared_hinge_of_every_label() -> None:
    expected = []
    for row, target in zip(LOGITS.tolist(), TARGETS.tolist()):
        signs = [1 if label == target else -1 for label in range(3)]
        expected.append(sum(max(0.0, 1 - sign * score) ** 2 for sign, score in zip(signs, row)))
    assert losses(LOGITS, TARGETS, Hyperparameters(loss="l2_svm")).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_with_smoothed_targets(smoothing: float) -> None:
    expected = []
    for row, target in zip(LOGITS.tolist(), TARGETS.tolist()):
        total = math.log(sum(math.exp(score) for score in row))
        wanted = [(1 - smoothing) * (label == target) + smoothing / 3 for label in range(3)]
        expected.append(-sum(share * (score - total) for share, score in zip(wanted, row)))
    assert losses(LOGITS, TARGETS, Hyperparameters(smoothing=smoothing)).tolist() == pytest.approx(expected)


def test_the_margin_of_the_head() -> None:
    head = nn.Linear(4, 3)
    penalty = margin_penalty(head, Hyperparameters(loss="l2_svm", penalty=2.0), pictures=50)
    assert penalty is not None
    assert penalty.item() == pytest.approx(
        sum(float(each) ** 2 for each in head.weight.detach().flatten()) / (2 * 2.0 * 50)
    )
    assert margin_penalty(head, Hyperparameters(), pictures=50) is None


def test_its_minimum_is_the_linear_svm() -> None:
    """scikit-learn minimises the same sum, label by label (liblinear's bias is penalised too, so there is none here)."""
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 4)) + np.repeat(np.eye(3, 4) * 2, 20, axis=0)
    labels = np.repeat(np.arange(3), 20)
    reference = LinearSVC(C=0.5, fit_intercept=False, dual=False, tol=1e-8).fit(features, labels)
    head = nn.Linear(4, 3, bias=False).double()
    given = Hyperparameters(loss="l2_svm", penalty=0.5)
    optimiser = torch.optim.LBFGS(head.parameters(), max_iter=200, tolerance_grad=1e-10, line_search_fn="strong_wolfe")

    def whole() -> torch.Tensor:
        optimiser.zero_grad()
        penalty = margin_penalty(head, given, pictures=60)
        assert penalty is not None
        loss = squared_hinge(head(torch.from_numpy(features)), torch.from_numpy(labels)).mean() + penalty
        loss.backward()
        return loss

    optimiser.step(whole)
    assert np.allclose(head.weight.detach().numpy(), reference.coef_, atol=1e-4)


def test_the_head_is_the_last_layer_with_one_output_a_label() -> None:
    network = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 3))
    assert head_of(network, 3)[0] == "2"
    assert head_of(nn.Sequential(nn.Conv2d(3, 5, 1), nn.AdaptiveAvgPool2d(1)), 5)[0] == "0"
    with pytest.raises(ModelError, match="ends in no linear layer with one output for each of 7 labels"):
        head_of(network, 7)
