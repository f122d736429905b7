"""A training, made ready: the pictures cut in two, what is trained, its stages, and how it is kept."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from whylight.errors import DataError
from whylight.tensors import generator
from whylight.training.batches import SHUFFLE
from whylight.training.data import Labelled
from whylight.training.loop import Session
from whylight.training.prepare import Prepared
from whylight.training.split import split
from whylight.training.stage import Stage
from whylight.training.world import World

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""


@dataclass(frozen=True)
class Setup:
    """How a training is carried out here, which changes its weights by rounding at most.

    ``save_every``: seconds between two states on the disk. ``workers``: processes that read pictures. ``progress``,
    ``epoch``: told after each step and, with its row of the curve, after each epoch. ``stops``: asked after each step
    whether to stop.
    """

    folder: Path
    device: torch.device
    world: World = field(default_factory=World)
    save_every: float = 60.0
    workers: int = 0
    progress: Progress = lambda _done, _all: None
    epoch: Callable[[dict[str, Any]], None] = lambda _row: None
    stops: Callable[[], bool] = lambda: False


@dataclass(frozen=True, eq=False)
class Sides:
    """The pictures to train with, and those that watch; None without."""

    training: Labelled
    validation: Labelled | None


class Training(ABC):
    """What is trained: its stages one after another, and how what came of it is kept."""

    sides: Sides

    @property
    @abstractmethod
    def stages(self) -> tuple[Stage, ...]:
        """At least one."""

    @property
    @abstractmethod
    def parameters(self) -> int:
        """How many numbers are trained, or kept with them."""

    @abstractmethod
    def session(self, number: int) -> Session:
        """The session of a stage, with weights as they are now and an optimiser that remembers nothing."""

    @abstractmethod
    def write_model(self, path: Path) -> None:
        """Writes what is trained, as it is now, as a checkpoint that ``file:PATH`` loads."""


def sides_of(prepared: Prepared, world: World) -> Sides:
    """The pictures cut in two; the labels of those to train with are exchanged where the plan says so. Raises DataError for
    too few."""
    plan, pictures = prepared.plan, prepared.pictures
    training, validation = pictures, None
    if plan.validation > 0:
        chosen = split(pictures.labels, pictures.keys, plan.validation, plan.seed)
        training, validation = (pictures.take(places) for places in chosen)
    _check_enough(len(training), plan.hyperparameters.batch, max(2, world.size))
    if plan.shuffle_labels:
        order = torch.randperm(len(training), generator=generator(plan.seed, SHUFFLE))
        training = replace(training, labels=training.labels[order])
    return Sides(training, validation)


def _check_enough(pictures: int, batch: int, least: int) -> None:
    if min(pictures, batch) < least:
        raise DataError(
            f"a step needs at least {least} pictures, and one for each process; there are {pictures} to train with, in "
            f"batches of {batch}; add pictures, or give a larger --batch-size"
        )
