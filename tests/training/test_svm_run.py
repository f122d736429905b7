"""SVMs from data to a folder: scores, masks, what is left behind, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from whylight.classifiers import load, networks
from whylight.classifiers.checkpoint import Recipe as Checkpoint
from whylight.classifiers.checkpoint import save
from whylight.errors import DataError, ModelError, RunError
from whylight.methods.cam.cam import CAM
from whylight.methods.gradient.weight_map import WeightMap
from whylight.nets.pixel_svm import MaskedPixels, mean_picture
from whylight.registry import read_method
from whylight.training import svm_run
from whylight.training.svm_fit import Recipe
from whylight.training.svm_run import carry_out
from whylight.training.svm_sides import QUIET, Told, read_sides
from whylight.training.svm_wish import Wish

pytest.importorskip("sklearn")
pytest.importorskip("skops.io")
CPU = torch.device("cpu")
DATA = "planted:count=60,size=32,classes=3"
TEST = "planted:count=30,size=32,classes=3,seed=9"


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A network with drawn weights that averages its last layer."""
    torch.manual_seed(0)
    network = networks.build("small_cnn", 3, 3, (32, 32)).eval()
    path = tmp_path / "model.safetensors"
    labels = ("a", "b", "c")
    save(
        path, network, Checkpoint("small_cnn", labels, (32, 32), None, "bilinear", (0.5,) * 3, (0.25,) * 3, "features")
    )
    return f"file:{path}"


def wish(**changes: Any) -> Wish:
    return Wish(DATA, changes.pop("recipe", Recipe()), **{"validation": 0.2, "test": TEST, **changes})


def test_a_linear_svm_on_features(model: str, tmp_path: Path) -> None:
    said: list[str] = []
    told = Told(lambda _done, _all: None, lambda _done, _all: None, said.append)
    asked = wish(features=model, recipe=Recipe(costs=(0.1, 10.0)))
    found = carry_out(asked, tmp_path / "out", CPU, told)
    assert found["test"]["pictures"] == 30
    assert found["test"]["accuracy"] > 0.5
    assert [each["c"] for each in found["tried"]] == [0.1, 10.0]
    assert found["validation"]["accuracy"] == max(each["validation_accuracy"] for each in found["tried"])
    assert sum(found["data"]["training"].values()) + sum(found["data"]["validation"].values()) == 60
    assert len(said) == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")) == [
        "network.safetensors",
        "svm.json",
        "svm.skops",
        "training.json",
        "typical.safetensors",
    ]
    classifier = load(f"svm:{tmp_path / 'out'}")
    read = read_sides(asked, load(model), told)
    assert read.sides.test is not None
    images, labels = read.sides.test.images(range(30)), read.sides.test.labels
    answers = classifier.logits(images).argmax(dim=1)
    assert (answers == labels).float().mean().item() == pytest.approx(found["test"]["accuracy"])
    assert CAM()(classifier, images[:4], answers[:4]).details["completeness"].max() < 1e-3
    assert carry_out(asked, tmp_path / "out", CPU) == json.loads(json.dumps(found))


def test_a_kernel_svm_says_how_often_it_is_the_vote(model: str, tmp_path: Path) -> None:
    found = carry_out(wish(features=model, recipe=Recipe("rbf", "l2")), tmp_path / "out", CPU)
    assert found["agreement_with_the_vote"] > 0.9
    assert 0 < found["support_vectors"] <= 60


def test_an_svm_on_pixels_is_exact(tmp_path: Path) -> None:
    found = carry_out(wish(test=None, limit=40, validation=0.0), tmp_path / "out", CPU)
    assert "validation" not in found
    assert sum(found["data"]["training"].values()) == 40
    classifier = load(f"svm:{tmp_path / 'out'}")
    assert classifier.input_size == (32, 32)
    images = torch.rand(3, 3, 32, 32)
    assert WeightMap()(classifier, images, torch.tensor([0, 1, 2])).details["completeness"].max() < 1e-3


def test_masks_of_a_network_with_controls(model: str, tmp_path: Path) -> None:
    found = carry_out(wish(mask=model, keeps=(1.0, 0.2), controls=True), tmp_path / "out", CPU)
    assert [each["keep"] for each in found["masks"]] == [0.2, 1.0]
    assert found["scored_on"] == "test"
    assert found["masks"][0]["validation"]["pictures"] == 12
    assert set(found["masks"][0]["scores"]) == {"map", "shape", "shuffled", "random"}
    assert set(found["masks"][1]["scores"]) == {"map"}
    classifier = load(f"svm:{tmp_path / 'out' / 'keep-20'}")
    assert isinstance(classifier.module, MaskedPixels)
    read = read_sides(wish(), load(model), QUIET)
    assert read.sides.test is not None
    answers = classifier.logits(read.sides.test.images(range(30))).argmax(dim=1)
    accuracy = (answers == read.sides.test.labels).float().mean().item()
    assert accuracy == pytest.approx(found["masks"][0]["scores"]["map"]["accuracy"], abs=0.04)


def test_the_mean_of_the_training_pictures_is_kept(model: str, tmp_path: Path) -> None:
    asked = wish(mask=model, keeps=(0.3,), test=None)
    carry_out(asked, tmp_path / "out", CPU)
    carry_out(wish(test=None), tmp_path / "all", CPU)
    training = read_sides(asked, load(model), QUIET).sides.training
    mean = training.images(range(len(training))).mean(dim=0)
    for folder in ("out/keep-30", "all"):
        network = load(f"svm:{tmp_path / folder}").module
        assert network is not None
        found = mean_picture(network)
        assert found is not None
        torch.testing.assert_close(found, mean, atol=1e-5, rtol=0)
    maps = read_method("occlusion:window=8,fill=training_mean")
    images = training.images(range(2))
    assert maps(load(f"svm:{tmp_path / 'all'}"), images, torch.tensor([0, 1])).maps.isfinite().all()


def test_validation_pictures_of_a_limit_are_some_of_those_without_one() -> None:
    """So a network that was trained with the same seed has seen none of them."""
    whole, fewer = (read_sides(wish(test=None, limit=limit), None, QUIET).sides for limit in (None, 30))
    assert whole.validation is not None
    assert fewer.validation is not None
    assert len(fewer.validation) == 6
    assert len(fewer.training) == 24
    assert set(fewer.validation.keys) <= set(whole.validation.keys)
    assert set(fewer.training.keys) <= set(whole.training.keys)
    assert set(fewer.training.counts().values()) == {8}


def test_masks_of_its_own_weights(tmp_path: Path) -> None:
    found = carry_out(wish(mask="self", keeps=(0.3,), test=None), tmp_path / "out", CPU)
    assert found["scored_on"] == "validation"
    assert found["full"]["validation"]["pictures"] == 12
    masked, full = load(f"svm:{tmp_path / 'out' / 'keep-30'}"), load(f"svm:{tmp_path / 'out' / 'full'}")
    images = torch.rand(3, 3, 32, 32)
    assert isinstance(masked.module, MaskedPixels)
    maps = WeightMap()(full, images, full.logits(images).argmax(dim=1)).maps
    assert torch.allclose(masked.module.maps(images), maps, atol=1e-5)
    assert (masked.module.mask(images).mean(dim=(1, 2, 3)) - 0.3).abs().max() < 1e-2


def test_a_killed_run_makes_no_row_twice(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(svm_run, "fit", broken)
    with pytest.raises(KeyboardInterrupt):
        carry_out(wish(features=model), tmp_path / "out", CPU)
    assert len(list((tmp_path / "out" / "rows").iterdir())) == 3
    monkeypatch.undo()
    monkeypatch.setattr("whylight.training.svm_rows._made", broken)
    found = carry_out(wish(features=model), tmp_path / "out", CPU)
    assert found["finished"]
    assert not (tmp_path / "out" / "rows").exists()


def test_what_cannot_be_done_is_told_before_any_work(model: str, tmp_path: Path) -> None:
    carry_out(wish(features=model, test=None), tmp_path / "out", CPU)
    with pytest.raises(RunError, match="holds an SVM that was fitted otherwise; name another folder"):
        carry_out(wish(features=model), tmp_path / "out", CPU)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(RunError, match=r"`whylight train svm` did not write, such as letter\.txt"):
        carry_out(wish(features=model), tmp_path / "mine", CPU)
    with pytest.raises(DataError, match="are test pictures too"):
        carry_out(wish(features=model, test=DATA), tmp_path / "other", CPU)
    with pytest.raises(ModelError, match="masks need a network that averages"):
        carry_out(wish(mask=model, keeps=(0.5,), layer="features.0"), tmp_path / "other", CPU)
    with pytest.raises(ModelError, match=r"a mask keeps shares of the pixels above 0 and at most 1; got \[2\.0\]"):
        wish(mask="self", keeps=(2.0,))
    with pytest.raises(ModelError, match="at least 0 and below 1; got 1"):
        wish(validation=1.0)
