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
from whylight.methods.gradient.integrated_gradients import IntegratedGradients, doubled, quadrature
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
    coarse = IntegratedGradients(1, "riemann", most=1)(cubic, small_images, zeros)
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
    evidence = IntegratedGradients(100, most=100)(convolution, images, TARGETS)
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
        IntegratedGradients(10, most=10)(convolution, images, TARGETS)
    assert meter.backward == 30
    assert meter.forward == 30 + 6


def test_captum_agrees(convolution: Classifier, images: Images, close: Close) -> None:
    attr = pytest.importorskip("captum.attr")
    expected = attr.IntegratedGradients(convolution.predict).attribute(images, target=TARGETS, n_steps=20)
    close(IntegratedGradients(20, most=20)(convolution, images, TARGETS).maps, expected.sum(dim=1).float(), 1e-4)


@pytest.mark.slow
@pytest.mark.data
def test_captum_agrees_on_a_real_network(
    real: Callable[[str], tuple[Classifier, Images, Targets]], close: Close
) -> None:
    attr = pytest.importorskip("captum.attr")
    classifier, images, targets = real("squeezenet1_1")
    evidence = IntegratedGradients(50, most=50)(classifier, images, targets)
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


def bent(sharpness: float) -> Classifier:
    """A logit with a kink at half of the picture's mean brightness: few steps miss where it is."""

    def predict(pictures: Images) -> Tensor:
        brightness = pictures.mean(dim=(1, 2, 3))
        logit = sharpness * torch.relu(brightness - 0.31) + brightness
        return torch.stack([logit, torch.zeros_like(logit)], dim=1)

    return Classifier("bent", ("yes", "no"), predict, nn.Identity().eval())


def test_steps_are_doubled_only_where_the_sum_is_off() -> None:
    images = torch.stack([torch.full((3, 8, 8), 0.2), torch.full((3, 8, 8), 0.55), torch.full((3, 8, 8), 0.8)])
    zeros, classifier = torch.zeros(3, dtype=torch.long), bent(20.0)
    coarse = IntegratedGradients(3, most=3)(classifier, images, zeros).details
    assert coarse["completeness"].gt(0.05).tolist() == [False, True, True]
    assert coarse["steps"].tolist() == [3, 3, 3]
    with perturb.metered() as meter:
        fine = IntegratedGradients(3, most=384)(classifier, images, zeros)
    steps = fine.details["steps"].int().tolist()
    assert steps[0] == 3
    assert min(steps[1:]) >= 6
    assert fine.details["completeness"].max() <= 0.05
    assert meter.backward == sum(2 * count - 3 for count in steps)


def test_a_pictures_steps_are_its_own() -> None:
    images = torch.linspace(0.2, 0.9, 6)[:, None, None, None].expand(-1, 3, 8, 8).contiguous()
    zeros, method = torch.zeros(6, dtype=torch.long), IntegratedGradients(3, tolerance=0.02)
    together = method(bent(20.0), images, zeros)
    alone = [method(bent(20.0), images[row : row + 1], zeros[:1]) for row in range(6)]
    assert together.details["steps"].tolist() == [float(each.details["steps"]) for each in alone]
    assert len(together.details["steps"].unique()) > 1
    assert together.details["steps"].max() <= 12
    torch.testing.assert_close(together.maps, torch.cat([each.maps for each in alone]))


@pytest.mark.parametrize(("steps", "most", "expected"), [(5, 20, [5, 10, 20]), (5, 19, [5, 10]), (5, 5, [5])])
def test_doubling_ends_at_the_most(steps: int, most: int, expected: list[int]) -> None:
    assert doubled(steps, most) == expected


@pytest.mark.parametrize("settings", [{"most": 49}, {"tolerance": -0.1}, {"tolerance": float("nan")}])
def test_impossible_tolerances_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(MethodError, match="expect a tolerance of at least 0 and most of at least the 50 steps; got"):
        IntegratedGradients(**settings)
