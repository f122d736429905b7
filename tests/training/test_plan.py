"""Plans: there and back through JSON, and what another one has otherwise; hyperparameters that cannot be."""

import json
from dataclasses import replace
from typing import Any

import pytest

from whylight.classifiers import networks
from whylight.errors import RunError, SpecError
from whylight.training.enhancement import Enhancement
from whylight.training.hyperparameters import DEFAULTS, HEAD_ALONE, Hyperparameters, changed, defaults_for
from whylight.training.plan import Plan, differences, from_plain

PLAN = Plan("photos", "small_cnn", Hyperparameters(), (28, 28), 1, content="aa")


def test_there_and_back() -> None:
    assert from_plain(json.loads(json.dumps(PLAN.to_plain()))) == PLAN


@pytest.mark.parametrize("plain", [None, {}, {"data": "x"}, PLAN.to_plain() | {"hyperparameters": {"colour": 1}}])
def test_other_data_are_no_plan(plain: object) -> None:
    with pytest.raises(RunError, match="start again in another folder"):
        from_plain(plain)


def test_a_plan_from_before_there_were_enhancers() -> None:
    plain = PLAN.to_plain()
    del plain["enhancement"], plain["shuffle_labels"]
    assert from_plain(plain) == PLAN


def test_an_enhancer_is_no_classifier() -> None:
    enhancer = replace(PLAN, enhancement=Enhancement("bundled", "joint"))
    assert from_plain(json.loads(json.dumps(enhancer.to_plain()))) == enhancer
    assert differences(PLAN, enhancer) == ["it was one of a classifier, now one of an enhancer"]
    other = replace(enhancer, enhancement=Enhancement("bundled", "joint", degrade="jpeg", stage1_epochs=2))
    assert differences(enhancer, other) == ["stage1_epochs was 5, now 2", "degrade was None, now jpeg"]


def test_differences_are_named() -> None:
    other = replace(PLAN, seed=1, hyperparameters=Hyperparameters(rate=0.5), content="bb")
    assert differences(PLAN, PLAN) == []
    assert differences(PLAN, replace(PLAN, content="bb")) == ["the pictures or their labels are others than before"]
    assert differences(PLAN, replace(other, data="more")) == [
        "data was photos, now more",
        "seed was 0, now 1",
        "rate was 0.1, now 0.5",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": 0.0}, "rate must be above 0; got 0.0"),
        ({"rate": float("nan")}, "rate must be above 0; got nan"),
        ({"epochs": 0}, "epochs must be above 0"),
        ({"weight_decay": -1.0}, "weight_decay must be 0 or above"),
        ({"smoothing": 1.0}, "smoothing must be at least 0 and below 1"),
        ({"patience": 0}, "patience must be at least 1"),
    ],
)
def test_hyperparameters_that_cannot_be(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Hyperparameters(**change)


def test_every_network_has_defaults() -> None:
    assert set(DEFAULTS) == set(networks.names())
    assert defaults_for("deeper_cnn:pools=4") == defaults_for("small_cnn")
    assert defaults_for("torchvision:resnet18", started=True).optimiser == "adamw"
    frozen = defaults_for("resnet20", frozen=True)
    assert frozen == changed(defaults_for("timm:x", started=True), HEAD_ALONE)


def test_the_source_is_trained_as_published() -> None:
    given = defaults_for("small_cnn")
    assert (given.epochs, given.batch, given.optimiser, given.rate, given.schedule) == (
        10,
        64,
        "adam",
        1e-3,
        "constant",
    )
    assert (given.augmentation, given.weight_decay, given.smoothing) == ("none", 0, 0)
