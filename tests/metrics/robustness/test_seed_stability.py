"""Oracle: scipy's rank correlation of the maps that the method gives with each seed."""

from dataclasses import dataclass, replace
from itertools import combinations

import pytest
import torch
from scipy.stats import spearmanr

from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.explanation import explain
from whylight.method import Evidence, Method
from whylight.methods.gradient.saliency import Saliency
from whylight.methods.perturbation.rise import RISE
from whylight.metrics.robustness.seed_stability import SeedStability
from whylight.tensors import generator
from whylight.types import Images, Targets

TARGETS = torch.tensor([0, 1, 2])


def test_the_score_is_the_mean_over_all_pairs_of_seeds(convolution: Classifier, images: Images) -> None:
    method = RISE(samples=60, tolerance=0.0, seed=4)
    maps = [replace(method, seed=seed)(convolution, images, TARGETS).maps for seed in (4, 5, 6)]
    expected = [
        sum(float(spearmanr(a[i].flatten(), b[i].flatten())[0]) for a, b in combinations(maps, 2)) / 3 for i in range(3)
    ]
    scores = SeedStability()(explain(convolution, method, images, TARGETS)).scores
    assert scores.tolist() == pytest.approx(expected, abs=1e-4)


@dataclass(frozen=True)
class Noise(Method):
    """Noise of its own for each seed, on a fixed ramp."""

    share: float = 0.5
    seed: int = 0

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        ramp = torch.linspace(-1, 1, 32).expand(32, 32)
        drawn = torch.randn(32, 32, generator=generator(self.seed))
        return Evidence((self.share * drawn + (1 - self.share) * ramp).repeat(len(images), 1, 1))


def test_noise_is_unstable_and_a_ramp_is_not(convolution: Classifier, images: Images) -> None:
    scores = [
        float(SeedStability(kind="pearson")(explain(convolution, Noise(share), images, TARGETS)).scores[0])
        for share in (0.0, 0.3, 1.0)
    ]
    assert scores[0] == pytest.approx(1)
    assert scores[2] == pytest.approx(0, abs=0.1)
    # the share of the variance that both have: that of the ramp
    ramp = 0.49 * float(torch.linspace(-1, 1, 32).var(unbiased=False))
    assert scores[1] == pytest.approx(ramp / (ramp + 0.09), abs=0.05)


def test_a_method_without_a_seed_is_stable_for_free(convolution: Classifier, images: Images) -> None:
    passes = 0

    def counting(pictures: Images) -> torch.Tensor:
        nonlocal passes
        passes += len(pictures)
        return convolution.predict(pictures)

    explanation = explain(replace(convolution, predict=counting), Saliency(), images, TARGETS)
    before = passes
    assert SeedStability()(explanation).scores.tolist() == [1, 1, 1]
    assert passes == before


def test_no_run_is_refused() -> None:
    with pytest.raises(MetricError, match="at least 1 run more"):
        SeedStability(runs=0)
