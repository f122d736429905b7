"""What a training works with, made ready: the pictures cut in two, the network, its optimiser."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from whylight.classifiers import checkpoint, networks
from whylight.errors import DataError
from whylight.training.loop import Session
from whylight.training.losses import head_of
from whylight.training.prepare import Prepared
from whylight.training.schedule import optimiser_for
from whylight.training.split import split
from whylight.training.standardised import Standardised, statistics_of
from whylight.training.start import first_network, statistics_in
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


def begin(setup: Setup, prepared: Prepared) -> Session:
    """The session as a training begins; raises DataError for too few pictures, ModelError for a network that cannot be."""
    plan, pictures, world = prepared.plan, prepared.pictures, setup.world
    training, validation = pictures, None
    if plan.validation > 0:
        chosen = split(pictures.labels, pictures.keys, plan.validation, plan.seed)
        training, validation = (pictures.take(places) for places in chosen)
    _check_enough(len(training), plan.hyperparameters.batch, max(2, world.size))
    network = first_network(plan, prepared.model, pictures.classes)
    whole = Standardised(network, statistics_in(prepared.model) or statistics_of(training, plan.seed)).to(setup.device)
    whole.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own signature lacks it
    margin = plan.hyperparameters.loss == "l2_svm"
    head = head_of(network, len(pictures.classes))[1] if margin or plan.frozen else None
    return Session(
        plan=plan,
        network=whole,
        parallel=world.wrapped(whole, setup.device),
        head=head,
        optimiser=optimiser_for(
            network, plan.hyperparameters, [head.get_parameter("weight")] if head is not None and margin else []
        ),
        training=training,
        validation=validation,
        world=world,
        device=setup.device,
        workers=setup.workers,
    )


def _check_enough(pictures: int, batch: int, least: int) -> None:
    if min(pictures, batch) < least:
        raise DataError(
            f"a step needs at least {least} pictures, and one for each process; there are {pictures} to train with, in "
            f"batches of {batch}; add pictures, or give a larger --batch-size"
        )


def write_model(path: Path, session: Session, prepared: Prepared) -> None:
    """The network as it is now, as a checkpoint that ``file:PATH`` loads."""
    resizing, network = prepared.resizing, session.network.network
    mean, deviation = session.network.statistics
    recipe = checkpoint.Recipe(
        network=session.plan.network,
        labels=prepared.pictures.classes,
        size=resizing.size,
        shorter=resizing.shorter,
        interpolation=resizing.interpolation,
        mean=mean,
        std=deviation,
        layer=networks.layer_of(network),
    )
    checkpoint.save(path, network, recipe)
