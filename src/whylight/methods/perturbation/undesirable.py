"""Undesirable pixels without a condition on the logits: the unstable baseline of F-TC and F-NTC.

    M* = argmax_M f_k(Q) - λ₁ TV(M) - λ₂ ‖1 - M‖₁

Kang, Jung and Lee, 2019, arXiv:1909.12446, equation 3.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.methods.perturbation._mask_search import Objective, Weights
from whylight.methods.perturbation._presets import Preset
from whylight.methods.perturbation._undesirable import UndesirableMask, target_answer
from whylight.types import Logits, Scores, Targets


@dataclass(frozen=True)
class Undesirable(UndesirableMask):
    """Settings as in ``UndesirableMask``; γ is not used."""

    own_preset: ClassVar[Preset] = Preset(Weights(tv=0.7, area=0.7, gamma=0.0), rate=0.02, answer="gain")

    def objective(self) -> Objective:
        """-f_k(Q)."""
        answer = self.constants.answer

        def loss(logits: Logits, before: Logits, targets: Targets) -> Scores:
            return -target_answer(logits, before, targets, answer)

        return loss
