from collections.abc import Callable

import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.method import Method
from whylight.methods.cam.hires_cam import HiResCAM, weigh_cells
from whylight.types import Images, Maps, Targets


def test_the_papers_sum_written_slowly(
    convolution: Classifier, images: Images, close: Callable[[Tensor, object, float], None]
) -> None:
    watched = convolution.watch(images, torch.tensor([0, 1, 2]), "1")
    coarse = torch.zeros(3, 32, 32)
    for channel in range(8):
        coarse += watched.gradients[:, channel] * watched.features[:, channel]
    close(weigh_cells(watched), coarse, 1e-5)


def test_where_a_linear_layer_follows_the_map_and_the_bias_are_the_logit(
    convolution: Classifier, images: Images
) -> None:
    targets = torch.tensor([0, 1, 2])
    watched = convolution.watch(images, targets)
    assert convolution.module is not None
    bias = convolution.module.get_submodule("7").get_parameter("bias").detach()[targets]
    logits = watched.logits.gather(1, targets[:, None])[:, 0]
    assert torch.allclose(weigh_cells(watched).sum(dim=(1, 2)) + bias, logits, atol=1e-5)


def test_pytorch_grad_cam_agrees(
    compared: tuple[Classifier, Images, Targets],
    rival: Callable[..., Maps],
    stretched: Callable[[Method, Classifier, Images, Targets], Maps],
) -> None:
    expected = rival("HiResCAM", *compared)
    assert torch.allclose(stretched(HiResCAM(relu=True), *compared), expected, rtol=0, atol=1e-4)
