"""Oracles: a method whose map is the picture, in closed form; captum's sensitivity_max on the same noise."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.explanation import explain
from whylight.method import Evidence, Method
from whylight.methods.gradient.integrated_gradients import IntegratedGradients
from whylight.methods.gradient.saliency import Saliency
from whylight.metrics.robustness.max_sensitivity import MaxSensitivity, even_noise
from whylight.types import Images, Targets

TARGETS = torch.tensor([0, 1, 2])


@dataclass(frozen=True)
class Red(Method):
    """The map is ``weight`` times the first channel, plus ``more``."""

    weight: float = 1.0
    more: float = 0.0

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        return Evidence(self.weight * images[:, 0] + self.more)


def test_a_map_that_is_the_picture_moves_as_the_noise_does(convolution: Classifier, images: Images) -> None:
    metric, method = MaxSensitivity(radius=0.05, samples=7), Red(weight=-3.0)
    noise = 0.05 * even_noise(7, images, 0)
    assert noise.abs().max() <= 0.05
    expected = [max(float(each[0].norm()) for each in noise) / float(picture[0].norm()) for picture in images]
    scores = metric(explain(convolution, method, images, TARGETS)).scores
    assert scores.tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("method", [Saliency(), IntegratedGradients(steps=5)])
def test_the_score_is_captums(method: Method, convolution: Classifier, images: Images) -> None:
    metrics = pytest.importorskip("captum.metrics")
    metric = MaxSensitivity(samples=4)
    noise = 0.02 * even_noise(4, images, 0)

    def noisy(given: Tensor) -> Tensor:
        """Captum gives all copies of a picture in a row."""
        return given + noise.repeat(3, 1, 1, 1)

    def maps(given: Tensor | tuple[Tensor]) -> tuple[Tensor]:
        pictures = given if isinstance(given, Tensor) else given[0]
        return (method(convolution, pictures, TARGETS.repeat_interleave(len(pictures) // 3)).maps,)

    expected = metrics.sensitivity_max(maps, images, perturb_func=noisy, n_perturb_samples=4)
    scores = metric(explain(convolution, method, images, TARGETS)).scores
    torch.testing.assert_close(scores, expected.float(), rtol=2e-3, atol=1e-5)
    assert (scores > 0.01).all()


def test_a_map_that_never_moves_is_perfect_and_one_of_zeros_has_no_score(
    convolution: Classifier, images: Images
) -> None:
    assert MaxSensitivity()(explain(convolution, Red(0.0, 1.0), images, TARGETS)).scores.tolist() == [0, 0, 0]
    assert MaxSensitivity()(explain(convolution, Red(0.0, 0.0), images, TARGETS)).scores.isnan().all()


def test_copies_of_all_pictures_share_batches(convolution: Classifier, images: Images) -> None:
    sizes = []

    @dataclass(frozen=True)
    class Counting(Red):
        def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
            sizes.append(len(images))
            return super().__call__(classifier, images, targets)

    explanation = explain(convolution, Counting(), images, TARGETS)
    usual = MaxSensitivity()(explanation).scores
    sizes.clear()
    with perturb.execution(perturb.Execution(batch_size=16)):
        assert torch.equal(MaxSensitivity()(explanation).scores, usual)
    assert sizes == [16, 14]


@pytest.mark.parametrize("settings", [{"samples": 0}, {"radius": 0.0}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(MetricError, match="at least 1 sample and a radius above 0"):
        MaxSensitivity(**settings)  # type: ignore[arg-type]  # a mistake on purpose
