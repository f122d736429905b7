"""What is chosen for an enhancer where nothing was asked for, and what cannot be trained."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from whylight.errors import DataError, ModelError, WhylightError
from whylight.training import run
from whylight.training.enhancer_training import EnhancerTraining, enhancer_in
from whylight.training.loop import Session
from whylight.training.plan import from_plain
from whylight.training.prepare_enhancer import EnhancerWish, prepare_enhancer
from whylight.training.session import Setup, sides_of
from whylight.training.testing import prepare_test

CPU = torch.device("cpu")
DATA, MODEL = "planted:count=60,size=32,classes=3", "planted:classes=3,size=32"
SMALL = "unet:width=2,depth=2"


def wish(**others: Any) -> EnhancerWish:
    return EnhancerWish(**{"data": DATA, "model": MODEL, "net": SMALL, **others})


@pytest.mark.parametrize(
    ("mode", "weight", "first", "rate"),
    [
        ("frozen", 0.0, 5, 1e-4),
        ("joint", 0.0, 5, 1e-4),
        ("recognition_aware", 1e-3, 0, 1e-3),
        ("unsupervised", 10.0, 0, 1e-3),
        ("transformer", 1e-2, 5, 1e-4),
        ("restoration", 0.0, 0, 1e-3),
    ],
)
def test_each_mode_has_its_published_weight_and_a_rate(mode: Any, weight: float, first: int, rate: float) -> None:
    plan = prepare_enhancer(wish(mode=mode), CPU).plan
    assert plan.enhancement is not None
    assert (plan.enhancement.weight, plan.enhancement.stage1_epochs) == (weight, first)
    assert plan.enhancement.stage1_rate == 1e-3
    given = plan.hyperparameters
    assert (given.rate, given.batch, given.optimiser, given.patience) == (rate, 64, "adam", 5)
    assert plan.epochs == first + given.epochs
    assert from_plain(plan.to_plain()) == plan
    assert type(enhancer_in(plan)).__name__ == ("Chained" if mode == "transformer" else "UNet")


def test_pictures_come_at_the_size_and_with_the_labels_of_the_classifier(tmp_path: Path) -> None:
    """In another order, and with labels that the pictures do not have."""
    random = torch.Generator().manual_seed(0)
    for label in ("cat", "airplane"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(4):
            pixels = torch.randint(0, 256, (50, 70, 3), generator=random, dtype=torch.uint8)
            Image.fromarray(pixels.numpy()).save(tmp_path / "photos" / label / f"{number}.png")
    found = prepare_enhancer(wish(data=str(tmp_path / "photos"), model=None), CPU)
    assert found.plan.size == (64, 64)
    assert found.pictures.classes[3] == "cat"
    assert sorted(found.pictures.labels.tolist()) == [0] * 4 + [3] * 4
    with pytest.raises(DataError, match="8 of 8 pictures to train with are test pictures too"):
        prepare_test(str(tmp_path / "photos"), None, found)


def session_of(number: int, **others: Any) -> Session:
    prepared = prepare_enhancer(wish(changes={"batch": 16}, **others), CPU)
    setup = Setup(Path("nowhere"), CPU)
    return EnhancerTraining(setup, prepared, sides_of(prepared, setup.world)).session(number)


def test_random_labels_are_those_of_the_training_alone() -> None:
    plain, random = session_of(0), session_of(0, shuffle_labels=True)
    assert plain.training.keys == random.training.keys
    assert plain.training.labels.tolist() != random.training.labels.tolist()
    assert plain.training.counts() == random.training.counts()
    assert plain.validation is not None
    assert random.validation is not None
    assert plain.validation.labels.tolist() == random.validation.labels.tolist()
    again = session_of(0, shuffle_labels=True)
    assert again.training.labels.tolist() == random.training.labels.tolist()


def test_what_is_trained_in_which_stage() -> None:
    first, second = (session_of(number, mode="joint") for number in (0, 1))
    trained = [
        {id(each) for group in session.optimiser.param_groups for each in group["params"]}
        for session in (first, second)
    ]
    kept = [{id(each) for each in session.kept.parameters()} for session in (first, second)]
    assert trained == kept
    assert len(kept[0]) < len(kept[1])


@pytest.mark.parametrize(
    ("others", "message"),
    [
        (
            {"weight": 0.1},
            "--weight belongs to the modes recognition_aware, unsupervised, transformer; leave it out with",
        ),
        ({"mode": "unsupervised", "weight": -1.0}, "weight must be 0 or above; got -1.0"),
        ({"stage1_epochs": -1}, "stage1_epochs must be 0 or above; got -1"),
        ({"stage1_rate": 0.0}, "stage1_rate must be above 0; got 0.0"),
        ({"mode": "restoration", "shuffle_labels": True}, "the mode restoration does not look at labels"),
        ({"degrade": "fog"}, "there is no degradation 'fog'; did you mean"),
        ({"net": "unit"}, "there is no enhancer 'unit'; did you mean unet"),
        ({"net": "unet:depth=7"}, "unet:depth=7: pictures of 32 × 32 are too small to be halved 7 times"),
        ({"model": "bundled"}, "bundled has no label, or several, for .* of planted:.*; take pictures with its own"),
        ({"validation": 0.0, "changes": {"patience": 3}}, "--patience waits for a better validation"),
        ({"changes": {"rate": -1.0}}, "rate must be above 0; got -1.0"),
    ],
)
def test_one_sentence_for_what_cannot_be(others: dict[str, Any], message: str) -> None:
    with pytest.raises(WhylightError, match=message):
        prepare_enhancer(wish(**others), CPU)


def test_a_black_box_has_no_gradients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_black_box.py").write_text("def make():\n    return lambda images: images.mean(dim=(2, 3))\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ModelError, match="is a black box, and an enhancer learns from a classifier's gradients; name a"
    ):
        prepare_enhancer(wish(model="python:a_black_box:make,size=32"), CPU)


def test_too_few_pictures(tmp_path: Path) -> None:
    prepared = prepare_enhancer(wish(changes={"batch": 1}), CPU)
    with pytest.raises(DataError, match=r"a step needs at least 2 pictures.*larger --batch-size"):
        run.carry_out(Setup(tmp_path / "out", CPU), prepared)
