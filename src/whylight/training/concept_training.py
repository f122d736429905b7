"""The training of a head of concepts: with all weights, then with the few that each label keeps; the network below is still.

The temperature at which maxima are drawn falls from 1 to 0.1 over the first stage and stays there.
"""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from safetensors.torch import load_file
from safetensors.torch import save as serialised
from torch import Tensor

from whylight.nets.concepts import ConceptHead
from whylight.training.concept_fit import STAGES, Fit, Side, importance, losses_of, measured, state_of
from whylight.training.data import Labelled
from whylight.training.hyperparameters import Hyperparameters
from whylight.training.loop import Session
from whylight.training.objective import Ask, Batch, Objective, Row
from whylight.training.plan import Plan
from whylight.training.session import Setup, Sides, Training
from whylight.training.stage import Stage
from whylight.training.world import World
from whylight.types import Scores
from whylight.whole import written_whole

WARMEST, COLDEST = 1.0, 0.1


@dataclass(frozen=True, eq=False)
class Fitting(Objective):
    """``training``, ``validation``: the grids of the pictures on each side. ``sparse``: whether a label has few weights."""

    looks: ClassVar[bool] = False

    head: ConceptHead
    fit: Fit
    training: Side
    validation: Side | None
    world: World
    sparse: bool

    def begin(self) -> None:
        """Training mode; a head that is to be sparse and is not yet loses all weights but those that matter most."""
        if self.sparse and self.fit.keep is not None and bool(self.head.kept.all()):
            self.head.prune(self.fit.keep, importance(self.head, self.training))
        self.head.train()
        self.head.drawing = self.fit.drawing

    def losses(self, ask: Ask, batch: Batch) -> Scores:
        """That of each picture's grid."""
        self.head.temperature = COLDEST if self.sparse else WARMEST * (COLDEST / WARMEST) ** batch.progress
        return losses_of(ask(self.training.grids(batch.places)).float(), batch.targets, self.head.recipe)

    def penalty(self) -> Tensor | None:
        """Of the sum of a label's weights."""
        if self.fit.penalty == 0:
            return None
        return self.fit.penalty * self.head.weights().abs().sum(dim=1).mean()

    def stepped(self) -> None:
        """No weight stays below 0 that may not."""
        self.head.project()

    def measure(self, validation: Labelled) -> Row:  # noqa: ARG002 - their grids are looked at
        """Loss and accuracy, and what can be said of the head itself."""
        assert self.validation is not None
        return measured(self.head, self.validation, self.world) | state_of(self.head)

    def glance(self, training: Labelled) -> Row:  # noqa: ARG002 - the head alone is looked at
        """What can be said of the head itself."""
        return dict(state_of(self.head))


class ConceptTraining(Training):
    """A head on the grids of a network. ``sides``: the pictures; ``training``, ``validation``: their grids."""

    def __init__(
        self, setup: Setup, plan: Plan, fit: Fit, head: ConceptHead, sides: Sides, grids: tuple[Side, Side | None]
    ) -> None:
        self.setup, self.plan, self.fit, self.head = setup, plan, fit, head
        self.sides, self.grids = sides, grids

    @property
    def stages(self) -> tuple[Stage, ...]:
        """With all weights, and with few."""
        return self.fit.stages

    @property
    def parameters(self) -> int:
        """Of the head."""
        return sum(each.numel() for each in self.head.parameters())

    def session(self, number: int) -> Session:
        """The session of a stage."""
        stage, world = self.stages[number], self.setup.world
        return Session(
            plan=self.plan,
            stage=stage,
            objective=Fitting(self.head, self.fit, *self.grids, world, sparse=stage.name == STAGES[1]),
            parallel=world.wrapped(self.head, self.setup.device),
            kept=self.head,
            optimiser=optimiser_of(self.head, self.fit),
            training=self.sides.training,
            validation=self.sides.validation,
            world=world,
            device=self.setup.device,
        )

    def write_model(self, path: Path) -> None:
        """The head, with few weights even where no stage is there to train them."""
        head = self.head
        if self.fit.keep is not None and len(self.stages) == 1:
            head = deepcopy(head)
            head.prune(self.fit.keep, importance(head, self.grids[0]))
        tensors = {name: each.detach().cpu().clone().contiguous() for name, each in head.state_dict().items()}
        with written_whole(path) as file:
            file.write(serialised(tensors))


def take_up(head: ConceptHead, path: Path) -> None:
    """Brings a head to what ``write_model`` wrote."""
    head.load_state_dict(load_file(path))
    head.eval()


def plan_of(fit: Fit, data: str, size: tuple[int, int], channels: int, validation: float) -> Plan:
    """What the common loop needs to know of a fit."""
    given = Hyperparameters(
        epochs=fit.epochs,
        batch=fit.batch,
        optimiser="adam",
        rate=fit.rate,
        schedule="cosine",
        weight_decay=fit.decay,
        augmentation="none",
        patience=fit.patience,
    )
    return Plan(data, "infodisent", given, size, channels, validation=validation, seed=fit.seed)


def optimiser_of(head: ConceptHead, fit: Fit) -> torch.optim.Optimizer:
    """The basis has a rate and a decay of its own."""
    turn = [] if head.basis.turn is None else [head.basis.turn]
    others = [head.weight, *([] if head.bias is None else [head.bias])]
    groups = [
        {"params": others, "weight_decay": 0.0, "share": 1.0},
        {"params": turn, "weight_decay": fit.decay, "share": fit.basis_rate / fit.rate},
    ]
    return torch.optim.Adam([group for group in groups if group["params"]], lr=fit.rate)
