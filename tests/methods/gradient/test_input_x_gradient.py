from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.methods.gradient.input_x_gradient import InputXGradient
from whylight.types import Images, Targets

Close = Callable[[Tensor, object, float], None]
TARGETS = torch.tensor([0, 1, 3])


def test_a_linear_classifier_shares_out_its_logit(
    linear: Classifier, weights: Callable[[Targets], Tensor], small_images: Images, close: Close
) -> None:
    maps = InputXGradient()(linear, small_images, TARGETS).maps
    close(maps, (small_images * weights(TARGETS)).sum(dim=1), 1e-6)
    assert maps.min() < 0 < maps.max()
    assert linear.module is not None
    bias = linear.module.get_submodule("1").get_parameter("bias").detach()[TARGETS]
    logits = linear.logits(small_images).gather(1, TARGETS[:, None])[:, 0]
    assert torch.allclose(maps.sum(dim=(1, 2)) + bias, logits, atol=1e-5)


def test_captum_agrees(convolution: Classifier, images: Images, close: Close) -> None:
    attr = pytest.importorskip("captum.attr")
    expected = attr.InputXGradient(convolution.predict).attribute(images.clone().requires_grad_(), target=TARGETS)
    close(InputXGradient()(convolution, images, TARGETS).maps, expected.sum(dim=1).detach(), 1e-5)


@pytest.mark.slow
@pytest.mark.data
def test_captum_agrees_on_a_real_network(
    real: Callable[[str], tuple[Classifier, Images, Targets]], close: Close
) -> None:
    attr = pytest.importorskip("captum.attr")
    classifier, images, targets = real("mobilenet_v2")
    expected = attr.InputXGradient(classifier.predict).attribute(images.clone().requires_grad_(), target=targets)
    close(InputXGradient()(classifier, images, targets).maps, expected.sum(dim=1).detach(), 1e-3)
