from collections.abc import Callable

import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.method import Method
from whylight.methods.cam.layer_cam import LayerCAM, weigh_helpful_cells
from whylight.types import Images, Maps, Targets


def test_the_papers_sum_written_slowly(
    convolution: Classifier, images: Images, close: Callable[[Tensor, object, float], None]
) -> None:
    watched = convolution.watch(images, torch.tensor([0, 1, 2]), "1")
    coarse = torch.zeros(3, 32, 32)
    for channel in range(8):
        helpful = torch.where(watched.gradients[:, channel] > 0, watched.gradients[:, channel], 0)
        coarse += helpful * watched.features[:, channel]
    close(weigh_helpful_cells(watched), coarse, 1e-5)


def test_behind_a_relu_nothing_hinders(convolution: Classifier, images: Images) -> None:
    assert LayerCAM()(convolution, images, torch.tensor([0, 1, 2])).maps.min() >= 0


def test_pytorch_grad_cam_agrees(
    compared: tuple[Classifier, Images, Targets],
    rival: Callable[..., Maps],
    stretched: Callable[[Method, Classifier, Images, Targets], Maps],
) -> None:
    expected = rival("LayerCAM", *compared)
    assert torch.allclose(stretched(LayerCAM(relu=True), *compared), expected, rtol=0, atol=1e-4)
