"""Heads of concepts and bases are learnt, go on after a stop as if there were none, and keep what they promise."""

from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch

from whylight.errors import RunError, SpecError
from whylight.nets.concept_basis import Basis, random_basis
from whylight.nets.concepts import ConceptHead, Recipe, new_head
from whylight.training.concept_fit import Fit, Side, logits_of, measured
from whylight.training.concept_purity import Purification, pair_purity, purify, strongest_pictures
from whylight.training.concept_training import ConceptTraining, plan_of, take_up
from whylight.training.course import Course
from whylight.training.data import Labelled
from whylight.training.folder import MODEL
from whylight.training.session import Setup, Sides

FEATURES, LABELS = 8, 4


def patterns(number: int = 160) -> Side:
    """Each label is a direction at one random cell, among noise: a turned basis is needed to see it in one channel."""
    drawn = torch.Generator().manual_seed(0)
    labels = torch.arange(number) % LABELS
    directions = random_basis(FEATURES, 3)[:LABELS]
    grids = 0.2 * torch.randn(number, FEATURES, 3, 3, generator=drawn)
    cells = torch.randint(9, (number,), generator=drawn)
    grids.flatten(2)[torch.arange(number), :, cells] += 3 * directions[labels]
    return Side(lambda places: grids[places], labels)


FIT = Fit(epochs=8, sparse_epochs=3, batch=32, keep=2, basis_rate=1e-2)


def pictures_of(side: Side) -> Labelled:
    """As many pictures as there are grids, which nobody looks at."""
    count = len(side)
    names = tuple(map(str, range(count)))
    empty = torch.zeros(count, 1, 1, 1, dtype=torch.uint8)
    return Labelled(empty, side.labels, names, names, tuple("abcd"))


def course_of(head: ConceptHead, fit: Fit, folder: Path, watched: Side | None = None, **setup: Any) -> Course:
    """The training of a head on the patterns, in a folder."""
    folder.mkdir(exist_ok=True)
    side, place = patterns(), Setup(folder, torch.device("cpu"), **setup)
    sides = Sides(pictures_of(side), None if watched is None else pictures_of(watched))
    plan = plan_of(fit, "patterns", (3, 3), 1, 0.0)
    return Course(place, ConceptTraining(place, plan, fit, head, sides, (side, watched)))


def fit_head(head: ConceptHead, fit: Fit, folder: Path, watched: Side | None = None) -> list[dict[str, Any]]:
    """Trains to the end and takes up what is best; returns the curve."""
    course = course_of(head, fit, folder, watched)
    assert course.to_the_end()
    take_up(head, folder / MODEL)
    return course.position.curve


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> ConceptHead:
    head = new_head(Recipe(), FEATURES, LABELS)
    fit_head(head, FIT, tmp_path_factory.mktemp("fitted"))
    return head


def test_it_learns_and_stays_orthogonal_and_sparse(fitted: ConceptHead) -> None:
    assert measured(fitted, patterns())["validation_accuracy"] > 0.95
    assert fitted.basis.error() < 1e-4
    assert (fitted.basis.matrix() - torch.eye(FEATURES)).abs().max().item() > 0.1
    assert (fitted.weights() >= 0).all()
    assert ((fitted.weights() > 0).sum(dim=1) <= 2).all()


@pytest.mark.parametrize("moments", [(3, 22), (10, 43)])
def test_a_stopped_training_goes_on_to_the_same_bits(
    fitted: ConceptHead, tmp_path: Path, moments: tuple[int, ...]
) -> None:
    """It stops within an epoch of either stage; an epoch has five steps."""
    for moment in moments:
        course = course_of(new_head(Recipe(), FEATURES, LABELS), FIT, tmp_path)
        course = course_of(
            new_head(Recipe(), FEATURES, LABELS), FIT, tmp_path, stops=partial(stops_at, count(course.done + 1), moment)
        )
        assert not course.to_the_end()
        assert course.done == moment
    head = new_head(Recipe(), FEATURES, LABELS)
    assert len(fit_head(head, FIT, tmp_path)) == 11
    assert torch.equal(head.weights(), fitted.weights())
    assert torch.equal(head.basis.matrix(), fitted.basis.matrix())


def stops_at(steps: Iterator[int], moment: int) -> bool:
    """Whether the step that is asked behind is the one."""
    return next(steps) == moment


def test_the_best_epoch_is_kept_and_a_stage_ends_early(tmp_path: Path) -> None:
    fit = Fit(epochs=40, sparse_epochs=0, batch=32, keep=2, rate=0.2, patience=2)
    head = new_head(Recipe(), FEATURES, LABELS)
    course = course_of(head, fit, tmp_path, patterns(40))
    assert course.to_the_end()
    take_up(head, tmp_path / MODEL)
    curve, best = course.position.curve, course.position.best
    assert best is not None
    assert course.position.ended
    assert len(curve) == best + 3 < 40
    assert max(row["validation_accuracy"] for row in curve) == curve[best]["validation_accuracy"]
    assert ((head.weights() > 0).sum(dim=1) <= 2).all()


@pytest.mark.parametrize(
    "recipe",
    [Recipe(basis="identity", signs="free", pooling="mean", bias=True), Recipe(answers="sigmoid"), Recipe("random")],
)
def test_every_switch_learns(recipe: Recipe, tmp_path: Path) -> None:
    head = new_head(recipe, FEATURES, LABELS)
    curve = fit_head(head, Fit(recipe=recipe, epochs=8, batch=32, rate=0.05, keep=None), tmp_path, patterns(40))
    assert curve[-1]["loss"] < curve[0]["loss"]
    assert curve[-1]["validation_accuracy"] > 0.4
    assert logits_of(head, patterns(40)).shape == (40, LABELS)


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"rate must be above 0; got 0\.0"):
        Fit(rate=0.0)
    with pytest.raises(SpecError, match="keep must be at least 1; got 0"):
        Fit(keep=0)
    with pytest.raises(SpecError, match="penalty must be 0 or above"):
        Fit(penalty=-1.0)
    head = new_head(Recipe(), FEATURES, LABELS)
    with torch.no_grad():
        head.weight.fill_(torch.nan)
    with pytest.raises(RunError, match="smaller --rate"):
        fit_head(head, FIT, tmp_path)


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
