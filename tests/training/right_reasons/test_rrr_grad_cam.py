"""RRR on Grad-CAM beside the sum of the paper, written the slow way, and beside the method grad_cam."""

import pytest
import torch
from torch import nn

from whylight.classifier import Classifier, as_grid
from whylight.errors import LayerError
from whylight.frame import Resizing
from whylight.methods.cam.grad_cam import GradCAM
from whylight.training.right_reasons.reason import Corrected, Looked, grad_cam
from whylight.training.right_reasons.rrr_grad_cam import RRRGradCAM

Case = tuple[nn.Sequential, Looked]


def slow_map(network: nn.Sequential, picture: torch.Tensor, target: int | None) -> torch.Tensor:
    """The map of one picture in [0, 1], from the parts of the network: (rows, columns)."""
    features = network[:4](picture[None]).detach().requires_grad_()
    logits = network[4:](features.clone())[0]
    label = int(logits.argmax()) if target is None else target
    (slopes,) = torch.autograd.grad(logits[label], features)
    found = torch.zeros(features.shape[2:], dtype=torch.float64)
    for channel in range(features.shape[1]):
        found += slopes[0, channel].mean() * features[0, channel].detach()
    return (found - found.min()) / (found.max() - found.min())


def test_the_sum_of_the_paper(convolution: Case, corrected: Corrected) -> None:
    network, looked = convolution
    expected = []
    for picture, unwanted in zip(corrected.images, corrected.unwanted):
        seen, total = slow_map(network, picture, None), 0.0
        for row in range(4):
            for column in range(4):
                cell = unwanted[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].double().mean()
                total += float(cell * seen[row, column]) ** 2
        expected.append(total)
    found = RRRGradCAM()(looked, corrected)
    torch.testing.assert_close(found.penalties.detach(), torch.tensor(expected, dtype=torch.float64))
    torch.testing.assert_close(found.logits, network(corrected.images))
    assert found.penalties[-1] == 0


def test_its_map_is_that_of_the_method(convolution: Case, corrected: Corrected) -> None:
    network, looked = convolution
    _, own = grad_cam(looked, corrected.images, corrected.targets)
    network.eval().float()
    classifier = Classifier("c", ("a", "b", "c"), network, network, "3", as_grid, Resizing((8, 8), None, channels=2))
    maps = GradCAM()(classifier, corrected.images.float(), corrected.targets).maps
    stretched = torch.nn.functional.interpolate(own[:, None], size=(8, 8), mode="bilinear")[:, 0]
    for one, other in zip(maps.double(), stretched.detach()):
        assert torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1] > 0.9999


def test_the_weights_behind_and_before_the_layer_are_moved(convolution: Case, corrected: Corrected) -> None:
    network, looked = convolution
    RRRGradCAM()(looked, corrected).penalties.sum().backward()
    for part in ("0", "3", "7"):
        slope = network.get_submodule(part).get_parameter("weight").grad
        assert slope is not None
        assert slope.abs().sum() > 0
    assert not network.get_submodule("3")._forward_hooks


def test_a_constant_map_gives_numbers(corrected: Corrected) -> None:
    network = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3))
    for weight in network.parameters():
        nn.init.zeros_(weight)
    network.double()
    looked = Looked(network, network.get_submodule("0"), as_grid)
    found = RRRGradCAM()(looked, corrected).penalties
    found.sum().backward()
    assert (found == 0).all()
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in network.parameters())


def test_without_a_layer_it_is_said(linear: tuple[nn.Linear, Looked], corrected: Corrected) -> None:
    with pytest.raises(LayerError, match="no layer with a grid to look at; take the loss rrr"):
        RRRGradCAM()(linear[1], corrected)
