"""What stands in for a classifier is asked by methods only, and refused where it changes their maps."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.explanation import explain
from whylight.frame import Resizing
from whylight.method import Method
from whylight.methods.cam.grad_cam import GradCAM
from whylight.methods.perturbation.f_tc import FTC
from whylight.methods.perturbation.occlusion import Occlusion
from whylight.methods.perturbation.rise import RISE
from whylight.methods.surrogate.lime import LIME
from whylight.precision.pilot import LEAST, SAMPLES, pilot, shortened
from whylight.precision.stand_in import StandIn, looks_inside, stand_in
from whylight.types import Images, Logits

from .conftest import needs_runtime

OCCLUSION = Occlusion(window=16, stride=8)


@pytest.fixture
def images() -> Images:
    """Two pictures of large patches of colour: noise would look the same to a network wherever it is hidden."""
    colours = torch.rand(2, 3, 3, 3, generator=torch.Generator().manual_seed(3))
    return functional.interpolate(colours, size=(32, 32), mode="nearest")


@pytest.fixture
def convolution() -> Classifier:
    """A network that tells places apart, so that its maps are more than rounding."""
    parts = (nn.Conv2d(3, 8, 5, stride=4), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(200, 5))
    network = nn.Sequential(*parts).eval()
    with torch.no_grad():
        network.get_submodule("5").get_parameter("weight").mul_(8)
    return Classifier("convolution", tuple("abcde"), network, network, "2", resizing=Resizing((32, 32), None))


def standing_in(exact: Classifier, predict: perturb.Predict) -> StandIn:
    return StandIn(exact, replace(exact, predict=predict, module=None, layer=None), "int8")


@needs_runtime
@pytest.mark.parametrize("method", [OCCLUSION, LIME(samples=60, count=6), RISE(samples=64)])
def test_maps_of_8_bit_numbers_are_nearly_those_of_float32(
    method: Method, convolution: Classifier, images: Images
) -> None:
    quick = stand_in(convolution, images, "int8")
    found, expected = quick.explain(method, images), explain(convolution, method, images)
    assert found.classifier is convolution
    assert torch.equal(found.targets, expected.targets)
    for mine, theirs in zip(found.maps, expected.maps, strict=True):
        assert np.corrcoef(mine.flatten(), theirs.flatten())[0, 1] > LEAST
    assert 0 < found.precision_error < 0.02
    assert torch.allclose(found.verdict.probability, expected.verdict.probability, atol=1e-6)  # in float32
    assert [each.method for each in quick.pilots] == [quick.pilots[0].method]


def test_the_verdict_and_the_label_are_the_exact_classifiers(convolution: Classifier, images: Images) -> None:
    def certain_of_another(given: Images) -> Logits:
        return convolution.predict(given) + torch.tensor([0.0, 9.0, 0.0, 0.0, 0.0])

    found = replace(standing_in(convolution, certain_of_another), route="compiled").explain(OCCLUSION, images)
    expected = explain(convolution, OCCLUSION, images)
    assert torch.equal(found.targets, expected.targets)
    assert torch.allclose(found.verdict.probability, expected.verdict.probability)
    assert not torch.allclose(found.maps, expected.maps)


def test_another_map_is_refused_with_the_figure(convolution: Classifier, images: Images) -> None:
    swapped = standing_in(convolution, lambda given: convolution.predict(given.flip(-1)))
    target = convolution.logits(images).argmax(dim=1)[:1]
    maps = [OCCLUSION(each, images[:1], target).maps for each in (convolution, swapped.quick)]
    expected = np.corrcoef(maps[0].flatten(), maps[1].flatten())[0, 1]
    assert expected < LEAST
    with pytest.raises(MethodError, match=rf"occlusion on convolution .* {expected:.3f} only \(10 passes"):
        swapped.explain(OCCLUSION, images)
    assert swapped.pilots == []


def test_a_pilot_counts_its_passes_and_its_seconds_alone(convolution: Classifier, images: Images) -> None:
    told: list[int] = []
    settings = perturb.Execution(progress=lambda done, whole: told.append(done))
    with perturb.execution(settings):
        found = pilot(convolution, convolution, OCCLUSION, images[:1], torch.zeros(1, dtype=torch.long))
    assert found.correlation == pytest.approx(1)
    assert (found.error, found.passes, told) == (0, 10, [])
    assert found.exact_seconds > 0


def test_a_pilot_s_error_is_that_of_the_farthest_probability(convolution: Classifier, images: Images) -> None:
    asked: list[Images] = []

    def heard(given: Images) -> Logits:
        asked.append(given.clone())
        return convolution.predict(given) * 1.01

    louder = replace(convolution, predict=heard)
    found = pilot(convolution, louder, OCCLUSION, images[:1], torch.zeros(1, dtype=torch.long))
    logits = convolution.predict(torch.cat(asked)).detach()
    expected = (logits.softmax(dim=1) - (1.01 * logits).softmax(dim=1)).abs().max()
    assert found.error == pytest.approx(float(expected), rel=1e-4)


def test_what_draws_samples_is_tried_with_few() -> None:
    assert shortened(RISE(samples=4000)) == RISE(samples=SAMPLES)
    assert shortened(RISE(samples=60)) == RISE(samples=60)
    assert shortened(LIME(samples=4000, count=100)) == LIME(samples=500, count=100)
    assert shortened(OCCLUSION) is OCCLUSION


@pytest.mark.parametrize("method", [GradCAM(), FTC()])
def test_what_looks_inside_is_refused_in_8_bit_numbers(method: Method, convolution: Classifier, images: Images) -> None:
    assert looks_inside(method)
    quick = standing_in(convolution, convolution.predict)
    with pytest.raises(MethodError, match=r"needs more of a network than its outputs, .* use --precision float32"):
        quick.explain(method, images)


def test_what_looks_inside_is_left_to_torch_otherwise(convolution: Classifier, images: Images) -> None:
    compiled = replace(standing_in(convolution, convolution.predict), route="compiled")
    assert torch.equal(compiled.explain(GradCAM(), images).maps, explain(convolution, GradCAM(), images).maps)
    assert not looks_inside(FTC(route="outputs"))
