from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.errors import LayerError
from whylight.frame import Resizing
from whylight.method import Method
from whylight.methods.cam.grad_cam import GradCAM, weigh_channels
from whylight.types import Images, Maps, Targets

Close = Callable[[Tensor, object, float], None]


def test_captums_golden_values() -> None:
    models = pytest.importorskip("captum.testing.helpers.basic_models")
    network = models.BasicModel_ConvNet_One_Conv().eval()
    classifier = Classifier(
        "one", tuple("abcd"), network, network, "conv1", resizing=Resizing((4, 4), None, channels=1)
    )
    watched = classifier.watch(torch.arange(16.0).reshape(1, 1, 4, 4), torch.tensor([0]))
    assert weigh_channels(watched).tolist() == [[[11.25, 13.5], [20.25, 22.5]]]


def test_the_papers_sum_written_slowly(convolution: Classifier, images: Images, close: Close) -> None:
    targets = torch.tensor([0, 1, 2])
    watched = convolution.watch(images, targets)
    coarse = torch.zeros(3, 16, 16)
    for picture in range(3):
        for channel in range(12):
            weight = sum(watched.gradients[picture, channel].flatten().tolist()) / 256
            coarse[picture] += weight * watched.features[picture, channel]
    close(weigh_channels(watched), coarse, 1e-5)
    assert coarse.min() < 0 < coarse.max()


def test_relu_keeps_the_support_only(convolution: Classifier, images: Images) -> None:
    targets = torch.tensor([0, 1, 2])
    assert GradCAM()(convolution, images, targets).maps.min() < 0
    assert GradCAM(relu=True)(convolution, images, targets).maps.min() >= 0


def test_an_earlier_layer_can_be_named(convolution: Classifier, images: Images) -> None:
    targets = torch.tensor([0, 1, 2])
    early = GradCAM(layer="1")(convolution, images, targets).maps
    assert early.shape == (3, 32, 32)
    assert not torch.allclose(early, GradCAM()(convolution, images, targets).maps)


def test_an_unknown_layer_is_told(convolution: Classifier, images: Images) -> None:
    with pytest.raises(LayerError, match="has no layer 'layer4'"):
        GradCAM(layer="layer4")(convolution, images, torch.tensor([0, 1, 2]))


def test_pytorch_grad_cam_agrees(
    compared: tuple[Classifier, Images, Targets],
    rival: Callable[..., Maps],
    stretched: Callable[[Method, Classifier, Images, Targets], Maps],
) -> None:
    expected = rival("GradCAM", *compared)
    assert torch.allclose(stretched(GradCAM(relu=True), *compared), expected, rtol=0, atol=1e-4)


@pytest.mark.slow
@pytest.mark.data
def test_captum_agrees_on_a_real_network(
    real: Callable[[str], tuple[Classifier, Images, Targets]], close: Close
) -> None:
    attr = pytest.importorskip("captum.attr")
    classifier, images, targets = real("mobilenet_v2")
    expected = attr.LayerGradCam(classifier.predict, classifier.submodule()).attribute(images, target=targets)
    close(weigh_channels(classifier.watch(images, targets)), expected.detach()[:, 0], 1e-4)
