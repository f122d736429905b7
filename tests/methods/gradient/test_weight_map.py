import numpy as np
import pytest
import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.methods.gradient.input_x_gradient import InputXGradient
from whylight.methods.gradient.weight_map import WeightMap
from whylight.nets.pixel_svm import PixelSVM
from whylight.nets.svm import SVM, Affine, KernelMachine, Standardised
from whylight.types import Images

TARGETS = torch.tensor([0, 1, 2])
SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64) / 10


def pixel_svm(typical: Tensor, *stages: torch.nn.Module) -> Classifier:
    network = PixelSVM(SVM(*stages), SHAPE, typical).eval()
    return Classifier("svm", ("a", "b", "c"), network, network)


def test_the_map_and_the_intercept_are_the_decision_value(images: Images) -> None:
    weight, bias, mean, scale = drawn(3, PIXELS), drawn(3), drawn(PIXELS) + 0.5, drawn(PIXELS).abs() + 0.1
    svm = pixel_svm(mean.float(), Standardised(mean.float(), scale), Affine(weight, bias))
    evidence = WeightMap()(svm, images, TARGETS)
    rows = images.double().flatten(1)
    parts = weight[TARGETS] * (rows - mean.float()) / scale
    assert np.allclose(evidence.maps, parts.reshape(3, *SHAPE).sum(dim=1), rtol=1e-3, atol=1e-4)
    wanted = (((rows - mean.float()) / scale) @ weight.T + bias).gather(1, TARGETS[:, None])[:, 0]
    assert np.allclose(evidence.maps.double().sum(dim=(1, 2)) + bias[TARGETS], wanted, rtol=1e-5, atol=1e-4)
    assert evidence.details["completeness"].max() < 1e-4


def test_a_kernel_has_its_slope_in_the_place_of_the_weight(images: Images) -> None:
    machine = KernelMachine("rbf", torch.rand(5, PIXELS).double(), drawn(3, 5) * 100, drawn(3), gamma=1e-3)
    svm = pixel_svm(torch.zeros(PIXELS), machine)
    evidence = WeightMap()(svm, images, TARGETS)
    rows = images.double().flatten(1)
    distance = rows[:, None] - machine.support
    kernel = torch.exp(-1e-3 * distance.square().sum(dim=2))
    slope = -2e-3 * ((machine.weight[TARGETS] * kernel)[..., None] * distance).sum(dim=1)
    expected = (slope * rows).reshape(3, *SHAPE).sum(dim=1)
    assert (evidence.maps - expected).abs().max() < 1e-4 * expected.abs().max()
    assert evidence.details["completeness"].max() > 1e-3


def test_any_other_network_counts_from_black(convolution: Classifier, images: Images) -> None:
    maps = WeightMap()(convolution, images, TARGETS).maps
    assert torch.equal(maps, InputXGradient()(convolution, images, TARGETS).maps)


def test_pictures_of_another_shape_are_refused() -> None:
    svm = pixel_svm(torch.zeros(PIXELS), Affine(drawn(3, PIXELS), drawn(3)))
    with pytest.raises(Exception, match=r"expected pictures of shape \(3, 32, 32\)"):
        svm.logits(torch.rand(1, 1, 32, 32))
