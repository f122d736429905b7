"""The training loop: steps, epochs, and what is told after each of them."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from whylight.errors import RunError
from whylight.tensors import generator
from whylight.training.augmentation import augmented, draw
from whylight.training.batches import AUGMENTATION, DROPOUT, Eight, batches_from, order_of, read, seed_for, steps_in
from whylight.training.data import Labelled, in_display_space
from whylight.training.losses import losses, margin_penalty
from whylight.training.plan import Plan
from whylight.training.schedule import rate_share, set_rate
from whylight.training.scoring import score
from whylight.training.standardised import Standardised
from whylight.training.state import Position
from whylight.training.world import World


@dataclass(frozen=True, eq=False)
class Session:
    """What a training works with.

    ``network``: takes pictures in [0, 1]. ``parallel``: the same for all processes together. ``head``: its last layer, None
    where nothing needs it. ``training``, ``validation``: the pictures, None without validation.
    """

    plan: Plan
    network: Standardised
    parallel: nn.Module
    head: nn.Module | None
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

    def rate(self, position: Position) -> float:
        """The rate of the step that comes next."""
        given = self.plan.hyperparameters
        progress = (position.epoch + position.step / self.steps) / given.epochs
        return given.rate * rate_share(given.schedule, progress)

    def begin_training(self) -> None:
        """Training mode, in which what is frozen keeps its means and deviations."""
        self.parallel.train()
        if self.plan.frozen and self.head is not None:
            self.network.eval()
            self.head.train()


@dataclass(frozen=True)
class Watch:
    """Who is told. ``step``: after each step, with the loss of its batch. ``epoch``: after each epoch. ``stops``: whether
    to stop behind this step."""

    step: Callable[[float], None]
    epoch: Callable[[], None]
    stops: Callable[[], bool]


def train(session: Session, position: Position, watch: Watch) -> bool:
    """Trains from ``position``, which moves along, to the end; returns False when it was stopped before.

    Raises RunError when the loss is no number any more.
    """
    while position.epoch < session.plan.hyperparameters.epochs and not position.ended:
        if not _train_epoch(session, position, watch):
            return False
        _finish_epoch(session, position)
        watch.epoch()
    return True


def _train_epoch(session: Session, position: Position, watch: Watch) -> bool:
    """The rest of an epoch; False when it was stopped within."""
    session.begin_training()
    plan = session.plan
    order = order_of(len(session.training), plan.seed, position.epoch)
    chosen = batches_from(order, plan.hyperparameters.batch, position.step)
    shares = [session.world.share(places) for places in chosen]
    for places, pictures in zip(chosen, read(session.training, shares, session.workers)):
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
    plan, given, world = session.plan, session.plan.hyperparameters, session.world
    at = (position.epoch, position.step)
    torch.manual_seed(seed_for(plan.seed, DROPOUT, *at, world.rank))
    drawn = draw(len(places), generator(plan.seed, AUGMENTATION, *at))
    images = augmented(in_display_space(pictures.to(session.device)), given.augmentation, world.share(drawn))
    targets = session.training.labels[world.share(places)].to(session.device)
    set_rate(session.optimiser, session.rate(position))
    with torch.autocast(session.device.type, torch.bfloat16, enabled=plan.precision == "bfloat16"):
        logits = session.parallel(images.contiguous(memory_format=torch.channels_last))
    own = losses(logits.float(), targets, given).sum() / len(places)
    penalty = _penalty(session)
    session.optimiser.zero_grad()
    (own * world.size + penalty).backward()  # gradients are averaged over the processes
    session.optimiser.step()
    return (own.detach() + penalty.detach() / world.size).item()


def _penalty(session: Session) -> Tensor:
    nothing = torch.zeros((), device=session.device)
    if session.head is None:
        return nothing
    penalty = margin_penalty(session.head, session.plan.hyperparameters, len(session.training))
    return nothing if penalty is None else penalty


def _finish_epoch(session: Session, position: Position) -> None:
    """Validates, and moves ``position`` to the next epoch."""
    given = session.plan.hyperparameters
    row = {"epoch": position.epoch + 1, "loss": position.loss / session.steps, "rate": session.rate(position)}
    if session.validation is not None:
        scored = score(session.network, session.validation, given, session.world, session.workers)
        row |= {"validation_loss": scored.loss, "validation_accuracy": scored.accuracy}
    position.curve.append(row | {"seconds": round(position.seconds, 3)})
    if position.best is None or session.validation is None or goodness(row) > goodness(position.curve[position.best]):
        position.best = len(position.curve) - 1
    position.epoch, position.step, position.loss, position.seconds = position.epoch + 1, 0, 0.0, 0.0
    since = len(position.curve) - 1 - position.best
    position.ended = given.patience is not None and since >= given.patience


def goodness(row: dict[str, Any]) -> tuple[float, float]:
    """The accuracy, and the loss where two are level."""
    return row["validation_accuracy"], -row["validation_loss"]
