"""The objective of corrections beside its sum, written term by term."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from whylight.classifier import as_grid
from whylight.training.correcting import Correcting, corrected_at, penalty_of
from whylight.training.correction import Correction
from whylight.training.corrections import Corrections, Divided
from whylight.training.data import Labelled
from whylight.training.hyperparameters import Hyperparameters
from whylight.training.objective import Batch
from whylight.training.plan import Plan
from whylight.training.right_reasons import LOSSES
from whylight.training.right_reasons.reason import Looked
from whylight.training.standardised import Standardised
from whylight.training.world import World

PICTURES, REPLAYED, SCALE = 5, 6, 0.5
CPU = torch.device("cpu")


@pytest.fixture
def objective() -> Correcting:
    """Five corrected pictures with the same marks, in a network with a norm; λ = 3."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))
    whole = Standardised(network, ((0.4,), (0.3,)))
    pictures = torch.randint(256, (PICTURES, 1, 8, 8), dtype=torch.uint8)
    names = tuple("abcde")
    marks = torch.zeros(PICTURES, 8, 8, dtype=torch.bool)
    marks[:, :3, :3] = True
    labelled = Labelled(pictures, torch.tensor([0, 1, 2, 0, 1]), names, names, ("x", "y", "z"))
    corrections = Corrections(labelled, marks, torch.zeros_like(marks))
    plan = Plan("d", "n", Hyperparameters(), (8, 8), 1)
    given = Correction(weight=3.0, at_once=PICTURES)
    looked = Looked(whole, network.get_submodule("0"), as_grid)
    found = Correcting(plan, whole, None, REPLAYED, World(), 0, given, looked, Divided(corrections, corrections), SCALE)
    found.begin()
    return found


@pytest.fixture
def batch() -> Batch:
    random = torch.Generator().manual_seed(1)
    images = torch.rand(REPLAYED, 1, 8, 8, generator=random)
    return Batch(images, torch.tensor([0, 1, 2, 2, 1, 0]), torch.arange(REPLAYED), torch.arange(REPLAYED))


def entropy(objective: Correcting, images: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(objective.network(images), targets, reduction="none")


def test_the_sum_of_its_terms(objective: Correcting, batch: Batch) -> None:
    pictures = objective.divided.learned.pictures
    images = pictures.images(range(PICTURES))
    everything = corrected_at(objective.divided.learned, torch.arange(PICTURES), torch.arange(PICTURES), CPU)
    penalty = LOSSES["rrr"](objective.looked, everything).penalties.mean()
    expected = entropy(objective, batch.images, batch.targets)
    expected = expected + entropy(objective, images, pictures.labels).mean() + 3 * penalty / SCALE
    torch.testing.assert_close(objective.losses(objective.network, batch), expected)


def test_marks_that_spread_are_on_the_replayed_pictures_too(objective: Correcting, batch: Batch) -> None:
    spread = replace(objective, given=replace(objective.given, spread=True))
    images = batch.images.clone().requires_grad_()
    summed = objective.network(images).log_softmax(dim=1).sum()
    (slopes,) = torch.autograd.grad(summed, images)
    more = 3 * slopes[:, 0, :3, :3].square().sum(dim=(1, 2)) / SCALE
    plain = objective.losses(objective.network, batch)
    torch.testing.assert_close(spread.losses(objective.network, batch), plain + more)


def test_a_step_is_drawn_from_its_own_numbers(objective: Correcting, batch: Batch) -> None:
    one = replace(objective, given=replace(objective.given, at_once=1))
    first, again = (one.losses(one.network, batch) for _ in range(2))
    assert torch.equal(first, again)
    found = {
        float(one.losses(one.network, replace(batch, seeds=batch.seeds + step)).sum().detach()) for step in range(30)
    }
    assert len(found) == PICTURES


def test_norms_do_not_move(objective: Correcting, batch: Batch) -> None:
    before = {name: tensor.clone() for name, tensor in objective.network.state_dict().items()}
    objective.network.train()
    objective.begin()
    objective.losses(objective.network, batch).sum().backward()
    for name, tensor in objective.network.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_the_penalty_is_a_mean_over_all_corrections(objective: Correcting) -> None:
    whole = corrected_at(objective.divided.learned, torch.arange(PICTURES), torch.arange(PICTURES), CPU)
    expected = LOSSES["rrr"](objective.looked, whole).penalties.mean().item()
    for at_once in (1, 2, 5):
        given = replace(objective.given, at_once=at_once)
        assert penalty_of(given, objective.looked, objective.divided.learned, CPU) == pytest.approx(expected, rel=1e-5)
