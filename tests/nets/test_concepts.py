"""The head of concepts: its sum, its invariances, pooling as the formulas say, weights that stay above 0."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from whylight.nets.concept_basis import Basis, random_basis
from whylight.nets.concept_pooling import Pooling, drawn, pooled
from whylight.nets.concepts import ConceptHead, Recipe, basis_of, concept_head, new_head

FEATURES, LABELS = 12, 5


def grids(count: int = 3) -> Tensor:
    return torch.randn(count, FEATURES, 4, 6, generator=torch.Generator().manual_seed(2))


def head(recipe: Recipe | None = None, seed: int = 0) -> ConceptHead:
    """A head with a basis that was learnt a little."""
    made = new_head(recipe or Recipe(), FEATURES, LABELS, seed, start=random_basis(FEATURES, 7))
    return made.eval().requires_grad_(requires_grad=False)


def two_sided(concepts: Tensor) -> Tensor:
    """The numbers of ``pooled``, written the slow way."""
    found = torch.zeros(concepts.shape[:2])
    for picture, row in enumerate(concepts):
        for concept, cells in enumerate(row):
            numbers = cells.flatten().tolist()
            found[picture, concept] = max(max(n, 0) for n in numbers) - max(max(-n, 0) for n in numbers)
    return found


def test_pooling_is_what_the_formulas_say() -> None:
    grid = grids()
    assert torch.allclose(pooled(grid, "two_sided"), two_sided(grid))
    assert torch.allclose(pooled(grid, "max"), functional.relu(grid).amax(dim=(2, 3)))
    assert torch.allclose(pooled(grid, "mean"), grid.mean(dim=(2, 3)))


def test_where_all_cells_are_above_0_there_is_no_evidence_against() -> None:
    grid = grids().abs() + 1
    assert torch.equal(pooled(grid, "two_sided"), grid.amax(dim=(2, 3)))
    assert torch.equal(pooled(-grid, "two_sided"), -grid.amax(dim=(2, 3)))


def test_the_weighed_concepts_are_the_logits() -> None:
    model, grid = head(), grids()
    values, weight = two_sided(model.basis(grid)), model.weights()
    for label in range(LABELS):
        assert torch.allclose(model(grid)[:, label], (weight[label] * values).sum(dim=1), atol=1e-5)


def test_plain_settings_give_back_an_ordinary_last_layer() -> None:
    linear = torch.nn.Linear(FEATURES, LABELS)
    recipe = Recipe(basis="identity", pooling="mean", signs="free", bias=True)
    model = ConceptHead(recipe, Basis(FEATURES, None), linear.weight, linear.bias).eval()
    assert torch.allclose(model(grids()), linear(grids().mean(dim=(2, 3))), atol=1e-6)


def test_the_order_of_the_concepts_does_not_matter() -> None:
    model, grid, order = head(), grids(), torch.randperm(FEATURES)
    assert model.basis.start is not None
    other = ConceptHead(Recipe(), Basis(FEATURES, None, model.basis.matrix()[order]), model.weight[:, order]).eval()
    assert torch.allclose(model(grid), other(grid), atol=1e-5)


def test_only_the_two_cells_of_each_concept_count() -> None:
    model, grid = head(), grids()
    concepts = model.basis(grid).flatten(2)
    kept = torch.zeros_like(concepts)
    for extreme in (concepts.argmax(dim=2, keepdim=True), concepts.argmin(dim=2, keepdim=True)):
        kept.scatter_(2, extreme, concepts.gather(2, extreme))
    alone = model.weigh(pooled(kept.reshape(grid.shape), "two_sided"))
    assert torch.allclose(alone, model(grid), atol=1e-5)


@pytest.mark.parametrize("pooling", ["two_sided", "max"])
def test_cold_drawing_without_luck_is_the_maximum(pooling: Pooling) -> None:
    grid = 100 * grids()
    assert torch.equal(drawn(grid, pooling, "hard"), pooled(grid, pooling))
    torch.manual_seed(0)
    many = torch.stack([drawn(grid, pooling, "gumbel", 1.0) for _ in range(50)])
    assert (many.abs() <= grid.abs().amax(dim=(2, 3)) + 1e-3).all()
    assert many.std(dim=0).mean() > 0


def test_gumbels_trick_draws_each_cell_as_often_as_the_softmax_says() -> None:
    cells = torch.tensor([0.2, 1.0, 0.6])
    grid = cells.reshape(1, 1, 1, 3).repeat(40_000, 1, 1, 1)
    torch.manual_seed(0)
    values = drawn(grid, "max", "gumbel", 1.0).flatten()
    wanted = (cells / cells.max()).softmax(dim=0)
    found = torch.stack([(values - cell).abs().lt(1e-4).float().mean() for cell in cells])
    assert torch.allclose(found, wanted, atol=0.01)


def test_drawing_lets_gradients_reach_every_cell() -> None:
    grid = grids().requires_grad_()
    drawn(grid, "two_sided", "gumbel").square().sum().backward()
    assert grid.grad is not None
    hard = grids().requires_grad_()
    pooled(hard, "two_sided").square().sum().backward()
    assert hard.grad is not None
    assert (grid.grad != 0).sum() > 5 * (hard.grad != 0).sum()


def test_weights_are_never_below_0_and_may_rise_again() -> None:
    model = new_head(Recipe(), FEATURES, LABELS)
    with torch.no_grad():
        model.weight[0] = -1.0
    assert (model.weights() >= 0).all()
    model.project()
    assert (model.weight[0] == 0).all()
    model.weights()[0].sum().backward()
    assert model.weight.grad is not None
    assert (model.weight.grad[0] == 1).all()
    free = new_head(Recipe(signs="free"), FEATURES, LABELS)
    assert (free.weights() < 0).any()


def test_pruning_keeps_what_matters_most() -> None:
    model = head()
    importance = torch.rand(FEATURES, generator=torch.Generator().manual_seed(0))
    whole = model.weights().clone()
    model.prune(3, importance)
    assert (model.weights() > 0).sum(dim=1).tolist() == [3] * LABELS
    for label in range(LABELS):
        kept = model.weights()[label] > 0
        assert (whole[label] * importance)[kept].min() >= (whole[label] * importance)[~kept].max()
    before = model.weights().clone()
    model.prune(5)
    assert torch.equal(model.weights(), before)


def test_a_concept_that_is_switched_off_adds_nothing() -> None:
    model, grid = head(), grids()
    values, whole = model.values(grid), model(grid)
    model.switch_off([2, 5])
    lost = (model.signed()[:, [2, 5]][None] * values[:, None, [2, 5]]).sum(dim=2)
    assert torch.allclose(whole - model(grid), lost, atol=1e-5)
    model.switch_off([])
    assert torch.equal(model(grid), whole)


@pytest.mark.parametrize("basis", ["learned", "random", "identity"])
def test_heads_of_all_bases_are_orthogonal(basis: str) -> None:
    recipe: Any = {"basis": basis}
    made = new_head(Recipe(**recipe), FEATURES, LABELS, seed=4)
    assert made.basis.error() < 1e-5
    assert (made.basis.turn is not None) == (basis == "learned")


def test_the_head_and_the_basis_are_found_in_a_network() -> None:
    model = head()
    whole = torch.nn.Sequential(torch.nn.Conv2d(3, FEATURES, 3), model)
    assert concept_head(whole) == ("1", model)
    assert basis_of(whole) == ("1.basis", model.basis)
    assert concept_head(None) is None
    assert basis_of(torch.nn.Linear(2, 2)) is None
