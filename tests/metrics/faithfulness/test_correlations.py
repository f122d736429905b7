"""faithfulness_correlation and sensitivity_n: the definitions written out, and the extremes."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metrics.faithfulness._parts import Subsets
from whylight.metrics.faithfulness.faithfulness_correlation import FaithfulnessCorrelation
from whylight.metrics.faithfulness.sensitivity_n import SensitivityN
from whylight.segments import segment
from whylight.types import Images

Explained = Callable[..., Explanation]
Metric = FaithfulnessCorrelation | SensitivityN

BOTH: list[Metric] = [
    FaithfulnessCorrelation(samples=30, parts="grid", count=16, fill="black", output="logit"),
    FaithfulnessCorrelation(samples=30, parts="pixels", fill="black", output="logit"),
    SensitivityN(samples=10, parts="grid", count=16, fill="black", output="logit"),
    SensitivityN(samples=10, parts="pixels", fill="black", output="logit"),
]


@pytest.mark.parametrize("metric", BOTH, ids=str)
def test_a_perfect_map_scores_one_and_its_opposite_minus_one(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor, metric: Metric
) -> None:
    for sign in (1.0, -1.0, 5.0):
        scores = metric(explained(linear, pictures, sign * shares)).scores
        torch.testing.assert_close(scores, torch.full((3,), np.sign(sign).item()), atol=1e-4, rtol=0)


def slow_correlation(
    classifier: Classifier, image: Tensor, fill: Tensor, maps: Tensor, removed: Tensor
) -> tuple[float, int]:
    """One subset after the other, and numpy's correlation."""
    sums, losses = [], []
    whole = classifier.probabilities(image[None])[0, 0].item()
    for gone in removed:
        sums.append(float(maps[gone].double().sum()))
        losses.append(whole - classifier.probabilities(torch.where(gone, fill, image)[None])[0, 0].item())
    return float(np.corrcoef(sums, losses)[0, 1]), len(sums)


def test_the_score_is_that_of_the_slow_loop(explained: Explained, convolution: Classifier, images: Images) -> None:
    maps, metric = torch.randn(3, 32, 32), FaithfulnessCorrelation(samples=20, count=12)
    found = metric(explained(convolution, images, maps)).scores
    fills, segments = masking.fill(images, "mean"), segment(images, "slic", 12)
    subsets = Subsets.draw(segments, [0.2] * 20, 0, torch.float32)
    for row in range(3):
        removed = torch.stack([subsets(torch.tensor([row]), torch.tensor([each]))[0, 0] == 0 for each in range(1, 21)])
        for gone in removed:  # whole superpixels, a fifth of them
            assert len(segments[row][gone].unique()) == round(0.2 * (int(segments[row].max()) + 1))
            assert not set(segments[row][gone].tolist()) & set(segments[row][~gone].tolist())
        expected, _ = slow_correlation(convolution, images[row], fills[row], maps[row], removed)
        assert found[row].item() == pytest.approx(expected, abs=1e-4)


def test_sensitivity_n_is_the_mean_over_its_sizes(
    explained: Explained, convolution: Classifier, images: Images
) -> None:
    maps, metric = torch.randn(3, 32, 32), SensitivityN(shares=(0.1, 0.5), samples=15, parts="grid", count=16)
    found = metric(explained(convolution, images, maps)).scores
    segments, fills = segment(images, "grid", 16), masking.fill(images, "mean")
    subsets = Subsets.draw(segments, [0.1] * 15 + [0.5] * 15, 0, torch.float32)
    for row in range(3):
        removed = torch.stack([subsets(torch.tensor([row]), torch.tensor([each]))[0, 0] == 0 for each in range(1, 31)])
        assert removed.sum(dim=(1, 2)).tolist() == 15 * [2 * 64] + 15 * [8 * 64]
        halves = [
            slow_correlation(convolution, images[row], fills[row], maps[row], half)[0] for half in removed.split(15)
        ]
        assert found[row].item() == pytest.approx(sum(halves) / 2, abs=1e-4)


@pytest.mark.parametrize("metric", BOTH, ids=str)
def test_nothing_is_correlated_with_what_does_not_change(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor, metric: Metric
) -> None:
    constant = Classifier("constant", ("a", "b"), lambda given: torch.ones(len(given), 2) * torch.tensor([0.3, 0.1]))
    assert torch.isnan(metric(explained(constant, pictures, shares)).scores).all()
    # all squares, and all subsets of a size, are equally large: a constant map says nothing of them
    assert torch.isnan(metric(explained(linear, pictures, torch.full_like(shares, 0.1))).scores).all()


def test_subsets_of_pictures_with_as_many_parts_are_the_same_and_of_others_do_not_matter() -> None:
    few, many = torch.arange(4).reshape(1, 2, 2), torch.arange(6).reshape(1, 2, 3)[:, :, :2] % 5
    together = Subsets.draw(torch.cat([few, many, few]), [0.5] * 8, 3, torch.float32)
    alone = Subsets.draw(few, [0.5] * 8, 3, torch.float32)
    assert torch.equal(together.taken[0, :, :4], alone.taken[0])
    assert torch.equal(together.taken[0], together.taken[2])


def test_passes_are_counted(explained: Explained, linear: Classifier, pictures: Images) -> None:
    explanation = explained(linear, pictures, torch.randn(3, 12, 12))
    for metric, passes in ((FaithfulnessCorrelation(samples=7), 8), (SensitivityN(samples=3, shares=(0.1, 0.5)), 7)):
        with perturb.metered() as meter:
            metric(explanation)
        assert meter.forward == 3 * passes


@pytest.mark.parametrize(
    ("metric", "wanted"),
    [
        (FaithfulnessCorrelation(samples=1), "samples of at least 2 and a share between 0 and 1"),
        (FaithfulnessCorrelation(share=1.0), "samples of at least 2 and a share between 0 and 1"),
        (FaithfulnessCorrelation(count=0), "a count of at least 1"),
        (SensitivityN(shares=()), "at least one share"),
        (SensitivityN(shares=(0.5, 1.0)), "all between 0 and 1"),
    ],
)
def test_settings_out_of_range_are_refused(
    explained: Explained, linear: Classifier, pictures: Images, metric: Metric, wanted: str
) -> None:
    with pytest.raises(MetricError, match=wanted):
        metric(explained(linear, pictures, torch.randn(3, 12, 12)))
