from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.masking import fill
from whylight.methods.gradient.input_x_gradient import InputXGradient
from whylight.methods.gradient.integrated_gradients import IntegratedGradients, quadrature
from whylight.types import Images, Targets

Close = Callable[[Tensor, object, float], None]
TARGETS = torch.tensor([0, 1, 3])


@pytest.mark.parametrize("rule", ["gauss_legendre", "riemann"])
@pytest.mark.parametrize("baseline", ["black", "white", "grey", "mean", "blur"])
def test_a_linear_classifier_in_closed_form(
    linear: Classifier,
    weights: Callable[[Targets], Tensor],
    small_images: Images,
    close: Close,
    rule: Any,
    baseline: Any,
) -> None:
    evidence = IntegratedGradients(3, rule, baseline)(linear, small_images, TARGETS)
    expected = ((small_images - fill(small_images, baseline)) * weights(TARGETS)).sum(dim=1)
    close(evidence.maps, expected, 1e-5)
    assert evidence.maps.min() < 0 < evidence.maps.max()
    assert evidence.details["completeness"].max() < 1e-3


def test_a_cube_needs_two_points(small_images: Images, close: Close) -> None:
    """The integral of 3 t² x² is x²: two Gauss points are exact, and the middle rule with one step gives 3/4 of it."""
    cubes = nn.Identity()
    predict = lambda pictures: torch.stack([(pictures**3).sum(dim=(1, 2, 3)), pictures.sum(dim=(1, 2, 3))], dim=1)  # noqa: E731
    cubic = Classifier("cubic", ("cube", "sum"), predict, cubes.eval())
    zeros = torch.zeros(3, dtype=torch.long)
    exact = (small_images**3).sum(dim=1)
    found = IntegratedGradients(2)(cubic, small_images, zeros)
    close(found.maps, exact, 1e-5)
    assert found.details["completeness"].max() < 1e-5
    coarse = IntegratedGradients(1, "riemann")(cubic, small_images, zeros)
    close(coarse.maps, 0.75 * exact, 1e-5)
    assert torch.allclose(coarse.details["completeness"], torch.full((3,), 0.25), atol=1e-4)


@pytest.mark.parametrize("rule", ["gauss_legendre", "riemann"])
@pytest.mark.parametrize("steps", [1, 2, 50])
def test_weights_of_the_rules_sum_to_one(rule: str, steps: int) -> None:
    points, weights = quadrature(rule, steps)
    assert weights.sum().item() == pytest.approx(1)
    assert points.min() > 0
    assert points.max() < 1


def test_the_map_adds_up_to_the_change(convolution: Classifier, images: Images) -> None:
    evidence = IntegratedGradients(100)(convolution, images, TARGETS)
    change = (convolution.logits(images) - convolution.logits(torch.zeros_like(images))).gather(1, TARGETS[:, None])[
        :, 0
    ]
    residual = (evidence.maps.sum(dim=(1, 2)) - change).abs() / change.abs()
    assert residual.max() < 0.05
    assert torch.allclose(evidence.details["completeness"], residual, atol=1e-3)


def test_no_change_is_not_divided_by(convolution: Classifier) -> None:
    black = torch.zeros(2, 3, 32, 32)
    evidence = IntegratedGradients(4)(convolution, black, torch.tensor([0, 1]))
    assert evidence.maps.eq(0).all()
    assert evidence.details["completeness"].eq(0).all()


def test_pictures_and_steps_share_passes(convolution: Classifier, images: Images) -> None:
    with perturb.metered() as meter:
        IntegratedGradients(10)(convolution, images, TARGETS)
    assert meter.backward == 30
    assert meter.forward == 30 + 6


def test_captum_agrees(convolution: Classifier, images: Images, close: Close) -> None:
    attr = pytest.importorskip("captum.attr")
    expected = attr.IntegratedGradients(convolution.predict).attribute(images, target=TARGETS, n_steps=20)
    close(IntegratedGradients(20)(convolution, images, TARGETS).maps, expected.sum(dim=1).float(), 1e-4)


@pytest.mark.slow
@pytest.mark.data
def test_captum_agrees_on_a_real_network(
    real: Callable[[str], tuple[Classifier, Images, Targets]], close: Close
) -> None:
    attr = pytest.importorskip("captum.attr")
    classifier, images, targets = real("squeezenet1_1")
    evidence = IntegratedGradients(50)(classifier, images, targets)
    expected = attr.IntegratedGradients(classifier.predict).attribute(
        images, target=targets, n_steps=50, internal_batch_size=8
    )
    close(evidence.maps, expected.sum(dim=1).float(), 1e-3)
    assert evidence.details["completeness"].max() < 0.05


def test_a_linear_way_is_one_gradient(linear: Classifier, small_images: Images, close: Close) -> None:
    expected = InputXGradient()(linear, small_images, TARGETS).maps
    close(IntegratedGradients(1)(linear, small_images, TARGETS).maps, expected, 1e-5)


def test_at_least_one_step_is_needed() -> None:
    with pytest.raises(MethodError, match="at least 1 step; got 0"):
        IntegratedGradients(0)
