"""The checkpoint of an enhanced classifier: one file, whole again with every kind of classifier."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from whylight.classifier import Classifier
from whylight.classifiers import load, networks
from whylight.classifiers._enhanced_file import Named, Parts, description_of, module_of, save
from whylight.classifiers._weights import read_weights
from whylight.classifiers.checkpoint import KEY, Recipe
from whylight.classifiers.checkpoint import save as save_classifier
from whylight.classifiers.enhanced import enhanced, enhancer_of, without
from whylight.enhancers.chained import Chained
from whylight.enhancers.unet import UNet
from whylight.errors import ModelError, SpecError

SMALL = UNet(width=2, depth=2, norm=True)


def written(path: Path, classifier: Classifier, *, learnt: bool = False) -> tuple[str, nn.Module]:
    """The description of a checkpoint with an enhancer that does something, and that enhancer."""
    torch.manual_seed(0)
    network = SMALL.build(classifier.resizing.channels, classifier.input_size).eval()
    save(path, Parts(SMALL, network, description_of(classifier), module_of(classifier), learnt))
    return f"file:{path}", network


def checkpoint(folder: Path) -> str:
    torch.manual_seed(0)
    recipe = Recipe("fashion_cnn:width=4", ("ant", "bee", "cat"), (28, 28), None, "bilinear", (0.3,), (0.4,))
    save_classifier(folder / "inside.safetensors", networks.build("fashion_cnn:width=4", 3, 1, (28, 28)), recipe)
    return f"file:{folder}/inside.safetensors"


def squeezenet(folder: Path) -> str:
    network = networks.build("torchvision:squeezenet1_1", 3, 3, (64, 64))
    save_file(network.state_dict(), folder / "small.safetensors")
    return f"torchvision:squeezenet1_1,weights={folder}/small.safetensors,classes=3,size=64"


KINDS: dict[str, Any] = {
    "bundled": lambda _: "bundled",
    "checkpoint": checkpoint,
    "torchvision": squeezenet,
    "planted": lambda _: "planted:classes=3,size=32",
}


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(tmp_path: Path, kind: str) -> None:
    classifier = load(KINDS[kind](tmp_path))
    text, network = written(tmp_path / "model.safetensors", classifier)
    for path in tmp_path.glob("[is]*.safetensors"):
        path.unlink()  # what is in the file is enough
    found = load(text)
    images = torch.rand(2, classifier.resizing.channels, *classifier.input_size)
    expected = enhanced(classifier, network)
    assert torch.allclose(found.logits(images), expected.logits(images), atol=1e-5)
    assert (found.name, found.labels, found.layer) == (text, expected.labels, expected.layer)
    assert found.resizing == classifier.resizing
    alone = load(f"{text},enhancer=none")
    assert torch.allclose(alone.logits(images), classifier.logits(images), atol=1e-5)
    assert alone.layer == classifier.layer
    enhancer = enhancer_of(found)
    assert enhancer is not None
    assert torch.allclose(enhancer(images), network(images), atol=1e-6)
    assert found.module is not None
    assert not any(each.requires_grad for each in found.module.parameters())


def test_an_enhanced_classifier_is_enhanced_again(tmp_path: Path) -> None:
    """The one inside is then known by its name."""
    text, _ = written(tmp_path / "first.safetensors", load("bundled"))
    again, _ = written(tmp_path / "second.safetensors", load(text))
    images = torch.rand(1, 3, 64, 64)
    found = load(again)
    inside = without(found)
    assert inside is not None
    assert torch.equal(inside.logits(images), load(text).logits(images))


def test_a_classifier_that_is_named_must_have_its_weights(tmp_path: Path) -> None:
    planted = load("planted:classes=3,size=32")
    assert isinstance(description_of(planted), Named)
    text, _ = written(tmp_path / "model.safetensors", planted)
    tensors, metadata = read_weights(tmp_path / "model.safetensors")
    assert not any(name.startswith("classifier.") for name in tensors)
    plain = json.loads(metadata[KEY])
    plain["classifier"]["hash"] = "0"
    save_file(tensors, tmp_path / "other.safetensors", metadata={KEY: json.dumps(plain)})
    with pytest.raises(ModelError, match=r"planted:classes=3,size=32 has other weights than the enhancer in .* was"):
        load(f"file:{tmp_path}/other.safetensors")
    load(text)


def test_weights_that_were_learnt_lie_in_the_file(tmp_path: Path) -> None:
    planted = load("planted:classes=3,size=32")
    with torch.no_grad():
        for each in module_of(planted).parameters():
            each.mul_(0.5)
    text, _ = written(tmp_path / "model.safetensors", planted, learnt=True)
    images = torch.rand(2, 3, 32, 32)
    assert torch.allclose(load(f"{text},enhancer=none").logits(images), planted.logits(images), atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "has format 2; this whylight reads format 1: install a newer one"),
        ({"enhancer": {"name": "unit"}}, "the enhancer in .* cannot be built .*there is no enhancer 'unit'"),
        ({"enhancer": {"name": "unet", "depth": 3}}, "the weights in .* do not fit unet: "),
        ({"enhancer": {"name": "unet", "depth": 9}}, "the enhancer in .* cannot be built"),
        ({"enhancer": 3}, "does not say which enhancer it is; write the checkpoint again"),
        ({"classifier": {}}, "does not say which classifier it is of; write it again"),
    ],
)
def test_descriptions_that_cannot_be_used(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    written(tmp_path / "model.safetensors", load("planted:classes=3,size=32"))
    tensors, metadata = read_weights(tmp_path / "model.safetensors")
    described_anew = json.loads(metadata[KEY]) | change
    save_file(tensors, tmp_path / "other.safetensors", metadata={KEY: json.dumps(described_anew)})
    with pytest.raises(ModelError, match=message):
        load(f"file:{tmp_path}/other.safetensors")


def test_words_around_the_setting(tmp_path: Path) -> None:
    text = checkpoint(tmp_path)
    with pytest.raises(ModelError, match="holds no enhancer; leave enhancer=none out"):
        load(f"{text},enhancer=none")
    with pytest.raises(
        SpecError, match="file:enhancer can only be none, for the classifier behind an enhancer; got 'unet'"
    ):
        load(f"{text},enhancer=unet")


def test_a_chain_is_kept_whole(tmp_path: Path) -> None:
    classifier, chain = load("bundled"), Chained(SMALL, UNet(width=4, depth=1))
    network = chain.build(3, (64, 64)).eval()
    save(tmp_path / "model.safetensors", Parts(chain, network, description_of(classifier), module_of(classifier)))
    images = torch.rand(1, 3, 64, 64)
    found = load(f"file:{tmp_path}/model.safetensors")
    assert torch.allclose(found.logits(images), classifier.logits(network(images).detach()), atol=1e-5)
