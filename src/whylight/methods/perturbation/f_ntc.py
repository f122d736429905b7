"""F-NTC: the pixels that feed other classes; blurring them raises the target's probability by lowering theirs.

    M* = argmin_M Σ_{i≠k} f_i(Q) + λ₁ TV(M) + λ₂ ‖1 - M‖₁ + γ | y_k(Q) - y_k(x) |

The target's own logit is held, so its probability has to grow through the fall of the others.

Kang, Jung and Lee, 2019, arXiv:1909.12446, equations 6 and 7.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.methods.perturbation._mask_search import Objective, Weights
from whylight.methods.perturbation._presets import Preset
from whylight.methods.perturbation._undesirable import UndesirableMask, deviation, target_answer
from whylight.tensors import pick
from whylight.types import Logits, Scores, Targets


@dataclass(frozen=True)
class FNTC(UndesirableMask):
    """Settings as in ``UndesirableMask``."""

    own_preset: ClassVar[Preset] = Preset(Weights(tv=0.7, area=0.7, gamma=0.01), rate=0.02, answer="gain")

    def objective(self) -> Objective:
        """Σ_{i≠k} f_i(Q) + γ |change of the target's logit|; the sum is 1 - f_k(Q)."""
        constants, kind = self.constants, self.deviation

        def loss(logits: Logits, before: Logits, targets: Targets) -> Scores:
            others = 1 - target_answer(logits, before, targets, constants.answer)
            return others + constants.weights.gamma * deviation(pick(logits - before, targets), kind)

        return loss
