import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import zoom
from scipy.stats import rankdata

from whylight.tensors import (
    agreement,
    correlation,
    flat,
    generator,
    mean_ranks,
    min_max,
    pick,
    resize_maps,
    target_output,
)


def maps(*rows: list[float]) -> torch.Tensor:
    return torch.tensor(rows)[:, None]


def test_picking_takes_each_rows_target() -> None:
    logits = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert pick(logits, torch.tensor([2, 0])).tolist() == [3, 4]
    assert target_output(logits, torch.tensor([2, 0]), "logit").tolist() == [3, 4]
    expected = [float(torch.tensor([1.0, 2.0, 3.0]).softmax(0)[2]), float(torch.tensor([4.0, 5.0, 6.0]).softmax(0)[0])]
    assert target_output(logits, torch.tensor([2, 0])).tolist() == pytest.approx(expected)


def test_resizing_keeps_cell_centres_where_they_are() -> None:
    coarse = torch.rand(2, 3, 4, generator=torch.Generator().manual_seed(0))
    large = resize_maps(coarse, (12, 16))
    expected = np.stack([zoom(each.numpy(), 4, order=1, mode="nearest", grid_mode=True) for each in coarse])
    torch.testing.assert_close(large, torch.from_numpy(expected), atol=1e-5, rtol=0)
    assert torch.equal(resize_maps(coarse, (3, 4)), coarse)


def test_flat_joins_all_but_the_first_axis() -> None:
    assert flat(torch.zeros(2, 3, 4)).shape == (2, 12)


def test_min_max_stretches_and_a_constant_becomes_zeros() -> None:
    assert min_max(maps([1.0, 3.0, 2.0], [5.0, 5.0, 5.0]))[:, 0].tolist() == [[0, 1, 0.5], [0, 0, 0]]


def test_correlation_is_numpys() -> None:
    source = torch.Generator().manual_seed(0)
    first, second = (torch.randn(3, 4, 5, generator=source) for _ in range(2))
    expected = [np.corrcoef(a.flatten(), b.flatten())[0, 1] for a, b in zip(first, second, strict=True)]
    assert correlation(first, second).tolist() == pytest.approx(expected, abs=1e-6)
    assert torch.isnan(correlation(maps([1.0, 1.0]), maps([1.0, 2.0]))).all()


def test_agreement_is_correlation_and_defined_for_constant_maps() -> None:
    first = maps([1.0, 2.0, 4.0], [0.0, 0.0, 0.0], [2.0, 2.0, 2.0], [2.0, 2.0, 2.0], [0.0, 0.0, 0.0])
    second = maps([1.0, 3.0, 3.0], [0.0, 0.0, 0.0], [5.0, 5.0, 5.0], [-1.0, -1.0, -1.0], [1.0, 2.0, 3.0])
    found = agreement(first, second)
    assert float(found[0]) == pytest.approx(float(correlation(first, second)[0]))
    assert found[1:].tolist() == pytest.approx([1, 1, -1, 0])


def test_a_generator_is_its_numbers_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = torch.rand(4, generator=generator(3, 1, 0))
    assert torch.equal(torch.rand(4, generator=generator(3, 1, 0)), first)
    assert torch.equal(torch.get_rng_state(), before)


def test_generators_of_neighbouring_numbers_have_nothing_in_common() -> None:
    numbers = torch.stack(
        [torch.rand(2000, generator=generator(*seed)) for seed in [(0, 0), (0, 1), (1, 0), (-1, 0), (0,)]]
    )
    assert (torch.corrcoef(numbers) - torch.eye(5)).abs().max() < 0.1


@given(st.lists(st.integers(-2, 2), min_size=1, max_size=12))
def test_ranks_are_scipys(values: list[int]) -> None:
    row = torch.tensor([values, values[::-1]], dtype=torch.float32)
    expected = rankdata(row.numpy(), axis=1) - 1
    assert mean_ranks(row).tolist() == expected.tolist()
