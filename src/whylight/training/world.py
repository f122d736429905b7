"""The processes of one training: this one alone, or those that torchrun started side by side.

torchrun sets RANK, LOCAL_RANK and WORLD_SIZE. Each process takes every WORLD_SIZE-th picture of a batch, and gradients are
summed over all of them, so that the number of processes changes the weights by rounding alone (batch norm apart, which
averages over a process's own share on processors).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

BACKEND = "cpu:gloo,cuda:nccl"


@dataclass(frozen=True)
class World:
    """``rank``: this process's number from 0. ``size``: how many there are. ``local``: its number on this machine."""

    rank: int = 0
    size: int = 1
    local: int = 0

    @property
    def leads(self) -> bool:
        """Whether this process writes and speaks for all."""
        return self.rank == 0

    def device(self, name: str) -> str:
        """The device of this process: with several on one machine each has a graphics card of its own."""
        return f"cuda:{self.local}" if name == "cuda" and self.size > 1 else name

    def share(self, rows: Tensor) -> Tensor:
        """The rows of this process."""
        return rows[self.rank :: self.size]

    def total(self, numbers: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.size > 1:
            distributed.all_reduce(numbers)
        return numbers

    def any(self, wish: bool) -> bool:  # noqa: FBT001 - it is what is asked
        """Whether any process says yes."""
        return wish if self.size == 1 else bool(self.total(torch.tensor(float(wish))).item())

    def wait(self) -> None:
        """Until all processes are here."""
        self.any(False)  # noqa: FBT003 - nothing is asked

    def wrapped(self, network: nn.Module, device: torch.device) -> nn.Module:
        """The network with gradients that are averaged over all processes; itself where there is one."""
        if self.size == 1:
            return network
        if device.type == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)


@contextmanager
def joined() -> Iterator[World]:
    """The world of this process while the block runs."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World()
        return
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if torch.cuda.is_available():
        torch.cuda.set_device(local)
    distributed.init_process_group(BACKEND if torch.cuda.is_available() else "gloo")
    try:
        yield World(distributed.get_rank(), size, local)
        distributed.barrier()  # a process that left first would break off what another still receives
    finally:
        distributed.destroy_process_group()
