from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.method import Method
from whylight.methods.cam.grad_cam_plus_plus import GradCAMPlusPlus, weigh_channels_by_cells
from whylight.types import Images, Maps, Targets


def test_the_papers_sum_written_slowly(
    convolution: Classifier, images: Images, close: Callable[[Tensor, object, float], None]
) -> None:
    watched = convolution.watch(images, torch.tensor([0, 1, 2]), "1")
    coarse = torch.zeros(3, 32, 32)
    for picture in range(3):
        for channel in range(8):
            features, g = watched.features[picture, channel].double(), watched.gradients[picture, channel].double()
            alpha = torch.where(g == 0, 0, g**2 / (2 * g**2 + features.sum() * g**3))
            coarse[picture] += (alpha * g.clamp_min(0)).sum() * features
    close(weigh_channels_by_cells(watched, relu=True), coarse, 1e-5)


def test_the_signed_map_adds_what_the_negated_logit_gets(convolution: Classifier, images: Images) -> None:
    watched = convolution.watch(images, torch.tensor([0, 1, 2]), "1")
    support = weigh_channels_by_cells(watched, relu=True)
    hindrance = weigh_channels_by_cells(replace(watched, gradients=-watched.gradients), relu=True)
    assert torch.allclose(weigh_channels_by_cells(watched, relu=False), support - hindrance, atol=1e-5)
    assert hindrance.max() > 0


def test_pytorch_grad_cam_agrees(
    compared: tuple[Classifier, Images, Targets],
    rival: Callable[..., Maps],
    stretched: Callable[[Method, Classifier, Images, Targets], Maps],
) -> None:
    """It adds 1e-6 to a denominator of squared gradients, which are no larger: with larger logits that does not show."""
    classifier, images, targets = compared
    plain = classifier.predict
    larger = replace(classifier, predict=lambda pictures: 1e4 * plain(pictures))
    expected = rival("GradCAMPlusPlus", classifier, images, targets, scale=1e4)
    found = stretched(GradCAMPlusPlus(relu=True), larger, images, targets)
    assert torch.allclose(found, expected, rtol=0, atol=1e-4)
