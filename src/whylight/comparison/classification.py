"""How well a classifier names labelled pictures: the confusion matrix, what follows from it, and a test of two classifiers.

    precision = right / all that were given the label        recall = right / all that have it
    F1 = 2 precision · recall / (precision + recall)          0 where nothing is divided by nothing

Interval of an accuracy: Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927). Two
classifiers on the same pictures: McNemar, Note on the sampling error of the difference between correlated proportions
(1947), in its exact form: of the pictures that only one of them gets right, each side has its half by chance.
"""

from dataclasses import dataclass
from math import sqrt

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Z = 1.959963984540054
"""Of 95 %: the normal distribution has that share within so many standard deviations."""

Labels = Int[Tensor, " picture"]
Counts = Int[Tensor, "label answer"]
"""How many pictures of each label (row) got each answer (column); the last column is an answer that is no label."""
PerLabel = Float[Tensor, " label"]


@dataclass(frozen=True)
class Average:
    """Precision, recall and F1 over the labels."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, eq=False)
class Classification:
    """``confusion``: see ``Counts``. The rest follows from it, label by label."""

    confusion: Counts

    @property
    def support(self) -> Int[Tensor, " label"]:
        """How many pictures have each label."""
        return self.confusion.sum(dim=1)

    @property
    def answered(self) -> Int[Tensor, " label"]:
        """How many pictures were given each label."""
        return self.confusion.sum(dim=0)[: len(self.confusion)]

    @property
    def precision(self) -> PerLabel:
        """The share that is right among those that were given a label."""
        return _share(self._right, self.answered)

    @property
    def recall(self) -> PerLabel:
        """The share that is right among those that have a label."""
        return _share(self._right, self.support)

    @property
    def f1(self) -> PerLabel:
        """The harmonic mean of both."""
        return _share(2 * self._right, self.answered + self.support)

    @property
    def pictures(self) -> int:
        """How many there are."""
        return int(self.confusion.sum())

    @property
    def right(self) -> int:
        """How many were given their label."""
        return int(self._right.sum())

    @property
    def accuracy(self) -> float:
        """The share that is right; NaN of no pictures."""
        return self.right / self.pictures if self.pictures else float("nan")

    @property
    def occurring(self) -> Bool[Tensor, " label"]:
        """Labels that a picture has or was given: the others count in no average."""
        found: Bool[Tensor, " label"] = (self.support + self.answered) > 0
        return found

    def macro(self) -> Average:
        """The mean over the labels that occur."""
        return self._average(self.occurring.double())

    def weighted(self) -> Average:
        """The mean over the labels, each as often as pictures have it."""
        return self._average(self.support.double())

    @property
    def _right(self) -> Int[Tensor, " label"]:
        return self.confusion.diagonal()

    def _average(self, weights: PerLabel) -> Average:
        whole = weights.sum()
        return Average(*(float((part @ weights) / whole) for part in (self.precision, self.recall, self.f1)))


@dataclass(frozen=True)
class Paired:
    """Two classifiers on the same pictures: how many only the first and only the second got right, and the two-sided p
    that they are equally good."""

    only_first: int
    only_second: int
    p: float


def classified(truth: Labels, answers: Labels, labels: int) -> Classification:
    """What a classifier answered to labelled pictures; ``answers`` below 0 or from ``labels`` on are no label."""
    known = torch.where((answers >= 0) & (answers < labels), answers, labels)
    counts = torch.bincount(truth * (labels + 1) + known, minlength=labels * (labels + 1))
    return Classification(counts.reshape(labels, labels + 1))


def wilson(right: int, pictures: int) -> tuple[float, float]:
    """The 95 % interval of a share; (0, 1) of no pictures."""
    if pictures == 0:
        return 0.0, 1.0
    z, share = Z, right / pictures
    middle = share + z**2 / (2 * pictures)
    reach = z * sqrt(share * (1 - share) / pictures + z**2 / (4 * pictures**2))
    low, high = ((middle + side * reach) / (1 + z**2 / pictures) for side in (-1, 1))
    return max(0.0, low), min(1.0, high)


def paired(first: Bool[Tensor, " picture"], second: Bool[Tensor, " picture"]) -> Paired:
    """``first``, ``second``: which of the same pictures each got right; p is 1 where they differ on none."""
    from scipy.stats import binomtest

    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    differing = only_first + only_second
    return Paired(only_first, only_second, float(binomtest(only_first, differing).pvalue) if differing else 1.0)


def _share(part: Int[Tensor, " label"], whole: Int[Tensor, " label"]) -> PerLabel:
    return part.double() / whole.clamp_min(1)
