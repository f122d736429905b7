"""What an enhancer is trained for: through which classifier, with what loss, on pictures spoilt how.

| mode | what learns | what is made small, behind stage 1 |
|---|---|---|
| frozen | the enhancer | CE(C(T(x)), label) |
| joint | the enhancer and the classifier | the same |
| recognition_aware | the enhancer | MSE(T(x), X) + λ CE(C(T(x)), label) |
| unsupervised | the enhancer | MSE(T(x), X) + λ MSE(softmax C(T(x)), softmax C(X)); no labels |
| transformer | two enhancers in a row, P and T | MSE(P(x), X) + λ CE(C(T(P(x))), label), no gradient from T to P |
| restoration | the enhancer | MSE(T(x), X) |

X: the picture, x: the same spoilt, C: the classifier. Stage 1 makes T give X. Liu et al., 2019, arXiv:1910.09185, equations
2 to 5; their λ are the defaults.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from whylight.errors import SpecError
from whylight.training.hyperparameters import Hyperparameters, changed

Mode = Literal["frozen", "joint", "recognition_aware", "unsupervised", "transformer", "restoration"]
Reconstruction = Literal["bce", "mse"]

WEIGHTS: dict[Mode, float] = {"recognition_aware": 1e-3, "unsupervised": 10.0, "transformer": 1e-2}
"""λ, of the modes that have one."""

FIRST_EPOCHS: dict[Mode, int] = {"frozen": 5, "joint": 5, "transformer": 5}
"""Of stage 1; the losses of the other modes hold the reconstruction already."""

FIRST_RATE, SECOND_RATE = 1e-3, 1e-4
"""The peak rate of weights that were drawn, and of those that went through stage 1."""

DEFAULTS = Hyperparameters(
    epochs=20, batch=64, optimiser="adam", rate=SECOND_RATE, schedule="constant", weight_decay=0.0, patience=5
)


@dataclass(frozen=True)
class Enhancement:
    """``classifier``: the model that is trained through. ``weight``: λ; 0 for modes without one. ``stage1_epochs``: of
    reconstruction alone, 0 for none; ``stage1_rate``: its rate; ``reconstruction``: its loss. ``degrade``: what spoils the
    pictures; None leaves them. ``deep_supervision``: the weight of what the enhancer's coarsest grid has to tell by itself
    in stage 2, 0 for nothing."""

    classifier: str
    mode: Mode = "frozen"
    weight: float = 0.0
    stage1_epochs: int = 5
    stage1_rate: float = FIRST_RATE
    reconstruction: Reconstruction = "bce"
    degrade: str | None = None
    deep_supervision: float = 0.0

    def __post_init__(self) -> None:
        for name, known in (("mode", get_args(Mode)), ("reconstruction", get_args(Reconstruction))):
            if getattr(self, name) not in known:
                raise SpecError(f"{name} must be one of {', '.join(known)}; got {getattr(self, name)!r}")
        if not (math.isfinite(self.weight) and self.weight >= 0):
            raise SpecError(f"weight must be 0 or above; got {self.weight}")
        if not (math.isfinite(self.deep_supervision) and self.deep_supervision >= 0):
            raise SpecError(f"deep_supervision must be 0 or above; got {self.deep_supervision}")
        if self.deep_supervision and not self.labelled:
            raise SpecError(f"the mode {self.mode} does not look at labels, so leave --deep-supervision out")
        if self.stage1_epochs < 0:
            raise SpecError(f"stage1_epochs must be 0 or above; got {self.stage1_epochs}")
        if not (math.isfinite(self.stage1_rate) and self.stage1_rate > 0):
            raise SpecError(f"stage1_rate must be above 0; got {self.stage1_rate}")

    @property
    def labelled(self) -> bool:
        """Whether labels decide what is learnt."""
        return self.mode not in ("unsupervised", "restoration")


def weight_for(mode: Mode, wanted: float | None) -> float:
    """λ of a mode; raises SpecError for one where it means nothing."""
    if wanted is not None and mode not in WEIGHTS:
        raise SpecError(f"--weight belongs to the modes {', '.join(WEIGHTS)}; leave it out with {mode}")
    return WEIGHTS.get(mode, 0.0) if wanted is None else wanted


def hyperparameters_for(stage1_epochs: int, validation: float, changes: dict[str, Any]) -> Hyperparameters:
    """Those of the second stage. Without a first stage its rate is that of drawn weights; without validation no patience is
    waited for."""
    own: dict[str, Any] = {} if stage1_epochs else {"rate": FIRST_RATE}
    if validation == 0:
        own["patience"] = None
    return changed(DEFAULTS, own | changes)
