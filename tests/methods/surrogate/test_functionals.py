from math import factorial

import pytest
import torch
from torch import Tensor

from whylight.methods.surrogate._functionals import SizeLaw, shapley_of
from whylight.methods.surrogate._kriging import Kernel
from whylight.tensors import generator

PLAYERS = 7


def everyone() -> Tensor:
    numbers = torch.arange(2**PLAYERS)[:, None]
    return (numbers >> torch.arange(PLAYERS) & 1).double()


def relevance(seed: int = 0) -> Tensor:
    drawn = torch.rand(PLAYERS, generator=generator(seed), dtype=torch.float64)
    return drawn / drawn.sum()


def test_shapley_values_of_kernels_are_those_of_the_definition() -> None:
    coalitions = everyone()
    signs, sizes = 2 * coalitions - 1, coalitions.sum(dim=1).long().tolist()
    centres = signs[[3, 50, 127]]
    kernel = Kernel(relevance(), odd=True)
    answers = kernel(signs, centres)
    expected = torch.zeros(3, PLAYERS, dtype=torch.float64)
    for player in range(PLAYERS):
        for row, size in enumerate(sizes):
            if coalitions[row, player]:
                weight = factorial(size - 1) * factorial(PLAYERS - size) / factorial(PLAYERS)
                expected[:, player] += weight * (answers[row] - answers[row - 2**player])
    torch.testing.assert_close(shapley_of(kernel, centres), expected, atol=1e-12, rtol=0)
    surplus = (answers[-1] - answers[0])[:, None]
    torch.testing.assert_close(shapley_of(kernel, centres).sum(dim=1, keepdim=True), surplus, atol=1e-12, rtol=0)


@pytest.mark.parametrize("chance", [0.5, 0.73])
@pytest.mark.parametrize("even", [True, False])
def test_slopes_of_kernels_are_those_of_the_regression_on_all_coalitions(chance: float, even: bool) -> None:
    coalitions = everyone()
    sizes = coalitions.sum(dim=1)
    by_size = torch.ones(PLAYERS + 1).double() if even else torch.linspace(0.1, 2, PLAYERS + 1).double() ** 2
    weights = by_size[sizes.long()] * chance**sizes * (1 - chance) ** (PLAYERS - sizes)
    signs = 2 * coalitions - 1
    kernel, centres = Kernel(relevance(1)), signs[[0, 9, 100]]
    design = torch.cat([coalitions, torch.ones_like(coalitions[:, :1])], dim=1)
    weighted = (design * weights[:, None]).T
    expected = torch.linalg.solve(weighted @ design, weighted @ kernel(signs, centres))[:-1].T
    law = SizeLaw(chance, by_size)
    assert law.is_broad
    torch.testing.assert_close(law.slopes_of(kernel, centres), expected, atol=1e-11, rtol=0)


def test_one_segment_has_the_difference_as_its_slope() -> None:
    kernel, signs = Kernel(torch.ones(1).double()), torch.tensor([[1.0], [-1.0]]).double()
    slopes = SizeLaw(0.5, torch.tensor([0.2, 1.0]).double()).slopes_of(kernel, signs)
    difference = kernel(signs[:1], signs) - kernel(signs[1:], signs)
    torch.testing.assert_close(slopes, difference.T, atol=1e-12, rtol=0)


def test_a_law_that_counts_hardly_any_coalition_is_not_broad() -> None:
    weights = torch.zeros(51).double()
    weights[50] = 1.0
    assert not SizeLaw(0.5, weights).is_broad


def test_few_roots_of_unity_are_enough_for_many_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    players = 300
    share = torch.arange(players + 1).double() / players
    drawn = torch.rand(players, generator=generator(3), dtype=torch.float64)
    kernel = Kernel(drawn / drawn.sum())
    centres = (torch.rand(2, players, generator=generator(4)) < 0.5).double() * 2 - 1
    law = SizeLaw(0.6, share.square())
    few = law.slopes_of(kernel, centres)
    assert len(law._nodes()) < 80
    monkeypatch.setattr("whylight.methods.surrogate._functionals.REACH", 1000)
    assert len(law._nodes()) == 151
    torch.testing.assert_close(few, law.slopes_of(kernel, centres), atol=1e-10, rtol=0)
