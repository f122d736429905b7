from collections.abc import Callable

import torch
from torch import Tensor

from whylight.classifier import Classifier, Watched
from whylight.method import Method
from whylight.methods.cam.x_grad_cam import XGradCAM, weigh_by_activity
from whylight.types import Images, Maps, Targets


def test_the_papers_sum_written_slowly(
    convolution: Classifier, images: Images, close: Callable[[Tensor, object, float], None]
) -> None:
    watched = convolution.watch(images, torch.tensor([0, 1, 2]), "1")
    coarse = torch.zeros(3, 32, 32)
    for picture in range(3):
        for channel in range(8):
            features, gradients = watched.features[picture, channel], watched.gradients[picture, channel]
            if features.sum() > 0:
                coarse[picture] += (features / features.sum() * gradients).sum() * features
    close(weigh_by_activity(watched), coarse, 1e-5)


def test_a_silent_channel_gets_no_weight() -> None:
    nothing = torch.zeros(1, 2, 3, 3)
    watched = Watched(nothing, torch.ones_like(nothing), torch.zeros(1, 2))
    assert weigh_by_activity(watched).eq(0).all()


def test_pytorch_grad_cam_agrees(
    compared: tuple[Classifier, Images, Targets],
    rival: Callable[..., Maps],
    stretched: Callable[[Method, Classifier, Images, Targets], Maps],
) -> None:
    expected = rival("XGradCAM", *compared)
    assert torch.allclose(stretched(XGradCAM(relu=True), *compared), expected, rtol=0, atol=1e-4)
