"""What a classifier learns from what people marked: by which loss, how strongly, and from which marks."""

import math
from dataclasses import dataclass

from whylight.errors import SpecError
from whylight.training.hyperparameters import Hyperparameters
from whylight.training.right_reasons import LOSSES, LossName

DEFAULTS = Hyperparameters(
    epochs=5, batch=64, optimiser="adamw", rate=1e-4, schedule="cosine", weight_decay=0.01, augmentation="none"
)
"""Weights that are learnt already are moved a little."""
REPLAYED = 5_000
"""So many pictures of the training are shown again, that what was learnt from them is kept."""


@dataclass(frozen=True)
class Correction:
    """``loss``: one of ``right_reasons``. ``weight``: how many nats its penalty is at the start, a mean over the
    corrections; of ``counter_examples`` how often its cross-entropy counts. ``at_once``: corrected pictures of a step,
    beside the batch. ``spread``: whether marks hold at the same place in the replayed pictures too. ``check``: the data
    on which the accuracy has to hold; None takes the validation's share. ``corrected``: how many pictures are learned
    from, and ``marks``: a hash of all of them."""

    loss: LossName = "rrr"
    weight: float = 1.0
    at_once: int = 32
    spread: bool = False
    check: str | None = None
    corrected: int = 0
    marks: str = ""

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise SpecError(f"there is no loss {self.loss!r} on explanations; there are {', '.join(LOSSES)}")
        if not (math.isfinite(self.weight) and self.weight >= 0):
            raise SpecError(f"the weight of {self.loss} must be 0 or above; got {self.weight}")
        if self.at_once < 1:
            raise SpecError(f"at least 1 corrected picture has to stand beside each batch; got {self.at_once}")
