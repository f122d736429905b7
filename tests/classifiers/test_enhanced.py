"""An enhanced classifier is an ordinary one, and its two halves can be taken apart again."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from whylight import explain, load, read_method
from whylight.classifier import Access, Classifier
from whylight.classifiers.enhanced import enhanced, enhancer_of, without
from whylight.errors import ModelError
from whylight.types import Images


class Half(nn.Module):
    """Half as bright; without weights."""

    def forward(self, images: Tensor) -> Tensor:
        return images / 2


def tinted() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 3, 1), nn.Sigmoid()).eval()


def test_it_answers_for_the_enhanced_pictures(convolution: Classifier, images: Images) -> None:
    found = enhanced(convolution, Half().eval())
    assert torch.equal(found.logits(images), convolution.logits(images / 2))
    assert found.labels == convolution.labels
    assert found.resizing == convolution.resizing
    assert found.name == "convolution behind Half"
    assert found.access is Access.FEATURES


def test_the_halves(convolution: Classifier, images: Images) -> None:
    net = tinted()
    found = replace(enhanced(convolution, net), name="renamed")
    assert without(found) is convolution
    assert without(convolution) is None
    assert enhancer_of(convolution) is None
    enhancer = enhancer_of(found)
    assert enhancer is net
    leaf = images.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(enhancer(leaf).sum(), leaf)
    assert gradient.abs().min() > 0


def test_its_layer_is_that_of_the_classifier_inside(convolution: Classifier, images: Images) -> None:
    targets = torch.tensor([0, 1, 2])
    found = enhanced(convolution, Half().eval())
    assert found.layer == "classifier.4"
    watched, expected = found.watch(images, targets), convolution.watch(images / 2, targets)
    assert torch.equal(watched.features, expected.features)
    assert torch.equal(watched.gradients, expected.gradients)


@pytest.mark.parametrize("text", ["bundled", "planted"])
def test_loaded_classifiers(text: str) -> None:
    classifier = load(text)
    images = torch.rand(2, 3, *classifier.input_size)
    found = enhanced(classifier, tinted())
    assert found.layer == f"classifier.network.{classifier.layer}"
    explanation = explain(found, read_method("grad_cam"), images)
    assert explanation.maps.shape == (2, *classifier.input_size)
    with torch.no_grad():
        expected = classifier.logits(tinted_like(found, images))
    assert torch.allclose(found.logits(images), expected, atol=1e-5)


def tinted_like(found: Classifier, images: Images) -> Images:
    enhancer = enhancer_of(found)
    assert enhancer is not None
    return enhancer(images)


def test_a_function_around_a_network_and_a_black_box(
    convolution: Classifier, black_box: Classifier, images: Images
) -> None:
    network = convolution.module
    assert network is not None
    function = replace(convolution, predict=lambda pictures: network(pictures * 1.0))
    found = enhanced(function, Half().eval())
    assert found.layer == "classifier.network.4"
    assert torch.equal(found.logits(images), convolution.logits(images / 2))
    dark = enhanced(replace(black_box, predict=network), Half().eval())
    assert dark.access is Access.OUTPUTS
    assert torch.equal(dark.logits(images), convolution.logits(images / 2))


def test_it_leaves_the_networks_as_they_were(convolution: Classifier, images: Images) -> None:
    net = tinted()
    assert convolution.module is not None
    parts = [*net.modules(), *convolution.module.modules()]
    modes = [each.training for each in parts]
    enhanced(convolution, net).logits(images)
    assert [each.training for each in parts] == modes
    assert all(each.requires_grad for each in net.parameters())


class Doubled(nn.Module):
    """Twice as bright, and so beyond white."""

    def forward(self, images: Tensor) -> Tensor:
        return images * 2


class Cut(nn.Module):
    """Loses a row."""

    def forward(self, images: Tensor) -> Tensor:
        return images[..., 1:, :]


def test_nets_that_are_none(convolution: Classifier) -> None:
    with pytest.raises(ModelError, match=r"enhancer is in training mode, so its pictures would differ; call .eval\(\)"):
        enhanced(convolution, tinted().train())
    with pytest.raises(ModelError, match=r"the shape that it takes, \(1, 3, 32, 32\); got \(1, 3, 31, 32\)"):
        enhanced(convolution, Cut().eval())
    with pytest.raises(ModelError, match=r"gives pictures in \[0, 1\], such as one that ends in a sigmoid; got values"):
        enhanced(convolution, Doubled().eval())
    with pytest.raises(ModelError, match="but got 3 channels"):
        enhanced(convolution, nn.Conv2d(1, 3, 1).eval())
