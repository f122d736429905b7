"""timm's classifiers, with local weights, its own, or none to be had."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from whylight.classifiers import load, timm
from whylight.errors import ModelError, SpecError
from whylight.frame import Resizing
from whylight.pictures import sample_picture

pytestmark = pytest.mark.skipif(find_spec("timm") is None, reason="timm is not installed")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "small.safetensors"
    network = timm.create("resnet10t")
    save_file(network.state_dict(), path)
    return path


def test_local_weights(weights: Path) -> None:
    classifier = load(f"timm:resnet10t,weights={weights}")
    assert (len(classifier.labels), classifier.labels[281]) == (1000, "tabby")
    assert (classifier.layer, classifier.resizing) == ("layer4", Resizing((176, 176), 201, "bicubic"))


def test_labels_and_size_from_outside(tmp_path: Path) -> None:
    torch.manual_seed(0)
    path, names = tmp_path / "own.safetensors", tmp_path / "names.txt"
    network = timm.create("deit_tiny_patch16_224", classes=2, size=(64, 96))
    torch.nn.init.normal_(network.get_parameter("head.weight"))
    save_file(network.state_dict(), path)
    names.write_text("cat\ndog\n")
    classifier = load(f"timm:deit_tiny_patch16_224,weights={path},labels={names},size=64x96")
    assert (classifier.labels, classifier.input_size) == (("cat", "dog"), (64, 96))
    assert classifier.layer == "blocks.11.norm1"
    assert classifier.watch(torch.rand(1, 3, 64, 96), torch.tensor([1])).features.shape == (1, 192, 4, 6)


@pytest.mark.parametrize(
    "name", ["resnet10t", "deit_tiny_patch16_224", "efficientnet_b0", "convnext_atto", "mobilenetv3_small_050"]
)
def test_pictures_are_prepared_as_timm_does(name: str) -> None:
    network = timm.create(name)
    data = import_module("timm.data")
    _, cat = sample_picture()
    preparation = timm.prepared(network)
    image, _ = preparation.resizing(cat)
    mean, std = torch.tensor(preparation.mean).view(3, 1, 1), torch.tensor(preparation.std).view(3, 1, 1)
    transform = data.create_transform(**data.resolve_data_config({}, model=network), is_training=False)
    assert (image - (transform(cat) * std + mean)).abs().max() <= 1 / 255


def test_without_a_network_local_weights_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **how: Any) -> None:
        raise OSError("We couldn't connect to the hub\nand more")

    monkeypatch.setattr(import_module("timm"), "create_model", refuse)
    message = (
        r"the weights of timm:resnet10t cannot be fetched \(We couldn't connect to the hub\); give local ones: "
        r"timm:resnet10t,weights=FILE\.safetensors"
    )
    with pytest.raises(ModelError, match=message):
        load("timm:resnet10t")


def test_what_is_not_known() -> None:
    with pytest.raises(ModelError, match=r"timm has no classifier 'resnet19'; did you mean resnet\w+, "):
        load("timm:resnet19")
    with pytest.raises(SpecError, match="timm has no setting 'version'; it has weights, labels"):
        load("timm:resnet10t,version=V1")
    with pytest.raises(SpecError, match="classes=5 needs weights trained for them: give timm:resnet10t,weights=FILE"):
        load("timm:resnet10t,classes=5")


def test_a_model_for_other_labels_has_numbers() -> None:
    assert timm.published_labels(timm.create("resnet10t", classes=7)) == tuple("0123456")
