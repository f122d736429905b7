"""Which pictures a step sees, and reading them: the order of an epoch is drawn from (seed, epoch) alone, so that a training
that goes on sees what it would have seen."""

from collections.abc import Iterator

import torch
from jaxtyping import Int, UInt8
from torch import Tensor
from torch.utils.data import DataLoader

from whylight.tensors import generator
from whylight.training.data import Labelled, OnDisk

INIT, ORDER, AUGMENTATION, DROPOUT, STATISTICS, DEGRADATION, SHUFFLE = range(7)
"""Streams of random numbers of one seed."""

Eight = UInt8[Tensor, "batch channel height width"]


def steps_in(pictures: int, batch: int) -> int:
    """Steps of an epoch: whole batches, and the rest of the order is left to other epochs; one if there is no whole one."""
    return max(1, pictures // batch)


def order_of(pictures: int, seed: int, epoch: int) -> Int[Tensor, " picture"]:
    """The order of the pictures in an epoch."""
    return torch.randperm(pictures, generator=generator(seed, ORDER, epoch))


def batches_from(order: Int[Tensor, " picture"], batch: int, first: int) -> list[Tensor]:
    """The places of each batch of an epoch from the step ``first`` on."""
    last = steps_in(len(order), batch)
    return [order[step * batch : (step + 1) * batch] for step in range(first, last)]


def read(data: Labelled, chosen: list[Tensor], workers: int = 0) -> Iterator[Eight]:
    """The eight-bit pictures of each list of places, one after another. ``workers``: processes that read ahead, where the
    pictures lie on disk."""
    pictures = data.pictures
    if isinstance(pictures, OnDisk):
        loader: DataLoader[Tensor] = DataLoader(
            pictures, batch_sampler=[places.tolist() for places in chosen], num_workers=workers
        )
        yield from loader
        return
    for places in chosen:
        yield pictures[places]


def seed_for(*numbers: int) -> int:
    """A seed of torch's global random state for (seed, stream, …): each step has its own, so that none has to be kept."""
    return generator(*numbers).initial_seed()


def seeds_for(count: int, *numbers: int) -> Int[Tensor, " picture"]:
    """A seed for each of ``count`` pictures, drawn for (seed, stream, …)."""
    return torch.randint(2**62, (count,), generator=generator(*numbers))
