"""What a head of concepts is fitted with, and to: a frozen network's grids; all weights first, then few of them.

concepts    cross-entropy, or a sigmoid for each label; maxima are drawn at a temperature that falls from 1 to 0.1
sparse      each label keeps the few weights that matter most, which are trained on

Struski, Rymarczyk and Tabor, 2024, arXiv:2409.10329; few weights a label after arXiv:2507.19321.
"""

import math
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from whylight.errors import SpecError
from whylight.nets.concept_pooling import Drawing
from whylight.nets.concepts import ConceptHead, Recipe
from whylight.training.concept_features import Grids
from whylight.training.stage import Stage
from whylight.training.world import World
from whylight.types import Logits, Scores, Targets

STAGES = ("concepts", "sparse")
SCORED = 512


@dataclass(frozen=True)
class Fit:
    """How a head is fitted.

    ``recipe``: how it is built. ``epochs``, ``batch``. ``rate``: of the weights; ``basis_rate``, ``decay``: of the basis.
    ``drawing``: how maxima are taken. ``keep``: how many concepts a label keeps in the end, None for all;
    ``sparse_epochs``: after that. ``penalty``: of the sum of a label's weights, which lets them go to 0.
    ``patience``: epochs without a better validation that end a stage; None for never.
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
    patience: int | None = None

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
    def stages(self) -> tuple[Stage, ...]:
        """All weights, and then the few that are kept, where there are epochs for them."""
        whole, sparse = (
            Stage(epochs, self.rate, name) for epochs, name in zip((self.epochs, self.sparse_epochs), STAGES)
        )
        return (whole,) if self.keep is None or not sparse.epochs else (whole, sparse)

    @property
    def whole(self) -> int:
        """The epochs of all stages."""
        return sum(stage.epochs for stage in self.stages)


@dataclass(frozen=True, eq=False)
class Side:
    """Grids with their labels."""

    grids: Grids
    labels: Targets

    def __len__(self) -> int:
        return len(self.labels)


def measured(head: ConceptHead, side: Side, world: World | None = None) -> dict[str, float]:
    """Loss and accuracy of hard maxima, each process on its own share of the pictures."""
    world = world or World()
    places = world.share(torch.arange(len(side)))
    own = Side(lambda chosen: side.grids(places[chosen]), side.labels[places])
    scores = logits_of(head, own)
    right = (scores.argmax(dim=1) == own.labels).double().sum()
    sums = torch.stack([losses_of(scores, own.labels, head.recipe).double().sum(), right])
    loss, accuracy = (world.total(sums) / len(side)).tolist()
    return {"validation_loss": loss, "validation_accuracy": accuracy}


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


def losses_of(scores: Logits, targets: Targets, recipe: Recipe) -> Scores:
    """What is made small, of each picture."""
    if recipe.answers == "softmax":
        return functional.cross_entropy(scores, targets, reduction="none")
    wanted = functional.one_hot(targets, scores.shape[1]).to(scores)
    return functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none").sum(dim=1)
