"""The training loop: steps, epochs, and what is told after each of them."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat

import torch
from torch import Tensor, nn

from whylight.errors import RunError
from whylight.tensors import generator
from whylight.training.augmentation import augmented, draw
from whylight.training.batches import (
    AUGMENTATION,
    DEGRADATION,
    DROPOUT,
    Eight,
    batches_from,
    order_of,
    read,
    seed_for,
    seeds_for,
    steps_in,
)
from whylight.training.data import Labelled, in_display_space
from whylight.training.objective import Batch, Objective
from whylight.training.plan import Plan
from whylight.training.schedule import rate_share, set_rate
from whylight.training.stage import Stage
from whylight.training.state import Position
from whylight.training.world import World
from whylight.types import Images

NONE = torch.empty(0, 0, 0, 0, dtype=torch.uint8)
"""The pictures of an objective that looks at none."""


@dataclass(frozen=True, eq=False)
class Session:
    """What a stage of a training works with.

    ``objective``: what is made small. ``parallel``: what is trained, for all processes together. ``kept``: the weights and
    buffers that change. ``training``, ``validation``: the pictures, None without validation.
    """

    plan: Plan
    stage: Stage
    objective: Objective
    parallel: nn.Module
    kept: nn.Module
    optimiser: torch.optim.Optimizer
    training: Labelled
    validation: Labelled | None
    world: World
    device: torch.device
    workers: int = 0

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return steps_in(len(self.training), self.plan.hyperparameters.batch)

    def progress(self, position: Position) -> float:
        """The share of the stage that is done."""
        return (position.epoch - position.began + position.step / self.steps) / self.stage.epochs

    def rate(self, position: Position) -> float:
        """The rate of the step that comes next."""
        return self.stage.rate * rate_share(self.plan.hyperparameters.schedule, self.progress(position))


@dataclass(frozen=True)
class Watch:
    """Who is told. ``step``: after each step, with the loss of its batch. ``epoch``: after each epoch. ``stops``: whether
    to stop behind this step."""

    step: Callable[[float], None]
    epoch: Callable[[], None]
    stops: Callable[[], bool]


def train(session: Session, position: Position, watch: Watch) -> bool:
    """Trains from ``position``, which moves along, to the end of the stage; returns False when it was stopped before.

    Raises RunError when the loss is no number any more.
    """
    while position.epoch - position.began < session.stage.epochs and not position.ended:
        if not _train_epoch(session, position, watch):
            return False
        _finish_epoch(session, position)
        watch.epoch()
    return True


def _train_epoch(session: Session, position: Position, watch: Watch) -> bool:
    """The rest of an epoch; False when it was stopped within."""
    session.parallel.train()
    session.objective.begin()
    plan = session.plan
    order = order_of(len(session.training), plan.seed, position.epoch)
    chosen = batches_from(order, plan.hyperparameters.batch, position.step)
    shares = [session.world.share(places) for places in chosen]
    pictures_of_steps = read(session.training, shares, session.workers) if session.objective.looks else repeat(NONE)
    for places, pictures in zip(chosen, pictures_of_steps):
        began = time.monotonic()
        own = _step(session, position, places, pictures)
        loss, stopped = session.world.total(torch.tensor([own, watch.stops()], dtype=torch.float64)).tolist()
        if not math.isfinite(loss):
            raise RunError(
                f"the loss became {loss} in epoch {position.epoch + 1}, step {position.step + 1}; start again in another "
                "folder with a smaller --rate"
            )
        position.step += 1
        position.loss += loss
        position.seconds += time.monotonic() - began
        watch.step(loss)
        if stopped:
            return False
    return True


def _step(session: Session, position: Position, places: Tensor, pictures: Eight) -> float:
    """One step on a batch; returns this process's part of the batch's mean loss."""
    world = session.world
    torch.manual_seed(seed_for(session.plan.seed, DROPOUT, position.epoch, position.step, world.rank))
    batch = _batch(session, position, places, pictures)
    set_rate(session.optimiser, session.rate(position))
    own = session.objective.losses(lambda *images: _asked(session, *images), batch).sum() / len(places)
    penalty = session.objective.penalty()
    if penalty is None:
        penalty = torch.zeros((), device=session.device)
    session.optimiser.zero_grad()
    (own * world.size + penalty).backward()  # gradients are averaged over the processes
    session.optimiser.step()
    session.objective.stepped()
    return (own.detach() + penalty.detach() / world.size).item()


def _batch(session: Session, position: Position, places: Tensor, pictures: Eight) -> Batch:
    """The share of a batch that is this process's, drawn from (seed, epoch, step) alone."""
    plan, world, at = session.plan, session.world, (position.epoch, position.step)
    own = world.share(places)
    images: Images = torch.empty(len(own), 0, 0, 0)
    if session.objective.looks:
        drawn = world.share(draw(len(places), generator(plan.seed, AUGMENTATION, *at)))
        images = augmented(in_display_space(pictures.to(session.device)), plan.hyperparameters.augmentation, drawn)
    return Batch(
        images=images,
        targets=session.training.labels[own].to(session.device),
        seeds=world.share(seeds_for(len(places), plan.seed, DEGRADATION, *at)),
        places=own,
        progress=session.progress(position),
    )


def _asked(session: Session, *images: Tensor) -> object:
    """What is trained, asked in the plan's precision."""
    laid = [each.contiguous(memory_format=torch.channels_last) for each in images]
    with torch.autocast(session.device.type, torch.bfloat16, enabled=session.plan.precision == "bfloat16"):
        return session.parallel(*laid)


def _finish_epoch(session: Session, position: Position) -> None:
    """Validates, and moves ``position`` to the next epoch."""
    given, objective = session.plan.hyperparameters, session.objective
    named = {} if session.stage.name is None else {"stage": session.stage.name}
    row = {"epoch": position.epoch + 1, **named, "loss": position.loss / session.steps, "rate": session.rate(position)}
    if session.validation is None:
        row |= objective.glance(session.training)
    else:
        row |= objective.measure(session.validation)
    position.curve.append(row | {"seconds": round(position.seconds, 3)})
    best = None if position.best is None else position.curve[position.best]
    if best is None or session.validation is None or objective.goodness(row) > objective.goodness(best):
        position.best = len(position.curve) - 1
    position.epoch, position.step, position.loss, position.seconds = position.epoch + 1, 0, 0.0, 0.0
    since = len(position.curve) - 1 - (position.best or 0)
    position.ended = given.patience is not None and since >= given.patience
