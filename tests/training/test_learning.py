"""Learning a model from marks: better and worse versions, taken back, gone on with, and the person's model left alone."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from whylight import datasets
from whylight.classifiers import load
from whylight.errors import DataError, ModelError, RunError, SpecError
from whylight.store import Model, Picture, Store, StoredExplanation, Stroke
from whylight.training import correction_versions as versions
from whylight.training import folder, run
from whylight.training.learning import Learning, learn_model
from whylight.training.prepare import Wish, prepare
from whylight.training.prepare_correction import CorrectionWish
from whylight.training.session import Setup

CPU = torch.device("cpu")
DATA = "planted:count=90,size=32,classes=3"
Make = Callable[..., Learning]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small network that knows the planted pictures a little."""
    home = tmp_path_factory.mktemp("model")
    settings = {"epochs": 6, "batch": 16}
    wish = Wish(data=DATA, network="fashion_cnn:width=8", precision="float32", changes=settings)
    run.carry_out(Setup(home, CPU), prepare(wish, CPU))
    return f"file:{home / folder.MODEL}"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A stroke that should not matter over the hindering bar of each of 30 pictures, and one that should over a corner."""
    found, dataset = Store(tmp_path / "judged.db"), datasets.open_dataset(DATA)
    key = found.add_model(Model("m", "1", dataset.labels))
    for place in range(30):
        sample = dataset[place]
        found.add_picture(Picture(sample.key, sample.name, *sample.picture.size, DATA, place))
        shown = found.add(StoredExplanation(sample.key, key, {}, "lime", 0, dataset.labels[0], 1, 0.5))
        assert sample.hindering is not None
        rows, columns = sample.hindering.nonzero()
        ends = tuple(
            (float(x + 0.5) / 32, float(y + 0.5) / 32)
            for x, y in ((columns.min(), rows.min()), (columns.max(), rows.max()))
        )
        found.note(shown, Stroke(False, 3 / 32, ends), person="Ada")
        found.note(shown, Stroke(True, 0.1, ((0.05, 0.05),)), person="Ada")
    return found


@pytest.fixture
def make(model: str, tmp_path: Path) -> Make:
    """``make(loss="rrr", …)``: two short epochs; ``setup`` and ``learning`` change the rest."""

    def made(learning: dict[str, Any] | None = None, setup: dict[str, Any] | None = None, **wish: Any) -> Learning:
        changes = {"epochs": 2, "batch": 16, "rate": 1e-3, **wish.pop("changes", {})}
        asked = CorrectionWish(model, DATA, precision="float32", validation=0.3, changes=changes, **wish)
        given = {"tolerance": 1.0, **(learning or {})}
        return Learning(asked, tmp_path / "learned", Setup(tmp_path, CPU, **(setup or {})), **given)

    return made


@pytest.mark.parametrize("loss", ["rrr", "rrr_grad_cam", "counter_examples", "hint"])
def test_a_version_is_made_measured_and_used(loss: str, make: Make, store: Store, model: str) -> None:
    before = Path(model.removeprefix("file:")).read_bytes()
    given = make(loss=loss, learning={"test": "planted:count=20,size=32,classes=3,seed=5"})
    found = learn_model(given, store)
    assert found is not None
    assert found["accepted"]
    assert (found["number"], found["parent"]) == (1, 0)
    assert found["corrections"]["learned"] + found["corrections"]["held_out"] == 30
    assert found["test"]["pictures"] == 20
    assert found["check"]["pictures"] == sum(
        found["check"][name] for name in ("both", "only_before", "only_after", "neither")
    )
    shares = found["attribution"]["methods"]
    assert {"integrated_gradients", "occlusion", "grad_cam"} <= set(shares)
    for each in shares.values():
        assert len(each["before"]) == len(each["after"]) == found["corrections"]["held_out"]
    assert Path(model.removeprefix("file:")).read_bytes() == before
    used, first = (given.home / name for name in (folder.MODEL, f"0001/{folder.MODEL}"))
    assert used.read_bytes() == first.read_bytes() != before
    assert load(f"file:{used}").labels == datasets.open_dataset(DATA).labels
    assert json.loads((given.home / "0001" / versions.VERSION).read_text()) == found
    row = json.loads((given.home / "0001" / folder.TRAINING).read_text())["curve"][-1]
    assert row["held_out_penalty"] >= 0


def test_the_loss_on_explanations_falls_on_held_out_pictures(make: Make, store: Store) -> None:
    given = make(weight=10.0, changes={"epochs": 6, "rate": 3e-3})
    learn_model(given, store)
    rows = json.loads((given.home / "0001" / folder.TRAINING).read_text())["curve"]
    assert rows[-1]["held_out_penalty"] < 0.5 * rows[0]["held_out_penalty"]


def test_a_rate_of_almost_nothing_changes_almost_nothing(make: Make, store: Store, model: str) -> None:
    """Norms are not moved by a few pictures."""
    given = make(changes={"rate": 1e-12, "weight_decay": 0.0})
    found = learn_model(given, store)
    assert found is not None
    assert found["check"]["only_before"] == found["check"]["only_after"] == 0
    own, other = (load(name).module.state_dict() for name in (model, f"file:{given.home / folder.MODEL}"))  # type: ignore[union-attr]
    for name, tensor in own.items():
        torch.testing.assert_close(other[name], tensor, atol=1e-6, rtol=1e-6)


def test_what_loses_accuracy_is_kept_and_not_used(make: Make, store: Store) -> None:
    given = make(changes={"rate": 0.5}, learning={"tolerance": 0.0})
    found = learn_model(given, store)
    assert found is not None
    assert found["check"]["after"] < found["check"]["before"]
    assert not found["accepted"]
    assert versions.open_versions(given.home).current == 0
    assert not (given.home / folder.MODEL).exists()
    assert (given.home / "0001" / folder.MODEL).exists()
    again = learn_model(replace(given, tolerance=1.0), store)
    assert again is not None
    assert again["accepted"]
    assert versions.open_versions(given.home).current == 1


@pytest.mark.slow
def test_versions_are_built_on_each_other_and_taken_back(make: Make, store: Store, model: str) -> None:
    given = make()
    learn_model(given, store)
    assert learn_model(given, store)["number"] == 1  # type: ignore[index]  # nothing was marked since
    second = learn_model(make(weight=2.0), store)
    assert second is not None
    assert (second["number"], second["parent"]) == (2, 1)
    assert second["plan"]["start"] == f"file:{given.home / '0001' / folder.MODEL}"
    found = versions.open_versions(given.home).reverted()
    assert found.current == 1
    assert (given.home / folder.MODEL).read_bytes() == (given.home / "0001" / folder.MODEL).read_bytes()
    found = found.reverted()
    assert found.current == 0
    assert not (given.home / folder.MODEL).exists()
    assert [change["why"] for change in found.changes] == ["accepted", "accepted", "reverted", "reverted"]
    assert [each["number"] for each in found.all()] == [1, 2]
    with pytest.raises(RunError, match=r"nothing that was learned is in use .* there is nothing to revert"):
        found.reverted()
    assert learn_model(given, store)["number"] == 1  # type: ignore[index]
    assert versions.open_versions(given.home).current == 1


@pytest.mark.slow
def test_a_stopped_one_goes_on_to_the_same_bytes(make: Make, store: Store, tmp_path: Path) -> None:
    asked = iter(range(1000))
    given = make(changes={"augmentation": "flip"})
    stopped = replace(given, home=tmp_path / "stopped", setup=replace(given.setup, stops=lambda: next(asked) >= 3))
    assert learn_model(stopped, store) is None
    assert not (stopped.home / "0001" / folder.MODEL).exists() or (stopped.home / "0001" / folder.STATE).exists()
    learn_model(replace(stopped, setup=given.setup), store)
    learn_model(given, store)
    whole, gone_on = (home / "0001" / folder.MODEL for home in (given.home, stopped.home))
    assert whole.read_bytes() == gone_on.read_bytes()


def test_what_cannot_be_is_said(make: Make, store: Store, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="the weights of planted cannot be moved and kept"):
        learn_model(replace(make(), wish=CorrectionWish("planted", DATA)), store)
    with pytest.raises(SpecError, match="the weight of rrr must be 0 or above; got -1"):
        learn_model(make(weight=-1.0), store)
    with pytest.raises(SpecError, match=r"must be a share from 0 to 1; got 2\.0"):
        make(learning={"tolerance": 2.0})
    with pytest.raises(DataError, match="nobody has marked anything"):
        learn_model(make(), Store(tmp_path / "empty.db"))
    (tmp_path / "learned").mkdir()
    (tmp_path / "learned" / "thesis.txt").touch()
    with pytest.raises(RunError, match=r"holds what was not learned here, such as thesis\.txt"):
        learn_model(make(), store)


def test_a_folder_belongs_to_one_model(make: Make, store: Store) -> None:
    given = make()
    learn_model(given, store)
    with pytest.raises(RunError, match=r"holds what file:.* has learned, not bundled"):
        learn_model(replace(given, wish=replace(given.wish, model="bundled")), store)
