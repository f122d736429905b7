"""What a training makes small, and what watches it: all that the loop does not know of the network that it trains."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Int
from torch import Tensor

from whylight.training.data import Labelled
from whylight.types import Images, Scores, Targets

Ask = Callable[..., Any]
"""Passes pictures through what is trained, in the precision of the plan and with all processes together."""

Row = dict[str, Any]
"""What is noted of an epoch."""


@dataclass(frozen=True, eq=False)
class Batch:
    """A process's share of the pictures of a step. ``seeds``: one number a picture, for what is drawn for it. ``places``:
    where the pictures are among those to train with. ``progress``: the share of the stage that is done."""

    images: Images
    targets: Targets
    seeds: Int[Tensor, " batch"]
    places: Int[Tensor, " batch"] = field(default_factory=lambda: torch.empty(0, dtype=torch.long))
    progress: float = 0.0


class Objective(ABC):
    """One stage's aim and its measures. ``looks``: whether it is given pictures; without, a batch's ``images`` are none."""

    looks: ClassVar[bool] = True

    @abstractmethod
    def begin(self) -> None:
        """Training mode, for all parts that learn."""

    @abstractmethod
    def losses(self, ask: Ask, batch: Batch) -> Scores:
        """What is made small, of each picture."""

    def penalty(self) -> Tensor | None:
        """What depends on the weights alone; None for nothing."""
        return None

    def stepped(self) -> None:  # noqa: B027 - most do nothing
        """Brings the weights back to where they may be, behind each step."""

    @abstractmethod
    def measure(self, validation: Labelled) -> Row:
        """What pictures that are not trained on say of the network as it is."""

    def glance(self, training: Labelled) -> Row:  # noqa: ARG002 - for others
        """The same where there are no such pictures: what may be said with those that are trained on."""
        return {}

    def goodness(self, row: Row) -> tuple[float, ...]:
        """What is larger for a better epoch: the accuracy, and the loss where two are level."""
        return row["validation_accuracy"], -row["validation_loss"]
