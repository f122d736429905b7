"""The first convolutions against forward hooks set by hand."""

import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers.enhanced import without
from whylight.comparison.before_after.activations import Layers, answered, close_up
from whylight.comparison.before_after.sides import sides
from whylight.comparison.before_after.stages import Stage, activations, first_stages
from whylight.types import Images


class Shared(nn.Module):
    """One ReLU, in place, behind every convolution, as in many residual networks."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        self.second, self.third = nn.Conv2d(4, 6, 3, stride=2), nn.Conv2d(6, 6, 3)
        self.relu, self.head = nn.ReLU(inplace=True), nn.Linear(6, 5)

    def forward(self, images: Tensor) -> Tensor:
        found = self.relu(self.norm(self.first(images)))
        found = self.relu(self.second(found))
        logits: Tensor = self.head(self.third(found).mean(dim=(2, 3)))
        return logits


def hooked(network: nn.Module, name: str, images: Images) -> list[Tensor]:
    """What every call of a module gave."""
    kept: list[Tensor] = []
    hook = network.get_submodule(name).register_forward_hook(lambda *call: kept.append(call[2].clone()))
    with torch.no_grad():
        network(images)
    hook.remove()
    return kept


def test_a_convolution_with_what_follows_it(convolution: Classifier, images: Images) -> None:
    stages = first_stages(convolution, images[:1])
    assert stages == (Stage("0", "Conv2d, ReLU", 1), Stage("3", "Conv2d, ReLU", 4))
    assert convolution.module is not None
    ((_, _, found),) = activations(convolution, images, stages)
    assert torch.allclose(found[0], hooked(convolution.module, "1", images)[0], atol=1e-6)
    assert torch.allclose(found[1], hooked(convolution.module, "4", images)[0], atol=1e-6)
    assert not any(module._forward_hooks for module in convolution.module.modules())


def test_a_shared_activation_is_told_by_its_call(images: Images) -> None:
    network = Shared().eval()
    classifier = Classifier("shared", ("a", "b", "c", "d", "e"), network, network)
    stages = first_stages(classifier, images[:1], count=3)
    assert [stage.words for stage in stages] == ["Conv2d, BatchNorm2d, ReLU", "Conv2d, ReLU", "Conv2d"]
    ((_, _, found),) = activations(classifier, images, stages)
    relu, third = hooked(network, "relu", images), hooked(network, "third", images)
    for one, wanted in zip(found, (*relu, third[0]), strict=True):
        assert torch.allclose(one, wanted, atol=1e-6)


def test_a_black_box_has_none(black_box: Classifier, images: Images) -> None:
    assert first_stages(black_box, images[:1]) == ()


def test_changes_are_the_means_over_all_pictures(brighter: Classifier, images: Images) -> None:
    behind = without(brighter)
    assert behind is not None
    assert behind.module is not None
    both = sides(behind, brighter)
    layers = Layers(both)
    for part in (images[:1], images[1:]):
        layers.add(*both.pictures(part))
    found = layers.result()
    for layer, name in zip(found, ("1", "4"), strict=True):
        first, second = (hooked(behind.module, name, each)[0] for each in (images, 0.5 + 0.5 * images))
        change, size = (second - first).abs().mean(dim=(0, 2, 3)), first.abs().mean(dim=(0, 2, 3))
        assert layer.change.tolist() == pytest.approx(change.tolist(), rel=1e-4)
        assert layer.size.tolist() == pytest.approx(size.tolist(), rel=1e-4)
        assert layer.relative == pytest.approx(float(change.sum() / size.sum()), rel=1e-4)
        assert layer.channels[0] == int(change.argmax())
        assert layer.pictures == 3
    one = answered(both, found, *both.pictures(images))[0][1]
    assert torch.allclose(one.after, hooked(behind.module, "1", 0.5 + 0.5 * images)[0][1], atol=1e-6)


def test_networks_of_other_forms_have_no_channels_in_common(
    convolution: Classifier, transformer: Classifier, images: Images
) -> None:
    both = sides(convolution, transformer)
    layers = Layers(both)
    layers.add(*both.pictures(images))
    assert layers.result() == []


def test_the_close_up_is_where_most_changed() -> None:
    change = torch.zeros(10, 20)
    change[4:7, 11:14] = 1
    assert close_up(change) == (11, 4, 14, 7)
    assert close_up(torch.ones(2, 2)) == (0, 0, 1, 1)
