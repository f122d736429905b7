"""The three ways to learn an orthogonal matrix, against scipy and the products written the slow way."""

import pytest
import scipy.linalg
import torch

from whylight.nets.concept_basis import Basis, Parametrisation, random_basis

KINDS: tuple[Parametrisation, ...] = ("expm", "cayley", "householder")


def moved(kind: Parametrisation, features: int = 24, size: float = 0.3) -> Basis:
    basis = Basis(features, kind, reflections=8)
    assert basis.turn is not None
    with torch.no_grad():
        basis.turn.add_(size * torch.randn(basis.turn.shape, generator=torch.Generator().manual_seed(1)))
    return basis


@pytest.mark.parametrize("kind", KINDS)
def test_learning_begins_at_the_networks_own_channels(kind: Parametrisation) -> None:
    assert torch.allclose(Basis(10, kind).matrix(), torch.eye(10), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_it_stays_orthogonal_whatever_is_learnt(kind: Parametrisation) -> None:
    basis = moved(kind)
    assert basis.error() < 1e-5
    assert (basis.matrix() - torch.eye(24)).abs().max().item() > 0.1
    if kind != "householder":
        assert torch.linalg.det(basis.matrix().detach().double()).item() == pytest.approx(1.0, abs=1e-4)


def test_the_exponential_is_scipys() -> None:
    basis = moved("expm")
    assert basis.turn is not None
    turn = basis.turn.detach().double().numpy()
    assert torch.from_numpy(scipy.linalg.expm(turn - turn.T)).float().allclose(basis.matrix().detach(), atol=1e-5)


def test_cayleys_quotient() -> None:
    basis = moved("cayley")
    assert basis.turn is not None
    skew = (basis.turn - basis.turn.T).detach().double()
    wanted = (torch.eye(24).double() - skew) @ torch.linalg.inv(torch.eye(24).double() + skew)
    assert wanted.float().allclose(basis.matrix().detach(), atol=1e-5)


def test_reflections_one_after_another() -> None:
    basis, wanted = moved("householder"), torch.eye(24, dtype=torch.float64)
    assert basis.turn is not None
    for row in basis.turn.detach().double():
        wanted = wanted @ (torch.eye(24).double() - 2 * torch.outer(row, row) / row.square().sum())
    assert wanted.float().allclose(basis.matrix().detach(), atol=1e-5)


def test_the_symmetric_part_of_what_is_learnt_has_no_gradient() -> None:
    basis, grid = moved("expm"), torch.randn(2, 24, 3, 3)
    assert basis.turn is not None
    basis(grid).amax(dim=(2, 3)).square().sum().backward()
    gradient = basis.turn.grad
    assert gradient is not None
    assert (gradient + gradient.T).abs().max() < 1e-5 * gradient.abs().max()


def test_a_grid_is_turned_and_turned_back() -> None:
    grid = torch.randn(2, 24, 3, 5)
    basis = Basis(24, None, random_basis(24, seed=3))
    turned = basis(grid)
    assert turned[1, :, 2, 4].allclose(basis.matrix() @ grid[1, :, 2, 4], atol=1e-5)
    assert basis.back(turned).allclose(grid, atol=1e-5)
    assert turned.norm(dim=1).allclose(grid.norm(dim=1), atol=1e-4)


def test_learning_goes_on_from_another_basis() -> None:
    start = random_basis(24, seed=3)
    assert torch.allclose(Basis(24, "expm", start).matrix(), start, atol=1e-6)


def test_the_same_seed_draws_the_same_basis() -> None:
    assert torch.equal(random_basis(12, 5), random_basis(12, 5))
    assert not torch.equal(random_basis(12, 5), random_basis(12, 6))


def test_what_is_kept_is_made_anew_when_the_weights_move() -> None:
    basis = Basis(6).requires_grad_(requires_grad=False)
    assert basis.turn is not None
    with torch.inference_mode():
        before = basis.matrix()
    assert basis.matrix() is before
    assert not before.is_inference()
    basis.turn[0, 1] = 1.0
    assert (basis.matrix() - before).abs().max() > 0.5


def test_large_matrices_stay_orthogonal_too() -> None:
    basis = moved("expm", features=512, size=0.05)
    assert basis.error() < 1e-4


def test_an_odd_number_of_reflections_is_refused() -> None:
    with pytest.raises(ValueError, match="even number of reflections; got 3"):
        Basis(4, "householder", reflections=3)
