"""Trainings in one process: they learn, end early, stop and go on to the same bits, and refuse what is not theirs."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from whylight.classifiers import load
from whylight.errors import DataError, RunError
from whylight.training import course, folder, run

from .conftest import Make, Place, after


def test_a_network_learns_and_is_a_classifier(make: Make, place: Place) -> None:
    prepared = make({"data": "planted:count=150,size=32,classes=3", "network": "fashion_cnn:width=8"}, epochs=6)
    before = torch.random.get_rng_state()
    found = run.carry_out(place(), prepared)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert found["validation"]["accuracy"] > 0.9
    assert found["curve"][0]["loss"] > 2 * found["curve"][-1]["loss"]
    classifier = load(f"file:{place().folder / folder.MODEL}")
    assert classifier.labels == prepared.pictures.classes
    assert classifier.layer == "features"
    answers = classifier.logits(prepared.pictures.images(range(50))).argmax(dim=1)
    assert (answers == prepared.pictures.labels[:50]).float().mean() > 0.9


def test_what_a_training_leaves_behind(make: Make, place: Place) -> None:
    found = run.carry_out(place(), make())
    names = {path.name for path in place().folder.iterdir()}
    assert names == {folder.PLAN, folder.MODEL, folder.TRAINING, folder.EVENTS, ".whylight-lock"}
    assert json.loads((place().folder / folder.TRAINING).read_text()) == found
    assert found["finished"]
    assert [row["epoch"] for row in found["curve"]] == [1, 2]
    best = max(found["curve"], key=lambda row: (row["validation_accuracy"], -row["validation_loss"]))
    assert found["curve"][found["best"]] == best
    assert found["validation"]["accuracy"] == pytest.approx(best["validation_accuracy"])
    assert sum(map(sum, found["validation"]["confusion"])) == found["validation"]["pictures"] == 12
    assert sum(found["data"]["training"].values()) == 48


WITH_NORM, WITH_DROPOUT = "fashion_cnn:width=4", "torchvision:squeezenet1_1,weights=none"


@pytest.mark.parametrize(
    ("moment", "network", "precision"),
    [
        *((moment, WITH_NORM, "float32") for moment in (1, 2, 3, 5, 6)),
        (4, WITH_NORM, "bfloat16"),
        (4, WITH_DROPOUT, "float32"),
    ],
)
def test_a_stopped_training_goes_on_to_the_same_bits(
    make: Make, place: Place, moment: int, network: str, precision: str
) -> None:
    """3 steps an epoch, 2 epochs: within the first and the second, and at the end of both."""
    wish = {"network": network, "precision": precision, "size": (32, 32)}
    prepared = make(wish, optimiser="adamw", rate=0.01, augmentation="shift_flip_erase")
    whole = run.carry_out(place("whole"), prepared)
    stopped = run.carry_out(place("stopped", stops=after(moment)), prepared)
    assert not stopped["finished"]
    told: list[tuple[int, int]] = []
    gone_on = run.carry_out(place("stopped", progress=lambda *numbers: told.append(numbers)), prepared)
    assert told[0] == (moment, 6)
    models = [(place(name).folder / folder.MODEL).read_bytes() for name in ("whole", "stopped")]
    assert models[0] == models[1]
    for row, other in zip(whole["curve"], gone_on["curve"]):
        assert {**row, "seconds": 0} == {**other, "seconds": 0}


def test_the_seed_decides(make: Make, place: Place) -> None:
    models = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        run.carry_out(place(name), make({"seed": seed}, epochs=1))
        models.append((place(name).folder / folder.MODEL).read_bytes())
    assert models[0] == models[1] != models[2]


def test_a_finished_training_is_not_begun_again(make: Make, place: Place) -> None:
    prepared = make(epochs=1)
    found = run.carry_out(place(), prepared)
    told: list[tuple[int, int]] = []
    assert run.carry_out(place(progress=lambda *numbers: told.append(numbers)), prepared) == found
    assert told == []


def test_it_ends_early_and_keeps_the_best(make: Make, place: Place) -> None:
    prepared = make(epochs=50, patience=2, rate=1e-12, optimiser="sgd", schedule="constant")
    found = run.carry_out(place(), prepared)
    assert found["ended_early"]
    assert found["best"] == len(found["curve"]) - 3 < 47


def test_without_validation_the_last_epoch_is_kept(make: Make, place: Place) -> None:
    found = run.carry_out(place(), make({"validation": 0.0}))
    assert found["best"] == 1
    assert "validation" not in found
    assert sum(found["data"]["training"].values()) == 60


def test_the_head_alone_is_trained(make: Make, place: Place) -> None:
    run.carry_out(place("first"), make({"network": "resnet20"}, epochs=1))
    start = f"file:{place('first').folder / folder.MODEL}"
    prepared = make({"start": start, "frozen": True, "validation": 0.0}, epochs=1, rate=0.1)
    assert prepared.plan.network == "resnet20"
    run.carry_out(place("second"), prepared)
    first, second = (load(f"file:{place(name).folder / folder.MODEL}").module for name in ("first", "second"))
    assert first is not None
    assert second is not None
    other = [name for name, tensor in second.state_dict().items() if not torch.equal(tensor, first.state_dict()[name])]
    assert other == ["fc.weight", "fc.bias"]


def test_a_margin_is_learnt_on_top_of_a_network(make: Make, place: Place) -> None:
    run.carry_out(place("first"), make(epochs=1))
    start = f"file:{place('first').folder / folder.MODEL}"
    prepared = make({"start": start}, epochs=4, loss="l2_svm", penalty=10.0)
    found = run.carry_out(place("second"), prepared)
    assert found["curve"][-1]["loss"] < found["curve"][0]["loss"]


def test_a_loss_that_is_no_number_ends_it(make: Make, place: Place) -> None:
    with pytest.raises(RunError, match=r"the loss became (nan|inf) in epoch 1, step \d+; .* smaller --rate"):
        run.carry_out(place(), make(rate=1e20, optimiser="sgd", schedule="constant", epochs=20))


def test_another_plan_is_refused(make: Make, place: Place) -> None:
    prepared = make(epochs=1)
    run.carry_out(place(), prepared)
    other = replace(prepared, plan=replace(prepared.plan, seed=4))
    with pytest.raises(RunError, match=r"holds the training of another plan: seed was 0, now 4. Name another folder"):
        run.carry_out(place(), other)


def test_a_folder_of_something_else_is_refused(make: Make, place: Place, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").touch()
    with pytest.raises(RunError, match=r"holds what no training wrote, such as thesis.txt"):
        run.carry_out(place(), make())
    with pytest.raises(RunError, match="--out must be a folder"):
        run.carry_out(place("out/thesis.txt"), make())


def test_batches_of_one_picture_are_refused(make: Make, place: Place) -> None:
    with pytest.raises(DataError, match=r"a step needs at least 2 pictures.*larger --batch-size"):
        run.carry_out(place(), make(batch=1))
    assert not place().folder.exists()


def test_memory_that_runs_out_is_explained(make: Make, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bool:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(course, "train", full)
    with pytest.raises(RunError, match=r"memory ran out with 16 pictures a step; .* smaller --batch-size"):
        run.carry_out(place(), make())


def test_pictures_on_disk_train_the_same_network(
    place: Place, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = torch.Generator().manual_seed(0)
    for label in ("ant", "bee"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(20):
            pixels = torch.randint(0, 256, (20, 30, 3), generator=random, dtype=torch.uint8)
            Image.fromarray(pixels.numpy()).save(tmp_path / "photos" / label / f"{number}.png")
    wish = {"data": str(tmp_path / "photos"), "size": (16, 16)}
    run.carry_out(place("memory"), make(wish, epochs=1))
    monkeypatch.setattr("whylight.training.data.MOST_IN_MEMORY", 0)
    run.carry_out(place("disk"), make(wish, epochs=1))
    models = [(place(name).folder / folder.MODEL).read_bytes() for name in ("memory", "disk")]
    assert models[0] == models[1]
