"""Simulated judges accept what marks the truth, and err as often as they are told to."""

from pathlib import Path

import numpy as np
import pytest

from whylight.datasets.coco import COCO
from whylight.feedback.simulated import SimulatedJudge, overlap

TRUTH = np.zeros((8, 8), bool)
TRUTH[2:6, 2:6] = True


@pytest.mark.parametrize(("moved", "expected"), [(0, 1.0), (1, 12 / 20), (2, 8 / 24), (4, 0.0)])
def test_overlap_is_the_intersection_over_the_union(moved: int, expected: float) -> None:
    evidence = np.roll(TRUTH, moved, axis=1).astype(np.float32)
    assert overlap(evidence, TRUTH) == pytest.approx(expected)


def test_hindering_pixels_do_not_count() -> None:
    assert overlap(-TRUTH.astype(np.float32), TRUTH) == 0
    assert overlap(np.full((8, 8), np.nan, np.float32), TRUTH) == 0
    assert overlap(TRUTH.astype(np.float32), np.zeros((8, 8), bool)) == 0


def test_a_random_map_is_rejected_however_large_the_truth_is() -> None:
    random = np.random.default_rng(0)
    for columns in (2, 16, 30):
        truth = np.zeros((32, 32), bool)
        truth[:, :columns] = True
        verdicts = [SimulatedJudge().verdict(random.normal(size=(32, 32)), truth) for _ in range(50)]
        assert not any(verdicts)
        assert SimulatedJudge().verdict(truth + random.normal(size=(32, 32)) / 9, truth)
    assert not SimulatedJudge().verdict(np.ones((4, 4)), np.ones((4, 4), bool))


@pytest.mark.data
def test_the_masks_of_real_pictures_make_a_judge(data_root: Path) -> None:
    dataset = COCO(folder=str(data_root / "coco"))
    for place in range(3):
        truth = dataset[place].supporting
        assert truth is not None
        assert SimulatedJudge().verdict(truth.astype(np.float32), truth)
        assert not SimulatedJudge().verdict(np.random.default_rng(0).normal(size=truth.shape), truth)


def test_a_share_of_the_verdicts_is_wrong() -> None:
    evidence = TRUTH.astype(np.float32)
    assert all(SimulatedJudge().verdict(evidence, TRUTH, number) for number in range(20))
    noisy = [SimulatedJudge(noise=0.2).verdict(evidence, TRUTH, number) for number in range(1000)]
    assert sum(noisy) == pytest.approx(800, abs=50)
    assert noisy == [SimulatedJudge(noise=0.2).verdict(evidence, TRUTH, number) for number in range(1000)]
