"""The objective of a classifier: its loss on labelled pictures, and its accuracy on those that it was not trained on."""

from dataclasses import dataclass

from torch import Tensor, nn

from whylight.training.data import Labelled
from whylight.training.losses import losses, margin_penalty
from whylight.training.objective import Ask, Batch, Objective, Row
from whylight.training.plan import Plan
from whylight.training.scoring import score
from whylight.training.standardised import Standardised
from whylight.training.world import World
from whylight.types import Scores


@dataclass(frozen=True, eq=False)
class Classification(Objective):
    """``network``: takes pictures in [0, 1]. ``head``: its last layer, None where nothing needs it. ``pictures``: how many
    there are to train with."""

    plan: Plan
    network: Standardised
    head: nn.Module | None
    pictures: int
    world: World
    workers: int

    def begin(self) -> None:
        """Training mode, in which what is frozen keeps its means and deviations."""
        self.network.train()
        if self.plan.frozen and self.head is not None:
            self.network.eval()
            self.head.train()

    def losses(self, ask: Ask, batch: Batch) -> Scores:
        """The plan's loss of each picture."""
        return losses(ask(batch.images).float(), batch.targets, self.plan.hyperparameters)

    def penalty(self) -> Tensor | None:
        """That of a margin."""
        if self.head is None:
            return None
        return margin_penalty(self.head, self.plan.hyperparameters, self.pictures)

    def measure(self, validation: Labelled) -> Row:
        """Loss and accuracy."""
        scored = score(self.network, validation, self.plan.hyperparameters, self.world, self.workers)
        return {"validation_loss": scored.loss, "validation_accuracy": scored.accuracy}
