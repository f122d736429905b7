"""Oracles: the paper's equation 8 written out for each picture; a classifier whose hindering patch is known."""

from dataclasses import dataclass

import pytest
import torch

from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.explanation import explain
from whylight.masking import paper_blur
from whylight.method import Evidence, Method
from whylight.methods.gradient.input_x_gradient import InputXGradient
from whylight.methods.perturbation.undesirable import Undesirable
from whylight.metrics.undesirable.area import Area
from whylight.metrics.undesirable.phi import Phi
from whylight.types import Images, Logits, Targets

TARGETS = torch.tensor([0, 1, 2])


def test_phi_is_equation_8(convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, InputXGradient(), images, TARGETS)
    expected = []
    for picture, each in enumerate(explanation.maps.flatten(1)):
        count = round(0.1 * 1024)
        places = sorted(range(1024), key=lambda place: float(each[place]))[:count]
        blurred = images[picture].clone().flatten(1)
        blurred[:, places] = paper_blur(images[picture : picture + 1])[0].flatten(1)[:, places]
        before = convolution.probabilities(images[picture : picture + 1])[0, picture]
        after = convolution.probabilities(blurred.reshape(1, 3, 32, 32))[0, picture]
        expected.append(float(100 * (after - before) / (1 - before)))
    scores = Phi(share=0.1)(explanation).scores
    assert scores.tolist() == pytest.approx(expected, abs=1e-3)


def test_a_mask_method_is_judged_by_its_own_mask(convolution: Classifier, images: Images) -> None:
    explanation = explain(
        convolution, Undesirable(iterations=20, area=0.0, tv=0.0, answer="log_probability"), images, TARGETS
    )
    details, perturbed = explanation.evidence.details, explanation.evidence.perturbed
    assert perturbed is not None
    before, after = (convolution.probabilities(seen).gather(1, TARGETS[:, None])[:, 0] for seen in (images, perturbed))
    torch.testing.assert_close(Phi()(explanation).scores, 100 * (after - before) / (1 - before), rtol=1e-3, atol=1e-3)
    assert not torch.equal(Phi(own_mask=False)(explanation).scores, Phi()(explanation).scores)
    torch.testing.assert_close(Area()(explanation).scores, details["area"])
    assert (Area(threshold=0.0)(explanation).scores >= details["area"]).all()


@dataclass(frozen=True)
class Points(Method):
    """Says that one patch hinders: the right one, or the one that supports."""

    right: bool = True

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        maps = torch.zeros_like(images[:, 0])
        columns = slice(20, 24) if self.right else slice(4, 8)
        maps[:, 8:12, columns] = -1
        return Evidence(maps)


def stripes(images: Images) -> Logits:
    """Contrast on the left speaks for label 0, on the right against it; a blur takes it away."""
    spread = images.mean(dim=1)[:, 8:12].var(dim=1)
    logit = 20 * (spread[:, 4:8].mean(dim=1) - spread[:, 20:24].mean(dim=1))
    return torch.stack([logit, torch.zeros_like(logit)], dim=1)


def test_only_the_hindering_patch_raises_the_target() -> None:
    classifier = Classifier("stripes", ("yes", "no"), stripes)
    pictures = (torch.arange(32) % 2).float()[:, None].expand(2, 3, 32, 32).contiguous()
    right, left = (Phi()(explain(classifier, Points(side), pictures, 0)).scores for side in (True, False))
    assert (right > 50).all()
    assert (left < -50).all()


def test_nothing_to_blur_wins_nothing(convolution: Classifier, images: Images) -> None:
    @dataclass(frozen=True)
    class Supports(Method):
        def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
            return Evidence(images[:, 0])

    explanation = explain(convolution, Supports(), images, TARGETS)
    assert Phi()(explanation).scores.tolist() == [0, 0, 0]
    assert Area()(explanation).scores.isnan().all()


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(MetricError, match="a share above 0"):
        Phi(share=0.0)
    with pytest.raises(MetricError, match="a threshold of at least 0"):
        Area(threshold=1.0)
