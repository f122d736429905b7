"""How a network is trained: epochs, batch, optimiser, rate and the rest, with defaults for each network.

The defaults of ``small_cnn`` and ``deeper_cnn`` are those that they were published with, and ``strided_cnn`` has the same.
The others rise to a peak rate and fall to nothing (``one_cycle``), which gives most of the accuracy of long schedules in a
fraction of their epochs (Smith and Topin, 2017, arXiv:1708.07120).
"""

import math
from dataclasses import dataclass, fields
from typing import Any, Literal

from whylight.errors import SpecError

Optimiser = Literal["adam", "adamw", "sgd"]
Schedule = Literal["constant", "cosine", "one_cycle"]
Loss = Literal["cross_entropy", "l2_svm"]
Augmentation = Literal["none", "flip", "shift_flip", "shift_flip_erase", "crop_flip"]


@dataclass(frozen=True)
class Hyperparameters:
    """``epochs``: passes over the pictures. ``batch``: pictures of a step, over all processes together. ``rate``: the
    schedule's peak. ``weight_decay``: of weights, not of biases and norms. ``smoothing``: the share of each target that is
    spread over all labels, for ``cross_entropy``. ``penalty``: C of ``l2_svm``. ``patience``: epochs without a better
    validation after which training ends; None ends never before the last.
    """

    epochs: int = 20
    batch: int = 128
    optimiser: Optimiser = "sgd"
    rate: float = 0.1
    schedule: Schedule = "one_cycle"
    weight_decay: float = 5e-4
    loss: Loss = "cross_entropy"
    smoothing: float = 0.0
    penalty: float = 1.0
    augmentation: Augmentation = "shift_flip"
    patience: int | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "rate", "penalty"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise SpecError(f"{name} must be above 0; got {getattr(self, name)}")
        if not (math.isfinite(self.weight_decay) and self.weight_decay >= 0):
            raise SpecError(f"weight_decay must be 0 or above; got {self.weight_decay}")
        if not 0 <= self.smoothing < 1:
            raise SpecError(f"smoothing must be at least 0 and below 1; got {self.smoothing}")
        if self.patience is not None and self.patience < 1:
            raise SpecError(f"patience must be at least 1; got {self.patience}")


AS_PUBLISHED = Hyperparameters(
    epochs=10, batch=64, optimiser="adam", rate=1e-3, schedule="constant", weight_decay=0.0, augmentation="none"
)
DEFAULTS = {
    "small_cnn": AS_PUBLISHED,
    "deeper_cnn": AS_PUBLISHED,
    "strided_cnn": AS_PUBLISHED,
    "fashion_cnn": Hyperparameters(epochs=12, smoothing=0.05, augmentation="flip"),
    "compact": Hyperparameters(epochs=18, batch=250, rate=0.25, smoothing=0.1),
    "resnet20": Hyperparameters(epochs=40),
    "resnet56": Hyperparameters(epochs=40),
    "resnet18": Hyperparameters(epochs=30),
    "vgg16_bn": Hyperparameters(epochs=40, rate=0.05),
}
FINE_TUNING = Hyperparameters(
    epochs=10,
    batch=64,
    optimiser="adamw",
    rate=1e-4,
    schedule="cosine",
    weight_decay=0.01,
    smoothing=0.1,
    augmentation="crop_flip",
)
"""For weights that are learnt already."""

HEAD_ALONE = {"rate": 1e-3, "smoothing": 0.0}
"""What is otherwise when the rest of the network is frozen."""


def defaults_for(network: str, *, started: bool = False, frozen: bool = False) -> Hyperparameters:
    """What a network is trained with unless something else is asked for. ``started``: its weights are learnt already.
    ``frozen``: only its head is trained."""
    own = DEFAULTS.get(network.partition(":")[0], Hyperparameters())
    chosen = FINE_TUNING if started or frozen else own
    return changed(chosen, HEAD_ALONE) if frozen else chosen


def changed(given: Hyperparameters, changes: dict[str, Any]) -> Hyperparameters:
    """The same with what is otherwise; raises SpecError for a value that cannot be."""
    return Hyperparameters(**{each.name: getattr(given, each.name) for each in fields(given)} | changes)
