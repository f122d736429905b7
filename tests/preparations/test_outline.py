"""The outline: against every shape of a small picture, and as smooth as it is asked to be."""

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from whylight.preparations._outline import edge_weight, outline

FLAT = np.zeros((24, 24, 3), dtype=np.float32)


def evidence_of(seed: int, size: int = 24) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 1, (size, size)).astype(np.float32)


def energy(shape: NDArray[np.bool_], evidence: NDArray[np.float32], length: float) -> float:
    """What is minimised, with the gradient by forward differences."""
    share = shape.astype(float)
    down, across = np.zeros_like(share), np.zeros_like(share)
    down[:-1], across[:, :-1] = np.diff(share, axis=0), np.diff(share, axis=1)
    return float(length * np.sqrt(down**2 + across**2).sum() - (share * evidence).sum())


def test_without_a_price_the_evidence_decides() -> None:
    evidence = evidence_of(0)
    assert np.array_equal(outline(evidence, FLAT, 1e-6), evidence > 0)


@pytest.mark.parametrize("seed", range(5))
def test_hardly_a_shape_of_a_small_picture_is_better(seed: int) -> None:
    """All 4,096 shapes of 3 × 4 pixels: a grid's gradient is not that of the plane, so a few may be."""
    evidence = evidence_of(seed, 4)[:3]
    flat = np.zeros((3, 4, 3), dtype=np.float32)
    energies = [energy(np.array(bits).reshape(3, 4) == 1, evidence, 0.5) for bits in product((0, 1), repeat=12)]
    found = energy(outline(evidence, flat, 0.5), evidence, 0.5)
    assert np.mean(np.array(energies) < found - 1e-6) < 0.01


def test_specks_go_and_shapes_stay() -> None:
    evidence = np.full((24, 24), -1, dtype=np.float32)
    evidence[6:18, 6:18] = 1
    evidence[2, 2] = 1
    evidence[12, 12] = -1
    shape = outline(evidence, FLAT, 1.0)
    assert not shape[2, 2]
    assert shape[12, 12]
    assert shape[7:17, 7:17].all()
    assert not shape[:5].any()


def test_an_edge_is_cheap_where_the_picture_has_one() -> None:
    lab = FLAT.copy()
    lab[:, 12:] = 40
    weight = edge_weight(lab)
    assert weight[:, 11].max() < 0.1
    assert weight[:, :10].min() == 1
