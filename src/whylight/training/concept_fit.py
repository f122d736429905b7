"""Fitting a head of concepts to a frozen network's grids: all weights, then few of them.

concepts    cross-entropy, or a sigmoid for each label; maxima are drawn at a temperature that falls from 1 to 0.1
sparse      each label keeps the few weights that matter most, which are trained on

Struski, Rymarczyk and Tabor, 2024, arXiv:2409.10329; few weights a label after arXiv:2507.19321.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from whylight.errors import RunError, SpecError
from whylight.nets.concept_pooling import Drawing
from whylight.nets.concepts import ConceptHead, Recipe
from whylight.training import state
from whylight.training.batches import DROPOUT, batches_from, order_of, seed_for, steps_in
from whylight.training.concept_features import Grids
from whylight.training.state import Position
from whylight.types import Targets

STAGES = ("concepts", "sparse")
WARMEST, COLDEST = 1.0, 0.1
SCORED = 512


@dataclass(frozen=True)
class Fit:
    """How a head is fitted.

    ``recipe``: how it is built. ``epochs``, ``batch``. ``rate``: of the weights; ``basis_rate``, ``decay``: of the basis.
    ``drawing``: how maxima are taken. ``keep``: how many concepts a label keeps in the end, None for all;
    ``sparse_epochs``: after that. ``penalty``: of the sum of a label's weights, which lets them go to 0.
    """

    recipe: Recipe = field(default_factory=Recipe)
    epochs: int = 12
    batch: int = 256
    rate: float = 1e-2
    basis_rate: float = 1e-3
    decay: float = 1e-5
    drawing: Drawing = "gumbel"
    keep: int | None = 5
    sparse_epochs: int = 6
    penalty: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "rate", "basis_rate"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise SpecError(f"{name} must be above 0; got {getattr(self, name)}")
        for name in ("decay", "penalty", "sparse_epochs"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise SpecError(f"{name} must be 0 or above; got {getattr(self, name)}")
        if self.keep is not None and self.keep < 1:
            raise SpecError(f"keep must be at least 1; got {self.keep}")

    @property
    def stages(self) -> tuple[int, int]:
        """The epochs of each stage."""
        return (self.epochs, 0 if self.keep is None else self.sparse_epochs)

    def stage(self, epoch: int) -> int:
        """The stage of an epoch."""
        return int(epoch >= self.epochs)

    def to_plain(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Side:
    """Grids with their labels."""

    grids: Grids
    labels: Targets

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Watch:
    """Who is told. ``step``: (steps done, steps in all). ``epoch``: each row of the curve. ``stops``: asked after it."""

    step: Callable[[int, int], None] = lambda _done, _whole: None
    epoch: Callable[[dict[str, Any]], None] = lambda _row: None
    stops: Callable[[], bool] = lambda: False


def fit_head(
    head: ConceptHead,
    fit: Fit,
    training: Side,
    validation: Side | None,
    place: Path | None = None,
    watch: Watch | None = None,
) -> Position | None:
    """Trains ``head`` to the end of all stages, and goes on from the state at ``place`` where there is one; None when it was
    stopped before.

    Raises RunError when the loss is no number any more.
    """
    told = watch or Watch()
    optimiser, position = _optimiser(head, fit), Position()
    if place is not None and place.exists():
        position = state.read(place, head, optimiser)
    steps = steps_in(len(training), fit.batch)
    while position.epoch < sum(fit.stages):
        if position.epoch == fit.epochs and fit.keep is not None:
            head.prune(fit.keep, importance(head, training))
            optimiser = _optimiser(head, fit)
        _epoch(head, optimiser, fit, training, position, lambda done: told.step(done, sum(fit.stages) * steps))
        row = {"epoch": position.epoch + 1, "stage": STAGES[fit.stage(position.epoch)], "loss": position.loss / steps}
        row |= {} if validation is None else measured(head, validation)
        position.curve.append(row | state_of(head) | {"seconds": round(position.seconds, 3)})
        position.epoch, position.loss, position.seconds = position.epoch + 1, 0.0, 0.0
        if place is not None:
            state.write(place, head, optimiser, position)
        told.epoch(position.curve[-1])
        if told.stops() and position.epoch < sum(fit.stages):
            return None
    if fit.keep is not None and fit.sparse_epochs == 0:
        head.prune(fit.keep, importance(head, training))
    head.eval()
    return position


def measured(head: ConceptHead, side: Side) -> dict[str, float]:
    """Loss and accuracy of hard maxima."""
    scores = logits_of(head, side)
    loss = _losses(scores, side.labels, head.recipe).mean().item()
    return {
        "validation_loss": loss,
        "validation_accuracy": (scores.argmax(dim=1) == side.labels).float().mean().item(),
    }


def logits_of(head: ConceptHead, side: Side) -> Float[Tensor, "picture label"]:
    """What a head answers, in evaluation mode."""
    return head.weigh(values_of(head, side)).float().cpu()


def values_of(head: ConceptHead, side: Side) -> Float[Tensor, "picture concept"]:
    """The numbers of each concept for all pictures, in evaluation mode."""
    head.eval()
    with torch.no_grad():
        return torch.cat([head.values(side.grids(places)) for places in torch.arange(len(side)).split(SCORED)])


def importance(head: ConceptHead, side: Side) -> Float[Tensor, " concept"]:
    """The mean of |v| of each concept."""
    return values_of(head, side).abs().mean(dim=0)


def state_of(head: ConceptHead) -> dict[str, float]:
    """What can be said of a head without pictures."""
    return {"orthogonality": head.basis.error(), "zero_weights": (head.weights() == 0).float().mean().item()}


def _epoch(
    head: ConceptHead,
    optimiser: torch.optim.Optimizer,
    fit: Fit,
    training: Side,
    position: Position,
    tell: Callable[[int], None],
) -> None:
    head.train()
    began, stage = time.monotonic(), fit.stage(position.epoch)
    steps = steps_in(len(training), fit.batch)
    order = order_of(len(training), fit.seed, position.epoch)
    for step, places in enumerate(batches_from(order, fit.batch, 0)):
        progress = (position.epoch - stage * fit.epochs + step / steps) / fit.stages[stage]
        head.drawing = fit.drawing
        head.temperature = COLDEST if stage else WARMEST * (COLDEST / WARMEST) ** progress
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * (1 + math.cos(math.pi * progress)) / 2
        torch.manual_seed(seed_for(fit.seed, DROPOUT, position.epoch, step))
        grids = training.grids(places)
        loss = _losses(head(grids), training.labels[places].to(grids.device), head.recipe).mean()
        loss = loss + fit.penalty * head.weights().abs().sum(dim=1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        head.project()
        position.loss += loss.item()
        if not math.isfinite(position.loss):
            raise RunError(
                f"the loss became no number in epoch {position.epoch + 1}; start again with a smaller --rate"
            )
        tell(position.epoch * steps + step + 1)
    position.seconds = time.monotonic() - began


def _losses(scores: Tensor, targets: Targets, recipe: Recipe) -> Float[Tensor, " batch"]:
    if recipe.answers == "softmax":
        return functional.cross_entropy(scores, targets, reduction="none")
    wanted = functional.one_hot(targets, scores.shape[1]).to(scores)
    return functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none").sum(dim=1)


def _optimiser(head: ConceptHead, fit: Fit) -> torch.optim.Optimizer:
    turn = [] if head.basis.turn is None else [head.basis.turn]
    others = [head.weight, *([] if head.bias is None else [head.bias])]
    groups = [
        {"params": others, "lr": fit.rate, "peak": fit.rate, "weight_decay": 0.0},
        {"params": turn, "lr": fit.basis_rate, "peak": fit.basis_rate, "weight_decay": fit.decay},
    ]
    return torch.optim.Adam([group for group in groups if group["params"]])
