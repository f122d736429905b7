"""LIME and Kernel SHAP with kriging: the same answer on average as without, and less noise."""

import math
from dataclasses import replace

import pytest
import torch
from sklearn.linear_model import Ridge
from torch import Tensor

from whylight.classifier import Classifier
from whylight.methods.surrogate import _kriged_pairs, _kriged_sums
from whylight.methods.surrogate.kernel_shap import KernelSHAP
from whylight.methods.surrogate.lime import LIME, keep_chance
from whylight.types import Images, Logits

SEEDS = 16
YES = torch.tensor([0])
LIMES = [
    LIME(segments="grid", count=9, samples=150, tolerance=0.0, fill="black", ridge=1e-6, output="logit"),
    LIME(
        segments="grid", count=9, samples=150, tolerance=0.0, fill="black", ridge=1e-6, output="logit", sampling="glime"
    ),
]
SHAP = KernelSHAP(segments="grid", count=9, samples=120, tolerance=0.0, fill="black", output="logit")


@pytest.fixture
def entangled(additive: Classifier) -> Classifier:
    """Cells that count for more together, and pull against each other."""

    def predict(images: Images) -> Logits:
        cells = images.mean(dim=1).unfold(1, 8, 8).unfold(2, 8, 8).mean(dim=(3, 4)).flatten(1)
        logit = (
            2 * cells[:, 0] * cells[:, 1]
            - 3 * cells[:, 2] * cells[:, 4] * cells[:, 0]
            + cells[:, 5]
            + cells[:, 7] * cells[:, 8]
        )
        return torch.stack([logit, torch.zeros_like(logit)], dim=1)

    return replace(additive, predict=predict)


def by_cell(maps: Tensor) -> Tensor:
    return maps[..., 4::8, 4::8].flatten(-2).double()


def maps_of(method: LIME | KernelSHAP, classifier: Classifier, white: Images) -> Tensor:
    return torch.stack([by_cell(replace(method, seed=seed)(classifier, white, YES).maps[0]) for seed in range(SEEDS)])


def regression_on_all(method: LIME, classifier: Classifier) -> Tensor:
    """LIME's regression on all 512 coalitions, each with its chance, by scikit-learn."""
    coalitions = (torch.arange(512)[:, None] >> torch.arange(9) & 1).double()
    pictures = coalitions.view(-1, 1, 3, 3).repeat_interleave(8, 2).repeat_interleave(8, 3).expand(-1, 3, -1, -1)
    answers, share = classifier.predict(pictures.float())[:, 0], coalitions.mean(dim=1)
    if method.sampling == "glime":
        chance = keep_chance(1.0)
        weights = chance ** (9 * share) * (1 - chance) ** (9 - 9 * share)
    else:
        weights = torch.exp(-((1 - share.sqrt()) ** 2) / (2 * 0.25**2))
    fit = Ridge(alpha=1e-9).fit(coalitions.numpy(), answers.numpy(), sample_weight=weights.numpy())
    return torch.from_numpy(fit.coef_).double()


def check_mean(found: Tensor, exact: Tensor) -> None:
    error = found.std(dim=0) / math.sqrt(len(found))
    assert ((found.mean(dim=0) - exact).abs() < 4.5 * error + 1e-4).all()


@pytest.mark.parametrize("method", LIMES, ids=["bernoulli", "glime"])
def test_lime_comes_to_the_regression_on_all_coalitions_with_less_noise(
    entangled: Classifier, white: Images, method: LIME
) -> None:
    exact = regression_on_all(method, entangled)
    kriged, plain = (maps_of(replace(method, kriging=kriging), entangled, white) for kriging in (True, False))
    check_mean(kriged, exact)
    assert float((kriged - exact).square().mean()) < 0.5 * float((plain - exact).square().mean())


def test_kernel_shap_comes_to_the_exact_values_with_less_noise(entangled: Classifier, white: Images) -> None:
    exact = by_cell(replace(SHAP, samples=512)(entangled, white, YES).maps[0])
    kriged, plain = (maps_of(replace(SHAP, kriging=kriging), entangled, white) for kriging in (True, False))
    check_mean(kriged, exact)
    assert float((kriged - exact).square().mean()) < 0.7 * float((plain - exact).square().mean())


def test_what_is_kriged_block_by_block_comes_to_the_same(
    entangled: Classifier, white: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_kriged_sums, "MOST", 260)
    monkeypatch.setattr(_kriged_pairs, "MOST", 40)
    monkeypatch.setattr("whylight.methods.surrogate.kernel_shap.ROUND", 30)
    lime, shap = replace(LIMES[0], samples=750), replace(SHAP, samples=300)
    evidence = lime(entangled, white, YES)
    assert evidence.details["samples"].tolist() == [750]
    assert 0.9 < float(evidence.details["seed_agreement"]) < 1
    missed = by_cell(evidence.maps[0]) - regression_on_all(lime, entangled)
    assert float(missed.abs().max()) < 0.1
    check_mean(maps_of(shap, entangled, white), by_cell(replace(SHAP, samples=512)(entangled, white, YES).maps[0]))


def test_the_stated_spread_of_kriged_values_is_their_scatter(entangled: Classifier, white: Images) -> None:
    for method in (LIMES[0], SHAP):
        many = [replace(method, seed=seed)(entangled, white, YES) for seed in range(SEEDS)]
        cells = torch.stack([by_cell(evidence.maps[0]) for evidence in many])
        stated = torch.stack([evidence.details["spread"] for evidence in many]).mean() * cells.mean(dim=0).abs().max()
        assert 0.6 < float(stated / cells.std(dim=0).mean()) < 1.7
