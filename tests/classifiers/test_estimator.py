"""scikit-learn's own decision values are the oracle."""

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from whylight.classifiers._estimator import svm_of
from whylight.errors import ModelError
from whylight.nets.svm import Affine, Duels, KernelMachine, UnitLength

svm = pytest.importorskip("sklearn.svm")
from sklearn.linear_model import Ridge  # noqa: E402
from sklearn.multiclass import OneVsRestClassifier  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler  # noqa: E402

FEATURES = 6


def blobs(labels: int, count: int = 60) -> tuple[Any, Any]:
    """Overlapping clouds, far from 0 and of unequal widths."""
    random = np.random.default_rng(0)
    label = np.arange(count) % labels
    centres = random.normal(size=(labels, FEATURES)) * 2
    rows = centres[label] + random.normal(size=(count, FEATURES)) * 1.5
    return rows * np.linspace(0.1, 3, FEATURES) + 1, label


PREPARED = {
    "raw": lambda head: head,
    "standard": lambda head: make_pipeline(StandardScaler(), head),
    "l2": lambda head: make_pipeline(Normalizer(), head),
    "l2, standard": lambda head: make_pipeline(Normalizer(), StandardScaler(), head),
    "standard, l2": lambda head: make_pipeline(StandardScaler(), Normalizer(), head),
}
ONE_AGAINST_REST = {
    "linear": lambda: svm.LinearSVC(random_state=0, max_iter=20_000),
    "rbf": lambda: OneVsRestClassifier(svm.SVC(C=2.0)),
    "poly": lambda: OneVsRestClassifier(svm.SVC(kernel="poly", coef0=1.0, degree=2)),
    "linear kernel": lambda: OneVsRestClassifier(svm.SVC(kernel="linear")),
    "linear, wrapped": lambda: OneVsRestClassifier(svm.LinearSVC(random_state=0, max_iter=20_000)),
}
ONE_AGAINST_ONE = {
    "rbf": lambda: svm.SVC(C=2.0, decision_function_shape="ovo"),
    "poly": lambda: svm.SVC(kernel="poly", coef0=1.0, degree=2, decision_function_shape="ovo"),
    "linear": lambda: svm.SVC(kernel="linear", decision_function_shape="ovo"),
}


def answers(estimator: Any, rows: Any) -> Tensor:
    found: Tensor = svm_of(estimator)(torch.from_numpy(rows))
    return found


def close(found: Tensor, wanted: Any) -> None:
    assert np.abs(found.numpy() - wanted).max() <= 1e-6 * np.abs(wanted).max()


@pytest.mark.parametrize("preparation", PREPARED)
@pytest.mark.parametrize("head", ONE_AGAINST_REST)
@pytest.mark.parametrize("labels", [2, 4])
def test_one_against_the_rest_gives_the_decision_values(preparation: str, head: str, labels: int) -> None:
    rows, label = blobs(labels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = PREPARED[preparation](ONE_AGAINST_REST[head]()).fit(rows, label)
    wanted = estimator.decision_function(rows)
    close(answers(estimator, rows).detach(), np.stack([-wanted, wanted], 1) if labels == 2 else wanted)


@pytest.mark.parametrize("preparation", PREPARED)
@pytest.mark.parametrize("head", ONE_AGAINST_ONE)
def test_one_against_one_gives_the_margin_against_the_strongest_rival(preparation: str, head: str) -> None:
    rows, label = blobs(4)
    estimator = PREPARED[preparation](ONE_AGAINST_ONE[head]()).fit(rows, label)
    pairs = estimator.decision_function(rows)
    duels = np.full((len(rows), 4, 4), np.inf)
    number = 0
    for first in range(4):
        for second in range(first + 1, 4):
            duels[:, first, second], duels[:, second, first] = pairs[:, number], -pairs[:, number]
            number += 1
    close(answers(estimator, rows), duels.min(axis=2))
    duels[np.isinf(duels)] = 0
    close(svm_of(estimator, "mean")(torch.from_numpy(rows)), duels.sum(axis=2) / 3)
    unbeaten = (answers(estimator, rows) > 0).any(dim=1).numpy()
    predicted = answers(estimator, rows).argmax(dim=1).numpy()
    assert unbeaten.mean() > 0.9
    assert (predicted == estimator.predict(rows))[unbeaten].all()


def test_two_labels_of_a_kernel_machine() -> None:
    rows, label = blobs(2)
    estimator = svm.SVC().fit(rows, label)
    wanted = estimator.decision_function(rows)
    close(answers(estimator, rows), np.stack([-wanted, wanted], 1))


def test_linear_decisions_on_shifted_and_scaled_features_are_one_layer() -> None:
    rows, label = blobs(3)
    estimator = make_pipeline(StandardScaler(), svm.SVC(kernel="linear")).fit(rows, label)
    assert [type(stage) for stage in svm_of(estimator).stages] == [Affine, Duels]
    estimator = make_pipeline(Normalizer(), StandardScaler(), svm.SVC()).fit(rows, label)
    assert type(svm_of(estimator).stages[2]) is KernelMachine
    estimator = make_pipeline(Normalizer(), StandardScaler(), OneVsRestClassifier(svm.SVC(kernel="linear")))
    assert [type(stage) for stage in svm_of(estimator.fit(rows, label)).stages] == [UnitLength, Affine]


@pytest.mark.parametrize("head", ["rbf", "poly"])
def test_gradients_are_difference_quotients(head: str) -> None:
    rows, label = blobs(3)
    estimator = make_pipeline(StandardScaler(), ONE_AGAINST_REST[head]()).fit(rows, label)
    point = torch.from_numpy(rows[:4]).requires_grad_()
    for chosen in range(3):
        (gradient,) = torch.autograd.grad(svm_of(estimator)(point)[:, chosen].sum(), point)
        step = 1e-5
        for feature in range(FEATURES):
            shift = np.eye(FEATURES)[feature] * step
            up, down = (estimator.decision_function(rows[:4] + sign * shift)[:, chosen] for sign in (1, -1))
            assert np.allclose(gradient[:, feature].numpy(), (up - down) / (2 * step), rtol=1e-5, atol=1e-7)


def test_a_row_of_zeros_has_a_length_and_a_gradient() -> None:
    rows = torch.zeros(1, FEATURES, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(UnitLength()(rows).sum(), rows)
    assert gradient.isfinite().all()


@pytest.mark.parametrize(
    ("estimator", "sentence"),
    [
        (Ridge(), "expected LinearSVC, SVC, OneVsRestClassifier, or a Pipeline .* got Ridge"),
        (svm.SVC(), "the SVC is not fitted"),
        (make_pipeline(Normalizer("l1"), svm.SVC().fit(*blobs(2))), "got Normalizer of norm 'l1'"),
        (make_pipeline(MinMaxScaler().fit(blobs(2)[0]), svm.SVC().fit(*blobs(2))), "got MinMaxScaler"),
        (svm.SVC(kernel="sigmoid").fit(*blobs(2)), "expected one kernel, linear, rbf, poly; got sigmoid"),
        (OneVsRestClassifier(Ridge()).fit(*blobs(3)), "of SVC or LinearSVC; got Ridge"),
    ],
)
def test_another_estimator_is_refused(estimator: Any, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        svm_of(estimator)


def test_the_random_state_is_left_alone() -> None:
    rows, label = blobs(3)
    estimator = svm.LinearSVC().fit(rows, label)
    before = torch.get_rng_state()
    svm_of(estimator)
    assert torch.equal(before, torch.get_rng_state())
