import pytest
import torch
from torch import Tensor

from whylight.methods.surrogate._kriging import NUGGET, Kernel, krige
from whylight.tensors import generator


def rows(count: int, players: int = 6) -> Tensor:
    return (torch.rand(count, players, generator=generator(0)) < 0.5).double() * 2 - 1


@pytest.mark.parametrize("odd", [False, True])
def test_the_rest_is_what_a_process_without_the_row_misses(odd: bool) -> None:
    """Each row left out the slow way, and the mean of those processes."""
    signs = rows(20)
    answers = (signs[:, 0] * signs[:, 1] + signs[:, 2]).double() * (signs[:, 3] if odd else 1)
    found = krige(signs, answers, torch.ones(6).double(), odd=odd)
    rest, mean = torch.zeros(20).double(), torch.zeros(20).double()
    for left_out in range(20):
        others = torch.arange(20) != left_out
        kernel = found.kernel(signs[others], signs[others])
        weights = torch.linalg.solve(kernel + NUGGET * torch.eye(19).double(), answers[others])
        rest[left_out] = answers[left_out] - found.kernel(signs[left_out : left_out + 1], signs[others]) @ weights
        mean[others] += weights / 20
    torch.testing.assert_close(found.rest, rest, atol=1e-10, rtol=0)
    torch.testing.assert_close(found.weights, mean, atol=1e-10, rtol=0)


def test_an_odd_kernel_changes_sign_and_is_1_at_its_centre() -> None:
    signs, kernel = rows(5), Kernel(torch.full((6,), 1 / 6).double(), odd=True)
    torch.testing.assert_close(kernel(-signs, signs), -kernel(signs, signs))
    torch.testing.assert_close(kernel(signs, signs).diagonal(), torch.ones(5).double())


@pytest.mark.parametrize("odd", [False, True])
def test_a_turned_sign_moves_the_function_as_stated(odd: bool) -> None:
    signs, kernel = rows(12), Kernel(torch.tensor([0.3, 0.25, 0.2, 0.15, 0.1, 0.0]).double(), odd)
    weights = torch.randn(12, generator=generator(1), dtype=torch.float64)
    moved = kernel.moved(signs, weights)
    for segment in range(6):
        turned = signs.clone()
        turned[:, segment] *= -1
        expected = (kernel(signs, signs) - kernel(turned, signs)) @ weights
        torch.testing.assert_close(moved[:, segment], expected, atol=1e-12, rtol=0)


def test_segments_that_move_the_answer_are_found() -> None:
    signs = rows(200)
    found = krige(signs, signs[:, 0] * signs[:, 1], torch.zeros(6).double())
    assert set(found.kernel.relevance.topk(2).indices.tolist()) == {0, 1}
    assert float(found.rest.square().mean()) < 0.2
