"""Trainings of enhancers in one process: what learns, what does not, and what comes of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers import load
from whylight.classifiers.enhanced import enhancer_of, without
from whylight.errors import RunError
from whylight.nets.enhanced import Enhanced
from whylight.training import folder, run
from whylight.training.prepare import Prepared
from whylight.training.prepare_enhancer import EnhancerWish, prepare_enhancer

from .conftest import CPU, Place, after

DATA, MODEL = "planted:count=60,size=32,classes=3", "planted:classes=3,size=32"
MakeEnhancer = Callable[..., Prepared]


@pytest.fixture
def make_enhancer() -> MakeEnhancer:
    """``make_enhancer(mode="joint", changes={…})``: an enhancer of a few weights for 48 planted pictures."""

    def made(**wish: Any) -> Prepared:
        changes = {"batch": 16, "epochs": 2, **wish.pop("changes", {})}
        settings = {"net": "unet:width=2,depth=2,norm=true", "stage1_epochs": 1, "precision": "float32", **wish}
        return prepare_enhancer(
            EnhancerWish(DATA, model=settings.pop("model", MODEL), validation=0.2, changes=changes, **settings), CPU
        )

    return made


@pytest.fixture
def trained(make_enhancer: MakeEnhancer, place: Place) -> Any:
    """A network for the planted pictures with batch norm, trained for an epoch: its description."""
    from whylight.training.prepare import Wish, prepare

    wish = Wish(DATA, network="fashion_cnn:width=4", precision="float32", changes={"epochs": 1, "batch": 16})
    run.carry_out(place("classifier"), prepare(wish, CPU))
    return f"file:{place('classifier').folder / folder.MODEL}"


def module_of(classifier: Classifier | None) -> nn.Module:
    assert classifier is not None
    assert classifier.module is not None
    return classifier.module


def state(module: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_it_is_a_classifier_and_its_stages_are_told(make_enhancer: MakeEnhancer, place: Place, trained: str) -> None:
    prepared = make_enhancer(model=trained)
    before = torch.random.get_rng_state()
    found = run.carry_out(place(), prepared)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert [(row["epoch"], row["stage"]) for row in found["curve"]] == [
        (1, "reconstruction"), (2, "frozen"), (3, "frozen"),
    ]  # fmt: skip
    assert [row["rate"] for row in found["curve"]] == [1e-3, 1e-4, 1e-4]
    assert all(row["psnr"] > 3 for row in found["curve"])
    assert ["validation_above_entropy" in row for row in found["curve"]] == [True, False, False]
    assert found["curve"][0]["validation_above_entropy"] > 0
    assert found["curve"][found["best"]]["stage"] == "frozen"
    text = f"file:{place().folder / folder.MODEL}"
    classifier = load(text)
    images, labels = prepared.pictures.images(range(60)), prepared.pictures.labels
    enhancer, inside = enhancer_of(classifier), without(classifier)
    assert enhancer is not None
    assert inside is not None
    assert isinstance(classifier.predict, Enhanced)
    assert torch.allclose(classifier.logits(images), inside.logits(enhancer(images)), atol=1e-5)
    assert torch.equal(load(f"{text},enhancer=none").logits(images), inside.logits(images))
    assert torch.allclose(inside.logits(images), load(trained).logits(images), atol=1e-6)
    assert inside.name == f"{text},enhancer=none"
    right = (classifier.logits(images).argmax(dim=1) == labels).float().mean()
    best = found["curve"][found["best"]]
    assert found["validation"]["accuracy"] == pytest.approx(best["validation_accuracy"])
    assert found["validation"]["loss"] == pytest.approx(best["validation_loss"], rel=1e-4)
    assert found["validation"]["psnr"] == pytest.approx(best["psnr"], rel=1e-4)
    assert 0 <= right <= 1


@pytest.mark.parametrize("mode", ["frozen", "recognition_aware", "unsupervised", "transformer", "restoration"])
def test_the_classifier_is_bit_equal_afterwards(
    make_enhancer: MakeEnhancer, place: Place, trained: str, mode: str
) -> None:
    before = state(module_of(load(trained)))
    first = state(module_of(load(trained)))
    assert same(before, first)
    run.carry_out(place(), make_enhancer(model=trained, mode=mode, changes={"rate": 0.01}))
    kept = load(f"file:{place().folder / folder.MODEL}")
    assert same(state(module_of(without(kept))), before)
    assert any("running_mean" in name for name in before)


def test_the_classifier_learns_too_in_joint_mode_but_not_in_stage_1(
    make_enhancer: MakeEnhancer, place: Place, trained: str
) -> None:
    before = state(module_of(load(trained)))
    run.carry_out(place(), make_enhancer(model=trained, mode="joint"))
    after_all = state(module_of(without(load(f"file:{place().folder / folder.MODEL}"))))
    changed = [name for name in before if not torch.equal(before[name], after_all[name])]
    assert set(changed) == set(before)
    stopped = run.carry_out(place("stopped", stops=after(5)), make_enhancer(model=trained, mode="joint"))
    assert not stopped["finished"]
    first = state(module_of(without(load(f"file:{place('stopped').folder / folder.MODEL}"))))
    assert same(first, before)


@pytest.mark.parametrize(
    ("mode", "moment"),
    [*(("joint", moment) for moment in (2, 3, 5, 8)), ("frozen", 5), ("transformer", 5), ("unsupervised", 5)],
)
def test_a_stopped_training_goes_on_to_the_same_bytes(
    make_enhancer: MakeEnhancer, place: Place, mode: str, moment: int
) -> None:
    """3 steps an epoch: within stage 1, at its end, within the first epoch of stage 2 and within its second."""
    prepared = make_enhancer(mode=mode, degrade="gaussian_noise:sigma=0.2")
    whole = run.carry_out(place("whole"), prepared)
    stopped = run.carry_out(place("stopped", stops=after(moment)), prepared)
    assert not stopped["finished"]
    told: list[tuple[int, int]] = []
    gone_on = run.carry_out(place("stopped", progress=lambda *numbers: told.append(numbers)), prepared)
    assert told[0] == (moment, 9)
    assert told[-1] == (9, 9)
    models = [(place(name).folder / folder.MODEL).read_bytes() for name in ("whole", "stopped")]
    assert models[0] == models[1]
    for row, other in zip(whole["curve"], gone_on["curve"]):
        assert {**row, "seconds": 0} == {**other, "seconds": 0}


def test_the_seed_decides(make_enhancer: MakeEnhancer, place: Place) -> None:
    models = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        run.carry_out(place(name), make_enhancer(seed=seed, degrade="gaussian_noise", changes={"epochs": 1}))
        models.append((place(name).folder / folder.MODEL).read_bytes())
    assert models[0] == models[1] != models[2]


def test_stage_1_learns_to_give_the_picture(make_enhancer: MakeEnhancer, place: Place) -> None:
    prepared = make_enhancer(stage1_epochs=40, stage1_rate=0.01, changes={"epochs": 1, "batch": 8, "patience": None})
    found = run.carry_out(place(), prepared)
    first, last = found["curve"][0], found["curve"][39]
    assert last["psnr"] > first["psnr"] + 6
    assert 0 < last["validation_above_entropy"] < first["validation_above_entropy"] / 2


def test_a_stage_that_ends_early_hands_over_to_the_next(make_enhancer: MakeEnhancer, place: Place) -> None:
    changes = {"patience": 1, "optimiser": "sgd", "rate": 1e-12, "epochs": 9}
    found = run.carry_out(place(), make_enhancer(stage1_epochs=30, stage1_rate=1e-12, changes=changes))
    stages = [row["stage"] for row in found["curve"]]
    assert stages.count("reconstruction") < 30
    assert 0 < stages.count("frozen") < 9
    assert found["curve"][found["best"]]["stage"] == "frozen"
    assert [row["epoch"] for row in found["curve"]] == list(range(1, len(stages) + 1))


def test_without_validation_the_psnr_is_that_of_the_training(make_enhancer: MakeEnhancer, place: Place) -> None:
    wish = EnhancerWish(
        DATA,
        model=MODEL,
        net="unet:width=2,depth=2",
        stage1_epochs=1,
        validation=0.0,
        precision="float32",
        changes={"epochs": 1, "batch": 16},
    )
    found = run.carry_out(place(), prepare_enhancer(wish, CPU))
    assert all(row["psnr"] > 0 and "validation_loss" not in row for row in found["curve"])
    assert found["best"] == 1


def test_a_private_code_is_warned_of(make_enhancer: MakeEnhancer, place: Place, trained: str) -> None:
    joint = run.carry_out(place("joint"), make_enhancer(model=trained, mode="joint", stage1_epochs=0))
    assert joint["curve"][joint["best"]]["psnr"] < 15
    assert len(joint["warnings"]) == 1
    assert "dB from the pictures themselves, below 15 dB" in joint["warnings"][0]
    small = run.carry_out(
        place("small"), make_enhancer(model=trained, mode="joint", net="unet:width=2,depth=2,change=0.05")
    )
    assert small["warnings"] == []
    assert all(row["psnr"] > 26 for row in small["curve"])  # 20 log10(1 / 0.05)


def test_another_aim_is_another_plan(make_enhancer: MakeEnhancer, place: Place) -> None:
    run.carry_out(place(), make_enhancer(changes={"epochs": 1}))
    with pytest.raises(RunError, match="holds the training of another plan: mode was frozen, now joint"):
        run.carry_out(place(), make_enhancer(mode="joint", changes={"epochs": 1}))


def test_a_classifier_with_other_weights_is_refused(
    make_enhancer: MakeEnhancer, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that only its name describes."""
    run.carry_out(place(), make_enhancer(changes={"epochs": 1}))
    text = f"file:{place().folder / folder.MODEL}"
    load(text)
    monkeypatch.setattr("whylight.classifiers._enhanced_file.digest", lambda _module: "0")
    with pytest.raises(Exception, match=r"has other weights than the enhancer in .* was trained through; bring those"):
        load(text)
