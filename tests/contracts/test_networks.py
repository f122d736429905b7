"""What every network keeps: shapes, a head that averages one layer, and a checkpoint that gives the same answers."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from whylight.classifiers import load, networks
from whylight.classifiers.checkpoint import Recipe, save
from whylight.methods.cam.cam import CAM

LABELS = ("ant", "bee", "cat", "dog")
NAMES = networks.names()


@dataclass(frozen=True)
class Form:
    """Pictures that a network is asked about."""

    channels: int
    size: tuple[int, int]


FORMS = (Form(1, (28, 28)), Form(3, (40, 64)))


def built(name: str, form: Form) -> nn.Module:
    """A network whose batch norms have seen pictures, so that they do something."""
    torch.manual_seed(0)
    network = networks.build(name, len(LABELS), form.channels, form.size)
    with torch.no_grad():
        for _ in range(3):
            network(torch.randn(4, form.channels, *form.size))
    return network.eval()


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_pictures_in_logits_out(name: str, form: Form) -> None:
    pictures = torch.randn(3, form.channels, *form.size)
    network = built(name, form)
    with torch.no_grad():
        logits = network(pictures)
        assert logits.shape == (3, len(LABELS))
        assert logits.isfinite().all()
        assert torch.allclose(network(pictures[1:2])[0], logits[1], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_gives_the_same_answers_and_cam_is_the_logit(name: str, tmp_path: Path) -> None:
    form = FORMS[0]
    network = built(name, form)
    layer = networks.layer_of(network)
    assert layer is not None
    recipe = Recipe(name, LABELS, form.size, None, "bilinear", (0.3,), (0.4,), layer)
    save(tmp_path / "model.safetensors", network, recipe)
    classifier = load(f"file:{tmp_path / 'model.safetensors'}")
    images = torch.rand(3, form.channels, *form.size)
    with torch.no_grad():
        expected = network((images - 0.3) / 0.4)
    assert torch.allclose(classifier.logits(images), expected, rtol=1e-4, atol=1e-4)
    assert classifier.layer == layer
    evidence = CAM()(classifier, images, torch.tensor([0, 1, 2]))
    assert evidence.details["completeness"].max() < 1e-5
    assert len(torch.unique(evidence.maps[0])) > 3


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_draws_the_same_weights(name: str) -> None:
    first, second = (built(name, FORMS[0]).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_is_learnt(name: str) -> None:
    torch.manual_seed(0)
    network = networks.build(name, len(LABELS), 1, (28, 28)).train()
    network(torch.randn(4, 1, 28, 28)).square().sum().backward()
    assert all(each.grad is not None and each.grad.abs().sum() > 0 for each in network.parameters())
