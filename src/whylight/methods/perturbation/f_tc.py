"""F-TC: the pixels that keep the classifier from seeing the target's own features; blurring them raises its probability.

    M* = argmax_M f_k(Q) - λ₁ TV(M) - λ₂ ‖1 - M‖₁ - γ | 1/(N-1) Σ_{i≠k} (y_i(Q) - y_i(x)) |

The mean of the other logits is held, so the target's probability has to grow through the target's own logit.

Kang, Jung and Lee, 2019, arXiv:1909.12446, equations 4 and 5.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from whylight.methods.perturbation._mask_search import Objective, Weights
from whylight.methods.perturbation._presets import Preset
from whylight.methods.perturbation._undesirable import UndesirableMask, deviation, target_answer
from whylight.tensors import pick
from whylight.types import Logits, Scores, Targets


@dataclass(frozen=True)
class FTC(UndesirableMask):
    """``others``: the other logits' change as the absolute value of its mean (the paper's text), as the mean of absolute
    values, or as the root mean square; the first lets classes cancel. The rest as in ``UndesirableMask``."""

    others: Literal["mean", "mean_absolute", "rms"] = "mean"

    own_preset: ClassVar[Preset] = Preset(Weights(tv=0.7, area=0.7, gamma=0.3), rate=0.02, answer="gain")

    def objective(self) -> Objective:
        """-f_k(Q) + γ |mean change of the other logits|."""
        constants, kind, others = self.constants, self.deviation, self.others

        def loss(logits: Logits, before: Logits, targets: Targets) -> Scores:
            raised = target_answer(logits, before, targets, constants.answer)
            return constants.weights.gamma * change_of_others(logits - before, targets, others, kind) - raised

        return loss


def change_of_others(change: Logits, targets: Targets, others: str, kind: str) -> Scores:
    """How far the logits of all labels but the target's have moved."""
    count = max(1, change.shape[1] - 1)
    own = pick(change, targets)
    if others == "mean":
        return deviation((change.sum(dim=1) - own) / count, kind)
    if others == "mean_absolute":
        return (change.abs().sum(dim=1) - own.abs()) / count
    return ((change.square().sum(dim=1) - own.square()) / count + 1e-12).sqrt()
