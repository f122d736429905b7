"""A checkpoint is one safetensors file that knows how it is to be used."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from whylight.classifiers import load
from whylight.classifiers.checkpoint import KEY, Recipe, build, save
from whylight.errors import ModelError, SpecError
from whylight.frame import Resizing
from whylight.nets.compact import MEAN, STD, Compact

RECIPE = Recipe("compact", ("ant", "bee", "cat"), (64, 64), 64, "bicubic", MEAN, STD, "features.7")


def compact() -> Compact:
    torch.manual_seed(0)
    return Compact(3).eval()


def test_there_and_back(tmp_path: Path) -> None:
    network, path = compact(), tmp_path / "ant bee.safetensors"
    save(path, network, RECIPE)
    classifier = load(f"file:{path}")
    images = torch.rand(2, 3, 64, 64)
    normalised = (images - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    with torch.no_grad():
        assert torch.allclose(classifier.logits(images), network(normalised), atol=1e-5)
    assert (classifier.name, classifier.labels, classifier.layer) == (f"file:{path}", RECIPE.labels, "features.7")
    assert classifier.resizing == Resizing((64, 64), 64, "bicubic")
    assert list(tmp_path.iterdir()) == [path]


def test_plain_settings_and_half_precision(tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    plain = {
        "network": "compact", "labels": ["ant", "bee", "cat"], "size": [64, 64], "shorter": None,
        "interpolation": "bilinear", "mean": list(MEAN), "std": list(STD), "format": 1,
    }  # fmt: skip
    save(path, compact().half(), plain)
    classifier = load(f"file:{path}")
    assert classifier.module is not None
    assert {parameter.dtype for parameter in classifier.module.parameters()} == {torch.float32}
    assert classifier.layer == "features"
    assert path.stat().st_size < 4_000_000


def test_nothing_is_left_of_a_failed_save(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        save(path, compact(), RECIPE)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"network": "vgg99"},
            "there is no network 'vgg99'; there are compact, ",
        ),
        ({"labels": ["ant"]}, "do not fit compact: 2 of another shape"),
        ({"format": 2}, "has format 2; this whylight reads format 1: install a newer one"),
        ({"colour": 1}, "lacks or does not know colour; write the checkpoint again"),
        ({"mean": None}, "lacks or does not know mean; write the checkpoint again"),
        ({"layer": "features.70"}, "has no layer 'features.70'"),
    ],
)
def test_descriptions_that_cannot_be_used(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "weights.safetensors"
    described = {"network": "compact", "labels": RECIPE.labels, "size": [64, 64], "shorter": 64, "interpolation": "bicubic",
                 "mean": MEAN, "std": STD} | change  # fmt: skip
    plain = {key: value for key, value in described.items() if value is not None}
    save_file(compact().state_dict(), path, metadata={KEY: json.dumps(plain)})
    with pytest.raises(ModelError, match=message):
        load(f"file:{path}")


def test_weights_without_a_description(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file(compact().state_dict(), path)
    with pytest.raises(ModelError, match=r"whylight did not write it; name the network: torchvision:NAME,weights="):
        load(f"file:{path}")


def test_words_around_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot read the weights in .*: No such file or directory; give the path"):
        load(f"file:{tmp_path}/nothing.safetensors")
    with pytest.raises(SpecError, match="file has no setting 'size'; it has enhancer"):
        load("file:x,size=3")
    with pytest.raises(SpecError, match="expected a model's name behind file:"):
        load("file:")


def test_networks_of_the_zoos() -> None:
    squeezenet = build(replace(RECIPE, network="torchvision:squeezenet1_1"))
    assert squeezenet.get_parameter("classifier.1.weight").shape[0] == 3
    resnet = build(replace(RECIPE, network="timm:resnet10t"))
    assert resnet.get_parameter("fc.weight").shape[0] == 3
