"""Integrated gradients: the logit's change from a baseline to the picture, shared out among the pixels.

    map(u) = Σ_c (x - x₀)_c(u) · ∫₀¹ g_c(u; t) dt ≈ Σ_c (x - x₀)_c(u) · Σ_j w_j · g_c(u; t_j)
    g_c(u; t) = ∂logit/∂x_c(u) at x₀ + t · (x - x₀)

The map adds up to logit(x) - logit(x₀) but for the integral's error, which is reported as ``completeness``: a picture
where it is too large gets more steps. Pixels that equal the baseline get nothing.

Sundararajan, Taly and Yan, 2017, arXiv:1703.01365, equations 1 and 3.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from whylight import masking
from whylight.classifier import Access, Classifier
from whylight.errors import MethodError
from whylight.method import Evidence, Method
from whylight.methods._completeness import relative_residual
from whylight.methods.gradient._gradients import stream_logit_gradients
from whylight.tensors import pick
from whylight.types import Images, Maps, Targets


@dataclass(frozen=True)
class IntegratedGradients(Method):
    """``steps``: gradients along the way. ``rule``: Gauss-Legendre points, exact for smooth integrands with few steps, or
    the paper's even steps (``riemann``, at the middle of each). ``baseline``: where the way begins. ``tolerance``: for a
    picture whose ``completeness`` is above it the steps are doubled and the way is gone again. ``most``: no more steps
    than these; None takes four times ``steps``, and ``steps`` itself never doubles."""

    steps: int = 50
    rule: Literal["gauss_legendre", "riemann"] = "gauss_legendre"
    baseline: masking.Fill = "black"
    tolerance: float = 0.05
    most: int | None = None

    needs: ClassVar[Access] = Access.GRADIENTS

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise MethodError(f"integrated gradients need at least 1 step; got {self.steps}")
        if not self.tolerance >= 0 or self._most < self.steps:
            raise MethodError(
                f"integrated gradients expect a tolerance of at least 0 and most of at least the {self.steps} steps; "
                f"got tolerance={self.tolerance} and most={self.most}"
            )

    @property
    def _most(self) -> int:
        return 4 * self.steps if self.most is None else self.most

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """``steps`` forward and backward passes, as many again for each doubling, and two forward passes for the
        completeness.

        Details: ``completeness``, |Σ map - (logit(x) - logit(x₀))| relative to |logit(x) - logit(x₀)|; ``steps``, those of
        the picture's map.
        """
        baselines, logits = masking.fill(images, self.baseline), classifier.logits(images)
        change = pick(logits, targets) - pick(classifier.logits(baselines), targets)
        maps, completeness = torch.zeros_like(images[:, 0]), torch.zeros_like(change)
        taken, active = torch.zeros_like(change), torch.arange(len(images), device=images.device)
        for steps in doubled(self.steps, self._most):
            way = Way(images[active], baselines[active], targets[active])
            maps[active], taken[active] = way.integrate(classifier, self.rule, steps), float(steps)
            completeness[active] = relative_residual(maps[active].sum(dim=(1, 2)), change[active], logits[active])
            active = active[completeness[active] > self.tolerance]
            if len(active) == 0:
                break
        return Evidence(maps, {"completeness": completeness, "steps": taken})


@dataclass(frozen=True, eq=False)
class Way:
    """Straight ways from baselines to pictures."""

    images: Images
    baselines: Images
    targets: Targets

    def integrate(self, classifier: Classifier, rule: str, steps: int) -> Maps:
        """The gradients along each way, put together with the rule's weights and multiplied by the way."""
        points, weights = (numbers.to(self.images) for numbers in quadrature(rule, steps))
        rows = torch.arange(len(self.images) * steps, device=self.images.device)
        pictures, places = rows // steps, rows % steps

        def make(start: int, stop: int) -> Images:
            first, last, shares = start // steps, (stop - 1) // steps, points[places[start:stop], None, None, None]
            # one picture is not copied for each of its steps
            chosen: slice | Tensor = slice(first, first + 1) if first == last else pictures[start:stop]
            return torch.lerp(self.baselines[chosen], self.images[chosen], shares)

        average = torch.zeros_like(self.images, memory_format=torch.channels_last)  # as the gradients are
        for start, stop, gradients in stream_logit_gradients(classifier, make, self.targets[pictures]):
            average.index_add_(0, pictures[start:stop], gradients * weights[places[start:stop], None, None, None])
        return ((self.images - self.baselines) * average).sum(dim=1)


def doubled(steps: int, most: int) -> list[int]:
    """``steps``, twice as many, and so on, as long as that is no more than ``most``."""
    return [steps * 2**times for times in range((most // steps).bit_length())]


def quadrature(rule: str, steps: int) -> tuple[Tensor, Tensor]:
    """Where in [0, 1] a function is looked at, and with which weights (of sum 1) its integral is put together."""
    if rule == "riemann":
        return (torch.arange(steps) + 0.5) / steps, torch.full((steps,), 1 / steps)
    points, weights = np.polynomial.legendre.leggauss(steps)
    return torch.from_numpy((points + 1) / 2), torch.from_numpy(weights / 2)
