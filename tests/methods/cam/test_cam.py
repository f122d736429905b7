from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from whylight.classifier import Classifier
from whylight.errors import LayerError, MethodError
from whylight.methods.cam._head import find_head
from whylight.methods.cam.cam import CAM
from whylight.methods.cam.grad_cam import GradCAM
from whylight.types import Images, Targets

TARGETS = torch.tensor([0, 1, 2])


class Dense(nn.Module):
    """As DenseNet ends: the last layer is a batch norm, and its ReLU is a function."""

    def __init__(self, *, inplace: bool) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6))
        self.classifier = nn.Linear(6, 5)
        self.inplace = inplace

    def forward(self, images: Tensor) -> Tensor:
        features = functional.relu(self.features(images), inplace=self.inplace)
        logits: Tensor = self.classifier(functional.adaptive_avg_pool2d(features, 1).flatten(1))
        return logits


def test_the_map_and_the_bias_are_the_logit(convolution: Classifier, images: Images) -> None:
    head = find_head(convolution, images, None)
    coarse = torch.einsum("nk,nkrc->nrc", head.weight[TARGETS], head.features)
    logits = convolution.logits(images).gather(1, TARGETS[:, None])[:, 0]
    assert torch.allclose(coarse.mean(dim=(1, 2)) + head.bias[TARGETS], logits, atol=1e-5)
    assert CAM()(convolution, images, TARGETS).details["completeness"].max() < 1e-5


def test_grad_cam_is_the_same_map_divided_by_its_cells(convolution: Classifier, images: Images) -> None:
    cells = 16 * 16
    expected = GradCAM()(convolution, images, TARGETS).maps * cells
    assert torch.allclose(CAM()(convolution, images, TARGETS).maps, expected, atol=1e-4)


@pytest.mark.parametrize("inplace", [True, False])
def test_a_relu_outside_of_a_layer_is_found(images: Images, inplace: bool) -> None:
    torch.manual_seed(0)
    network = Dense(inplace=inplace).eval()
    dense = Classifier("dense", tuple("abcde"), network, network, "features")
    evidence = CAM()(dense, images, TARGETS)
    features = network.features(images).relu()
    expected = torch.einsum("nk,nkrc->nrc", network.classifier.weight[TARGETS], features)
    assert torch.allclose(evidence.maps, expected.detach(), atol=1e-5)
    assert evidence.details["completeness"].max() < 1e-5


def test_a_channel_for_each_label_needs_no_linear_layer(images: Images) -> None:
    network = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    squeezed = Classifier("squeezed", tuple("abcde"), network, network, "1")
    evidence = CAM()(squeezed, images, TARGETS)
    expected = network[:2](images)[torch.arange(3), TARGETS]
    assert torch.allclose(evidence.maps, expected.detach(), atol=1e-6)


def test_relu_keeps_the_support_only(convolution: Classifier, images: Images) -> None:
    assert CAM()(convolution, images, TARGETS).maps.min() < 0
    assert CAM(relu=True)(convolution, images, TARGETS).maps.min() >= 0


def test_a_network_of_another_build_is_refused(transformer: Classifier, images: Images) -> None:
    with pytest.raises(MethodError) as raised:
        CAM()(transformer, images, TARGETS)
    assert str(raised.value) == (
        "CAM needs a network that averages the output of 'norm' and ends in one linear layer, which transformer does "
        "not; grad_cam and hires_cam work on every network with a grid"
    )


def test_a_layer_that_is_not_averaged_is_refused(convolution: Classifier, images: Images) -> None:
    with pytest.raises(MethodError, match="averages the output of '1'"):
        CAM(layer="1")(convolution, images, TARGETS)


def test_a_layer_that_is_not_reached_is_told(images: Images) -> None:
    network = nn.Module()
    network.used, network.unused = nn.Linear(3, 5), nn.Conv2d(3, 4, 1)
    predict = lambda pictures: network.used(pictures.mean(dim=(2, 3)))  # noqa: E731
    classifier = Classifier("partial", tuple("abcde"), predict, network.eval(), "unused")
    with pytest.raises(LayerError, match="'unused' was not reached in a forward pass of partial"):
        CAM()(classifier, images, TARGETS)


@pytest.mark.slow
@pytest.mark.data
def test_real_networks_are_complete(real: Callable[[str], tuple[Classifier, Images, Targets]]) -> None:
    classifier, images, targets = real("mobilenet_v2")
    evidence = CAM()(classifier, images, targets)
    assert evidence.details["completeness"].max() < 1e-4
    cells = classifier.watch(images, targets).features[0, 0].numel()
    expected = GradCAM()(classifier, images, targets).maps * cells
    assert torch.allclose(evidence.maps, expected, rtol=0, atol=1e-4 * expected.abs().max().item())
