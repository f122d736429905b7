"""The earth mover's distance against closed forms and scipy's one- and many-dimensional distances."""

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance, wasserstein_distance_nd

from whylight.comparison.transport import AT_ONCE, distances


def masses(pictures: int, rows: int, columns: int, seed: int, *, sparse: bool = False) -> torch.Tensor:
    cells = torch.rand(pictures, rows, columns, generator=torch.Generator().manual_seed(seed))
    cells = cells * (cells > 0.6) if sparse else cells
    return cells / cells.sum(dim=(1, 2), keepdim=True)


def point(row: int, column: int) -> torch.Tensor:
    cells = torch.zeros(1, 7, 7)
    cells[0, row, column] = 1
    return cells


@pytest.mark.parametrize(("row", "column"), [(0, 0), (6, 6), (0, 5), (3, 4)])
def test_a_point_is_carried_straight(row: int, column: int) -> None:
    found = distances(point(0, 0), point(row, column), (14.0, 28.0))
    assert found.item() == pytest.approx(np.hypot(2 * row, 4 * column) / np.hypot(14, 28), abs=1e-6)


def test_a_shifted_map_is_as_far_as_the_shift() -> None:
    """In one direction nothing is shorter than to carry everything by the shift."""
    first, second = torch.zeros(2, 1, 7, 7)
    first[0, 1:4, 1:4] = masses(1, 3, 3, 0)[0]
    second[0, 1:4, 3:6] = first[0, 1:4, 1:4]
    assert distances(first, second, (7.0, 7.0)).item() == pytest.approx(2 / np.hypot(7, 7), abs=1e-6)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("count", [1, AT_ONCE + 3])
def test_it_is_scipys(count: int, sparse: bool) -> None:
    first, second = masses(count, 4, 6, 1, sparse=sparse), masses(count, 4, 6, 2, sparse=sparse)
    places = [(row, column) for row in range(4) for column in range(6)]
    wanted = [
        wasserstein_distance_nd(places, places, a.flatten().numpy(), b.flatten().numpy()) / np.hypot(4, 6)
        for a, b in zip(first, second)
    ]
    assert distances(first, second, (4.0, 6.0)).tolist() == pytest.approx(wanted, abs=1e-6)


def test_one_row_is_the_distance_of_two_cumulative_sums() -> None:
    first, second = masses(3, 1, 9, 3), masses(3, 1, 9, 4)
    wanted = [
        wasserstein_distance(range(9), range(9), a.flatten().numpy(), b.flatten().numpy()) / np.hypot(1, 9)
        for a, b in zip(first, second)
    ]
    assert distances(first, second, (1.0, 9.0)).tolist() == pytest.approx(wanted, abs=1e-6)


def test_it_is_a_distance() -> None:
    a, b, c = (masses(5, 5, 5, seed) for seed in (5, 6, 7))
    side = (5.0, 5.0)
    assert torch.equal(distances(a, a, side), torch.zeros(5))
    assert torch.allclose(distances(a, b, side), distances(b, a, side), atol=1e-6)
    assert (distances(a, c, side) <= distances(a, b, side) + distances(b, c, side) + 1e-6).all()


def test_what_is_not_known_spoils_no_other() -> None:
    first, second = masses(3, 4, 4, 8), masses(3, 4, 4, 9)
    whole = distances(first, second, (4.0, 4.0))
    first[1] = torch.nan
    found = distances(first, second, (4.0, 4.0))
    assert found.isnan().tolist() == [False, True, False]
    assert found[[0, 2]].tolist() == pytest.approx(whole[[0, 2]].tolist(), abs=1e-6)
