"""F-NTC: the pixels that feed other classes; blurring them raises the target's probability by lowering theirs.

    M* = argmin_M Σ_{i≠k} f_i(Q) + λ₁ TV(M) + λ₂ ‖1 - M‖₁ + γ | y_k(Q) - y_k(x) |

The target's own logit is held, so its probability has to grow through the fall of the others.

Kang, Jung and Lee, 2019, arXiv:1909.12446, equations 6 and 7.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.methods.perturbation._mask_search import Objective, Weights
from whylight.methods.perturbation._undesirable import UndesirableMask, deviation, target_answer
from whylight.tensors import pick
from whylight.types import Logits, Scores, Targets


@dataclass(frozen=True)
class FNTC(UndesirableMask):
    """Settings as in ``UndesirableMask``."""

    default_weights: ClassVar[Weights] = Weights(tv=0.5, area=0.35, gamma=0.01)

    def objective(self) -> Objective:
        """Σ_{i≠k} f_i(Q) + γ |change of the target's logit|; the sum is 1 - f_k(Q)."""
        gamma, kind, answer = self.weights.gamma, self.deviation, self.answer

        def loss(logits: Logits, before: Logits, targets: Targets) -> Scores:
            others = 1 - target_answer(logits, before, targets, answer)
            return others + gamma * deviation(pick(logits - before, targets), kind)

        return loss
