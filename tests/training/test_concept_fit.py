"""Heads of concepts and bases are learnt, go on after a stop as if there were none, and keep what they promise."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from whylight.errors import RunError, SpecError
from whylight.nets.concept_basis import Basis, random_basis
from whylight.nets.concepts import ConceptHead, Recipe, new_head
from whylight.training.concept_fit import Fit, Side, Watch, fit_head, logits_of, measured
from whylight.training.concept_purity import Purification, pair_purity, purify, strongest_pictures

FEATURES, LABELS = 8, 4


def patterns(count: int = 160) -> Side:
    """Each label is a direction at one random cell, among noise: a turned basis is needed to see it in one channel."""
    drawn = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % LABELS
    directions = random_basis(FEATURES, 3)[:LABELS]
    grids = 0.2 * torch.randn(count, FEATURES, 3, 3, generator=drawn)
    cells = torch.randint(9, (count,), generator=drawn)
    grids.flatten(2)[torch.arange(count), :, cells] += 3 * directions[labels]
    return Side(lambda places: grids[places], labels)


FIT = Fit(epochs=8, sparse_epochs=3, batch=32, keep=2, basis_rate=1e-2)


@pytest.fixture(scope="module")
def fitted() -> ConceptHead:
    head = new_head(Recipe(), FEATURES, LABELS)
    torch.manual_seed(0)
    assert fit_head(head, FIT, patterns(), None) is not None
    return head


def test_it_learns_and_stays_orthogonal_and_sparse(fitted: ConceptHead) -> None:
    assert measured(fitted, patterns())["validation_accuracy"] > 0.95
    assert fitted.basis.error() < 1e-4
    assert (fitted.basis.matrix() - torch.eye(FEATURES)).abs().max().item() > 0.1
    assert (fitted.weights() >= 0).all()
    assert ((fitted.weights() > 0).sum(dim=1) <= 2).all()


def test_a_stopped_training_goes_on_to_the_same_bits(fitted: ConceptHead, tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []
    place = tmp_path / "state.safetensors"
    for stop in (3, 9):
        watch = Watch(epoch=seen.append, stops=partial(lambda count: len(seen) == count, stop))
        assert fit_head(new_head(Recipe(), FEATURES, LABELS), FIT, patterns(), None, place, watch) is None
    head = new_head(Recipe(), FEATURES, LABELS)
    position = fit_head(head, FIT, patterns(), None, place)
    assert position is not None
    assert len(position.curve) == 11
    assert torch.equal(head.weights(), fitted.weights())
    assert torch.equal(head.basis.matrix(), fitted.basis.matrix())


@pytest.mark.parametrize(
    "recipe",
    [Recipe(basis="identity", signs="free", pooling="mean", bias=True), Recipe(answers="sigmoid"), Recipe("random")],
)
def test_every_switch_learns(recipe: Recipe) -> None:
    head = new_head(recipe, FEATURES, LABELS)
    position = fit_head(head, Fit(recipe=recipe, epochs=8, batch=32, rate=0.05, keep=None), patterns(), patterns(40))
    assert position is not None
    assert position.curve[-1]["loss"] < position.curve[0]["loss"]
    assert position.curve[-1]["validation_accuracy"] > 0.4
    assert logits_of(head, patterns(40)).shape == (40, LABELS)


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"rate must be above 0; got 0\.0"):
        Fit(rate=0.0)
    with pytest.raises(SpecError, match="keep must be at least 1; got 0"):
        Fit(keep=0)
    with pytest.raises(SpecError, match="penalty must be 0 or above"):
        Fit(penalty=-1.0)
    broken = Side(lambda places: torch.full((len(places), FEATURES, 3, 3), torch.nan), torch.arange(64) % LABELS)
    with pytest.raises(RunError, match="smaller --rate"):
        fit_head(new_head(Recipe(), FEATURES, LABELS), FIT, broken, None)


def test_purity_is_that_of_the_turned_grid() -> None:
    side = patterns(30)
    basis = Basis(FEATURES, None, random_basis(FEATURES, 9))
    places, concepts = torch.tensor([3, 3, 17]), torch.tensor([0, 5, 2])
    turned = basis(side.grids(torch.arange(30)))
    for place, concept, found in zip(places, concepts, pair_purity(basis, side.grids, places, concepts)):
        cells = turned[place].flatten(1)
        best = cells[:, cells[concept].argmax()]
        assert found.item() == pytest.approx((best[concept] / best.norm()).item(), abs=1e-5)
    strongest = strongest_pictures(basis, side.grids, 30, 4)
    wanted = turned.flatten(2).amax(dim=2).T.topk(4, dim=1).indices
    assert torch.equal(strongest, wanted)


def test_purity_rises_and_the_rounds_grow_smaller() -> None:
    side, basis = patterns(60), Basis(FEATURES, "expm")
    curve = purify(basis, side.grids, 60, Purification(rounds=5, first=20, last=5, batch=64, rate=2e-2))
    assert len(curve) == 5
    assert curve[-1] > curve[0] + 0.1
    assert basis.error() < 1e-4
    assert [Purification().count(number) for number in (0, 9)] == [100, 5]
