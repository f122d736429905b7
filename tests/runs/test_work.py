"""The work of a shard: every row is there, and what fails alone fails alone."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch

from whylight.classifier import Classifier
from whylight.dataset import Sample
from whylight.errors import MethodError, MetricError
from whylight.explanation import Explanation, explain
from whylight.method import Evidence, Method
from whylight.methods.gradient.saliency import Saliency
from whylight.metric import Measured, Metric, Truth
from whylight.runs.rows import Row
from whylight.runs.work import carry_out, steps, together_or_alone
from whylight.types import Images, Targets

from .conftest import BROKEN, PLAN, Album, MakeParts


@dataclass(frozen=True)
class Bright(Metric):
    """The sum of the picture, so that a test knows what to expect."""

    higher_is_better: ClassVar[bool | None] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        sums = explanation.images.sum(dim=(1, 2, 3))
        return Measured(sums, {"walk": torch.stack([sums, 2 * sums], dim=1)})


@dataclass(frozen=True)
class Picky(Metric):
    """Refuses a batch in which one picture is bright."""

    higher_is_better: ClassVar[bool | None] = None
    limit: float = 0.0

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        sums = explanation.images.sum(dim=(1, 2, 3))
        if bool((sums > self.limit).any()):
            raise MetricError("too bright")
        return Measured(torch.full_like(sums, float("nan")))


@dataclass(frozen=True)
class Wrong(Metric):
    """One score for all pictures."""

    higher_is_better: ClassVar[bool | None] = None

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        return Measured(torch.zeros(7))


@dataclass(frozen=True)
class Failing(Method):
    """A method that fails on everything."""

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        raise MethodError("not today")


def where(found: list[Row], **wanted: object) -> list[Row]:
    return [row for row in found if all(row.get(key) == value for key, value in wanted.items())]


def test_rows_of_every_picture_method_and_metric(make_parts: MakeParts, convolution: Classifier) -> None:
    parts, told = make_parts(PLAN), list[int]()
    found = carry_out(parts, "top1", [4, BROKEN, 0], told.append)
    assert sum(told) == 3 * steps(parts) == 3 * 3 * 4
    assert [row["place"] for row in found] == [4] * 12 + [BROKEN] + [0] * 12
    scored = where(found, place=0, method="saliency")
    assert [row.get("metric") for row in scored] == [None, "gini", "passes", "runtime"]
    assert [row["method"] for row in where(found, place=0, metric="gini")] == [
        "saliency",
        "occlusion:window=8,stride=8",
        "random_map",
    ]
    assert {row["method"] for row in found if row["control"]} == {"random_map"}
    (failed,) = where(found, place=BROKEN)
    assert failed["error"] == "3.png is damaged or incomplete"
    assert (failed["method"], failed.get("metric")) == (None, None)


def test_numbers_are_those_of_explain(make_parts: MakeParts, convolution: Classifier) -> None:
    parts = make_parts(PLAN, metrics={"bright": Bright()})
    (row,) = where(carry_out(parts, "top1", [4], lambda _: None), method="saliency", metric="bright")
    image, _ = convolution.fit(parts.dataset[4].picture)
    one = explain(convolution, Saliency(), image[None])
    assert row["score"] == pytest.approx(float(image.sum()))
    assert row["curves"] == [{"name": "walk", "values": [row["score"], 2 * row["score"]]}]
    assert row["target_index"] == int(one.targets[0])
    assert row["target"] == convolution.labels[row["target_index"]]
    assert row["probability"] == pytest.approx(float(one.verdict.probability[0]))
    assert (row["picture"], row["key"], row["label"]) == ("4.png", "00000004", "ant")


def test_the_true_label_is_explained_where_the_model_knows_it(make_parts: MakeParts, convolution: Classifier) -> None:
    parts = make_parts(PLAN)
    image, _ = convolution.fit(parts.dataset[1].picture)
    probabilities = convolution.probabilities(image[None])[0]
    kind = max((0, 3), key=lambda index: float(probabilities[index]))  # of the two that mean its label
    found = carry_out(parts, "label", [0, 1, 2], lambda _: None)
    assert {(row["place"], row["target_index"]) for row in found} == {(0, 1), (1, kind), (2, None)}
    (failed,) = where(found, place=2)
    assert failed["error"] == "its label, zebra, is none of convolution"


@dataclass(frozen=True)
class Area(Metric):
    """The share of the pixels where the evidence is known to be."""

    higher_is_better: ClassVar[bool | None] = None
    needs_truth: ClassVar[bool] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        assert truth is not None
        shares = truth.supporting.float().mean(dim=(1, 2))
        return Measured(torch.where(shares > 0, shares, torch.nan))


class Masked(Album):
    """An album that says where its labels' evidence is: in the left half of the first pictures, nowhere in the others."""

    def __getitem__(self, place: int) -> Sample:
        left = np.zeros((20, 24), dtype=bool)
        left[:, :12] = True
        return replace(super().__getitem__(place), supporting=left if place < 2 else None)


def test_truth_is_that_of_the_label_that_is_explained(make_parts: MakeParts, convolution: Classifier) -> None:
    parts = make_parts(PLAN, dataset=Masked(10), metrics={"area": Area()})
    rows = where(carry_out(parts, "label", [0, 1, 4], lambda _: None), method="saliency", metric="area")
    assert [row["score"] for row in rows] == [0.5, 0.5, None]
    # where the model's own answer is another label, nothing is known of that one
    other = make_parts(PLAN, dataset=Masked(10), metrics={"area": Area()}, meanings=((), (), ()))
    rows = where(carry_out(other, "top1", [0, 1, 4], lambda _: None), method="saliency", metric="area")
    assert [row["score"] for row in rows] == [None, None, None]
    assert not any(row.get("error") for row in rows)


def test_a_metric_fails_on_the_pictures_that_it_cannot_measure(make_parts: MakeParts) -> None:
    parts = make_parts(PLAN, metrics={"bright": Bright()})
    sums = {
        row["place"]: row["score"]
        for row in where(carry_out(parts, "top1", [0, 1, 2], lambda _: None), method="saliency", metric="bright")
    }
    limit = sorted(sums.values())[1]
    told: list[int] = []
    picky = make_parts(PLAN, metrics={"picky": Picky(limit), "bright": Bright()})
    found = carry_out(picky, "top1", [0, 1, 2], told.append)
    assert sum(told) == 3 * steps(picky)
    failed = [row["place"] for row in where(found, method="saliency", metric="picky") if row.get("error")]
    assert failed == [place for place, total in sums.items() if total > limit]
    assert len(failed) == 1
    assert len(where(found, method="saliency", metric="bright", error=None)) == 3
    assert [row["score"] for row in where(found, metric="picky", method="saliency", error=None)] == [None, None]


def test_a_method_that_fails_leaves_the_others(make_parts: MakeParts) -> None:
    parts = make_parts(PLAN, methods={"failing": Failing(), "saliency": Saliency()})
    told: list[int] = []
    found = carry_out(parts, "top1", [0, 1], told.append)
    assert sum(told) == 2 * steps(parts)
    assert [(row["place"], row["error"]) for row in where(found, method="failing")] == [
        (0, "not today"),
        (1, "not today"),
    ]
    assert len(where(found, method="saliency", error=None)) == 2 * 4


def test_a_metric_with_another_number_of_scores_is_said(make_parts: MakeParts) -> None:
    found = carry_out(make_parts(PLAN, metrics={"wrong": Wrong()}), "top1", [0, 1], lambda _: None)
    assert {row["error"] for row in where(found, metric="wrong")} == {"wrong gave (7,) scores for 1 pictures"}


def test_together_or_alone() -> None:
    def halves(chosen: slice) -> list[float]:
        return [1 / number for number in range(chosen.start, chosen.stop)]

    assert list(together_or_alone(halves, slice(1, 3))) == [(slice(1, 3), [1.0, 0.5])]
    (first, error), second = together_or_alone(halves, slice(0, 2))
    assert isinstance(error, ZeroDivisionError)
    assert (first, second) == (slice(0, 1), (slice(1, 2), [1.0]))
