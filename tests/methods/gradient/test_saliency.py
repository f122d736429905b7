from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.methods.gradient.saliency import Saliency
from whylight.types import Images, Targets

Close = Callable[[Tensor, object, float], None]
TARGETS = torch.tensor([0, 1, 3])


def test_a_linear_classifier_is_its_weights(
    linear: Classifier, weights: Callable[[Targets], Tensor], small_images: Images, close: Close
) -> None:
    maps = Saliency()(linear, small_images, TARGETS).maps
    close(maps, weights(TARGETS).sum(dim=1), 1e-6)
    assert maps.min() < 0


def test_the_largest_magnitude_is_the_papers_map(
    linear: Classifier, weights: Callable[[Targets], Tensor], small_images: Images, close: Close
) -> None:
    maps = Saliency(channels="max_abs")(linear, small_images, TARGETS).maps
    close(maps, weights(TARGETS).abs().amax(dim=1), 1e-6)


def test_the_gradient_is_a_difference_quotient(convolution: Classifier, images: Images) -> None:
    maps = Saliency()(convolution, images[:1], torch.tensor([2])).maps[0]
    assert convolution.module is not None
    double = convolution.module.double()
    for row, column in ((3, 4), (16, 16), (30, 1)):
        step = torch.zeros(1, 3, 32, 32, dtype=torch.float64)
        step[:, :, row, column] = 1e-5
        with torch.no_grad():
            change = double(images[:1].double() + step)[0, 2] - double(images[:1].double() - step)[0, 2]
        assert maps[row, column].item() == pytest.approx(change.item() / 2e-5, rel=1e-3, abs=1e-7)


def test_captum_agrees(convolution: Classifier, images: Images, close: Close) -> None:
    attr = pytest.importorskip("captum.attr")
    expected = attr.Saliency(convolution.predict).attribute(images.clone().requires_grad_(), target=TARGETS, abs=False)
    close(Saliency()(convolution, images, TARGETS).maps, expected.sum(dim=1), 1e-5)


def test_logits_that_do_not_come_from_the_picture_by_torch_are_refused(convolution: Classifier, images: Images) -> None:
    def predict(pictures: Images) -> Tensor:
        return convolution.predict(pictures).detach()

    cut = Classifier("cut", convolution.labels, predict, convolution.module)
    with pytest.raises(MethodError, match="cut gives no gradients: its logits are not computed by torch"):
        Saliency()(cut, images, TARGETS)
