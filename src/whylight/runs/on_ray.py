"""The Ray engine: the cores and graphics cards of a cluster, or of one machine; a worker is a Ray actor with the classifier.

Plain actors and not Ray Data: a shard goes out as its number and comes back as a file that its worker has written, so there
are no data to stream; and an actor that dies tells which shard it died of, which is begun anew elsewhere and given up when
it kills again. Ray Data would repeat it for ever or end the run, and waits without a word when actors leave no core for its
own tasks.
"""

import logging
import os
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from whylight.errors import MissingExtraError, RunError, SpecError
from whylight.runs.job import Crew, Job, P, Tell
from whylight.runs.local import cores
from whylight.runs.ray_pool import Pool, Room

OBJECT_STORE = 80 * 2**20
"""Bytes, about the least that Ray takes: nothing large passes through it."""
REACHED = 10.0
"""Seconds in which the first machine of a cluster has to answer."""


@dataclass(frozen=True)
class Ray:
    """``address``: of a cluster that runs, ``auto`` for the one of this machine; None starts one here and ends it again.
    ``device``: of the workers. ``gpus``: graphics cards of each."""

    address: str | None = None
    device: str = "cpu"
    gpus: float = 0.0

    @classmethod
    def of(cls, address: str | None, device: str, gpus: float | None) -> "Ray":
        """From the options of the command line; see ``engines.choose``."""
        _import_ray()
        if gpus and device == "cpu":
            raise SpecError(f"expected --gpus or --device cpu; got {gpus:g} and cpu; leave one of them out")
        if device.startswith("cuda:"):
            raise SpecError(f"Ray chooses among the cards, so --device {device} cannot be; give --device cuda")
        if device == "cuda" or gpus:
            return cls(address, "cuda", gpus or 1.0)
        return cls(address, "cpu" if device == "auto" else device)

    @property
    def own_device(self) -> str:
        """The processor: the machine that hands the shards out need not have a card."""
        return "cpu"

    @contextmanager
    def crew(self, job: Job[P], parts: P, numbers: Sequence[int], wanted: int | None, tell: Tell) -> Iterator[Crew]:
        """Actors on the cluster, which end with the block, as does the cluster if it was started for them."""
        if not numbers:
            yield Crew(1, iter(()))
            return
        with _connected(self.address, wanted or cores(), self.gpus) as ray:
            room = Room(cpus=1.0, gpus=self.gpus)
            workers = max(1, min(wanted or room.places(ray.nodes()), len(numbers)))
            pool = Pool(ray, job, parts, room, deque(numbers), workers, tell)
            try:
                yield Crew(workers, pool.results())
            finally:
                pool.end()


def _import_ray() -> Any:
    """The package, which sends nothing about its use to its makers."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray's own change of what it does with CUDA_VISIBLE_DEVICES is nothing that a user could act on
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingExtraError("ray", "ray", "--engine ray") from error
    return ray


@contextmanager
def _connected(address: str | None, cpus: int, gpus: float) -> Iterator[Any]:
    """Ray, connected to a cluster; one that this process is connected to already is taken and left as it is."""
    ray = _import_ray()
    if ray.is_initialized():
        yield ray
        return
    logging.getLogger("ray").setLevel(logging.ERROR)
    quiet = {"log_to_driver": False, "configure_logging": False}
    try:
        if address is None:
            own: dict[str, Any] = {"num_cpus": cpus, "object_store_memory": OBJECT_STORE, "include_dashboard": False}
            ray.init(address="local", **own, **quiet, **({} if gpus else {"num_gpus": 0}))
        else:
            _knock(address)
            ray.init(address=address, **quiet)
    except (OSError, RuntimeError, ValueError) as error:
        raise RunError(_no_cluster(address, error)) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Raises OSError when nobody listens at HOST:PORT: Ray itself would try for minutes."""
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACHED).close()


def _no_cluster(address: str | None, error: Exception) -> str:
    reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
    if address is None:
        return f"Ray cannot be started on this machine: {reason}"
    return (
        f"there is no Ray cluster at {address} that can be worked with ({reason}); start one with `ray start --head`, or "
        "say --engine ray, which starts and ends its own"
    )
