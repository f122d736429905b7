"""Batches: every picture once an epoch, an order of its own for each, and the same from any step on."""

import torch

from whylight.datasets.planted import Planted
from whylight.frame import Resizing
from whylight.training import data
from whylight.training.batches import batches_from, order_of, read, seed_for, steps_in
from whylight.training.data import labelled


def test_an_epoch_sees_every_picture_once_but_for_the_rest() -> None:
    order = order_of(50, seed=3, epoch=1)
    assert sorted(order.tolist()) == list(range(50))
    assert not torch.equal(order, order_of(50, seed=3, epoch=2))
    assert not torch.equal(order, order_of(50, seed=4, epoch=1))
    batches = batches_from(order, 16, first=0)
    assert [len(batch) for batch in batches] == [16, 16, 16]
    assert torch.equal(torch.cat(batches), order[:48])
    assert torch.equal(torch.cat(batches_from(order, 16, first=1)), order[16:48])
    assert (steps_in(50, 16), steps_in(10, 16)) == (3, 1)
    assert len(batches_from(order[:10], 16, first=0)[0]) == 10


def test_from_memory_and_from_disk_come_the_same_pictures(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    dataset, resizing = Planted(count=9, size=32), Resizing((8, 8), 8)
    chosen = [torch.tensor([3, 1]), torch.tensor([8, 0])]
    in_memory = list(read(labelled(dataset, resizing), chosen))
    monkeypatch.setattr(data, "MOST_IN_MEMORY", 0)
    on_disk = labelled(dataset, resizing)
    assert torch.equal(torch.cat(in_memory), torch.cat(list(read(on_disk, chosen))))


def test_every_step_has_a_seed_of_its_own() -> None:
    assert len({seed_for(0, 3, epoch, step) for epoch in range(10) for step in range(10)}) == 100
    assert seed_for(0, 3, 1, 2) == seed_for(0, 3, 1, 2)
