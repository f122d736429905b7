"""Confusion matrices, what follows from them, and the test of two classifiers, against scikit-learn and scipy."""

import pytest
import torch
from scipy.stats import binomtest

from whylight.comparison.classification import classified, paired, wilson

sklearn = pytest.importorskip("sklearn.metrics")


def drawn(pictures: int, labels: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Answers that are right half of the time."""
    random = torch.Generator().manual_seed(seed)
    truth, other = torch.randint(labels, (2, pictures), generator=random)
    return truth, torch.where(torch.rand(pictures, generator=random) < 0.5, truth, other)


@pytest.mark.parametrize(("pictures", "labels"), [(200, 10), (7, 10), (1, 2), (60, 3)])
def test_the_report_is_scikit_learns(pictures: int, labels: int) -> None:
    """With seven pictures of ten labels some have none, and count in no average."""
    truth, answers = drawn(pictures, labels, pictures)
    found = classified(truth, answers, labels)
    wanted = sklearn.classification_report(truth, answers, output_dict=True, zero_division=0)
    assert found.accuracy == pytest.approx(wanted["accuracy"])
    for average, name in ((found.macro(), "macro avg"), (found.weighted(), "weighted avg")):
        numbers = (average.precision, average.recall, average.f1)
        assert numbers == pytest.approx([wanted[name][key] for key in ("precision", "recall", "f1-score")])
    for label in found.occurring.nonzero()[:, 0].tolist():
        row = wanted[str(label)]
        columns = (found.precision, found.recall, found.f1, found.support)
        assert [float(column[label]) for column in columns] == pytest.approx(
            [row[key] for key in ("precision", "recall", "f1-score", "support")]
        )
    assert int(found.occurring.sum()) == len([name for name in wanted if name.isdigit()])


def test_the_confusion_matrix_is_scikit_learns() -> None:
    truth, answers = drawn(300, 6, 1)
    found = classified(truth, answers, 6)
    assert found.confusion[:, :6].tolist() == sklearn.confusion_matrix(truth, answers, labels=range(6)).tolist()
    assert found.confusion[:, 6].sum() == 0
    assert found.pictures == 300


def test_an_answer_that_is_no_label_counts_as_wrong() -> None:
    truth, answers = torch.tensor([0, 0, 1, 1]), torch.tensor([0, -1, 5, 1])
    found = classified(truth, answers, 2)
    assert found.confusion.tolist() == [[1, 0, 1], [0, 1, 1]]
    assert (found.accuracy, found.right) == (0.5, 2)
    wanted = sklearn.precision_recall_fscore_support(truth, answers, labels=[0, 1], average="macro")
    assert (found.macro().precision, found.macro().recall, found.macro().f1) == pytest.approx(wanted[:3])


@pytest.mark.parametrize(("right", "pictures"), [(0, 10), (3, 10), (10, 10), (9086, 10_000), (50, 50)])
def test_the_interval_is_scipys(right: int, pictures: int) -> None:
    wanted = binomtest(right, pictures).proportion_ci(0.95, method="wilson")
    assert wilson(right, pictures) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_nothing_is_known_of_no_pictures() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert classified(torch.zeros(0, dtype=torch.long), torch.zeros(0, dtype=torch.long), 3).pictures == 0


def test_two_classifiers_by_hand() -> None:
    """Ten pictures tell them apart, of which nine speak for the first: p = 2 (1 + 10) / 2¹⁰."""
    first = torch.tensor([True] * 9 + [False] + [True] * 30 + [False] * 5)
    second = torch.tensor([False] * 9 + [True] + [True] * 30 + [False] * 5)
    found = paired(first, second)
    assert (found.only_first, found.only_second) == (9, 1)
    assert found.p == pytest.approx(2 * 11 / 2**10)
    assert paired(second, first).p == pytest.approx(found.p)
    assert paired(first, first).p == 1
