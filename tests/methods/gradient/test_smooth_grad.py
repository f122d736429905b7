from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from whylight import perturb, registry
from whylight.classifier import Access, Classifier
from whylight.errors import MethodError
from whylight.explanation import explain
from whylight.method import Evidence, Method
from whylight.methods.cam.grad_cam import GradCAM
from whylight.methods.gradient.input_x_gradient import InputXGradient
from whylight.methods.gradient.integrated_gradients import IntegratedGradients
from whylight.methods.gradient.saliency import Saliency
from whylight.methods.gradient.smooth_grad import SmoothGrad
from whylight.methods.perturbation.occlusion import Occlusion
from whylight.tensors import generator
from whylight.types import Images, Targets

Close = Callable[[Tensor, object, float], None]
TARGETS = torch.tensor([0, 1, 3])


@dataclass(frozen=True)
class Seen(Method):
    """Its map is the picture's first channel: what SmoothGrad shows it can be read off."""

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        return Evidence(images[:, 0].clone(), {"first": images[:, 0, 0, 0]})


def patterns(seed: int, half: int, samples: int) -> Tensor:
    source = generator(seed, half)
    return torch.stack([torch.randn(3, 8, 8, generator=source) for _ in range(samples)])


@pytest.mark.parametrize("of", [Saliency(), InputXGradient(), IntegratedGradients(3), GradCAM(), Occlusion()])
def test_without_noise_it_is_the_method_itself(
    convolution: Classifier, images: Images, close: Close, of: Method
) -> None:
    evidence = SmoothGrad(of, samples=3, noise=0.0)(convolution, images, TARGETS)
    close(evidence.maps, of(convolution, images, TARGETS).maps, 1e-4)
    assert torch.allclose(evidence.details["seed_agreement"], torch.ones(3), atol=1e-4)


def test_a_linear_classifier_is_its_weights(
    linear: Classifier, weights: Callable[[Targets], Tensor], small_images: Images, close: Close
) -> None:
    maps = SmoothGrad(samples=4)(linear, small_images, TARGETS).maps
    close(maps, weights(TARGETS).sum(dim=1), 1e-5)
    assert maps.min() < 0


@pytest.mark.parametrize("kind", ["mean", "square", "variance"])
def test_the_sum_written_slowly(linear: Classifier, small_images: Images, close: Close, kind: Any) -> None:
    evidence = SmoothGrad(Seen(), samples=7, noise=0.3, seed=4, kind=kind)(linear, small_images, TARGETS)
    scale = torch.stack([0.3 * (image.max() - image.min()) for image in small_images])
    drawn = torch.cat([patterns(4, 0, 4), patterns(4, 1, 3)])[:, 0]
    seen = small_images[None, :, 0] + scale[None, :, None, None] * drawn[:, None]
    expected = {"mean": seen.mean(dim=0), "square": (seen**2).mean(dim=0), "variance": seen.var(dim=0, unbiased=False)}
    close(evidence.maps, expected[kind], 1e-5)
    close(evidence.details["first"], seen.mean(dim=0)[:, 0, 0], 1e-5)
    assert evidence.details["samples"].tolist() == [7, 7, 7]


def test_agreement_is_the_correlation_of_two_halves(linear: Classifier, small_images: Images, close: Close) -> None:
    evidence = SmoothGrad(Seen(), samples=6, noise=0.5)(linear, small_images, TARGETS)
    scale = torch.stack([0.5 * (image.max() - image.min()) for image in small_images])
    halves = [
        (small_images[:, 0] + scale[:, None, None] * patterns(0, half, 3)[:, 0].mean(dim=0)).flatten(1)
        for half in (0, 1)
    ]
    expected = [torch.corrcoef(torch.stack([first, second]))[0, 1].item() for first, second in zip(*halves)]
    close(evidence.details["seed_agreement"], expected, 1e-4)


def test_one_sample_has_no_agreement(linear: Classifier, small_images: Images) -> None:
    assert "seed_agreement" not in SmoothGrad(samples=1)(linear, small_images, TARGETS).details


def test_more_samples_agree_better(convolution: Classifier, images: Images) -> None:
    few, many = (
        SmoothGrad(samples=samples, noise=0.5)(convolution, images, TARGETS).details["seed_agreement"].mean()
        for samples in (4, 40)
    )
    assert few < many <= 1


def test_copies_of_several_pictures_share_passes(convolution: Classifier, images: Images) -> None:
    with perturb.execution(perturb.Execution(batch_size=12)), perturb.metered() as meter:
        SmoothGrad(samples=8)(convolution, images, TARGETS)
    assert meter.backward == 24


def test_it_needs_what_the_method_inside_needs(black_box: Classifier, images: Images) -> None:
    assert SmoothGrad(Occlusion()).access_needed == Access.OUTPUTS
    assert SmoothGrad(SmoothGrad(GradCAM())).access_needed == Access.FEATURES
    with pytest.raises(MethodError, match="smooth_grad needs the gradients of a torch network"):
        explain(black_box, SmoothGrad(), images)
    assert explain(black_box, SmoothGrad(Occlusion(), samples=2), images).maps.shape == (3, 32, 32)


def test_the_command_lines_spelling() -> None:
    read = registry.read("methods", "smooth_grad:of=(grad_cam:layer=layer4,relu=true),samples=20")
    assert read == SmoothGrad(GradCAM("layer4", relu=True), samples=20)


@pytest.mark.parametrize(("samples", "noise"), [(0, 0.1), (5, -1.0)])
def test_impossible_settings_are_refused(samples: int, noise: float) -> None:
    with pytest.raises(MethodError, match=f"at least 1 sample and noise of at least 0; got {samples} and {noise}"):
        SmoothGrad(samples=samples, noise=noise)


def test_captums_noise_tunnel_agrees(
    convolution: Classifier, images: Images, close: Close, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same noise for both: it draws from the global state, so that what it draws is given to it here."""
    attr = pytest.importorskip("captum.attr")
    image, target, deviation = images[:1], TARGETS[:1], 0.2
    ours = SmoothGrad(samples=4, noise=deviation / (image.max() - image.min()).item())
    first, second = generator(0, 0), generator(0, 1)
    noise = [torch.randn(3, 32, 32, generator=half) for half in (first, first, second, second)]
    monkeypatch.setattr(torch, "normal", lambda mean, std: mean + deviation * torch.stack(noise))
    expected = attr.NoiseTunnel(attr.Saliency(convolution.predict)).attribute(
        image, nt_type="smoothgrad", nt_samples=4, stdevs=deviation, target=target, abs=False
    )
    monkeypatch.undo()
    close(ours(convolution, image, target).maps, expected.sum(dim=1).detach(), 1e-4)


def test_the_largest_seed_is_a_seed_too(linear: Classifier, small_images: Images) -> None:
    method = SmoothGrad(of=InputXGradient(), samples=4)
    first, again, other = (
        replace(method, seed=seed)(linear, small_images, TARGETS).maps for seed in (2**64 - 1, 2**64 - 1, 0)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
