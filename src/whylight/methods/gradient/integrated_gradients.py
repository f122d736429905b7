"""Integrated gradients: the logit's change from a baseline to the picture, shared out among the pixels.

    map(u) = Σ_c (x - x₀)_c(u) · ∫₀¹ g_c(u; t) dt ≈ Σ_c (x - x₀)_c(u) · Σ_j w_j · g_c(u; t_j)
    g_c(u; t) = ∂logit/∂x_c(u) at x₀ + t · (x - x₀)

The map adds up to logit(x) - logit(x₀) but for the integral's error, which is reported as ``completeness``. Pixels that
equal the baseline get nothing.

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
from whylight.types import Images, Targets


@dataclass(frozen=True)
class IntegratedGradients(Method):
    """``steps``: gradients along the way. ``rule``: Gauss-Legendre points, exact for smooth integrands with few steps, or
    the paper's even steps (``riemann``, at the middle of each). ``baseline``: where the way begins."""

    steps: int = 50
    rule: Literal["gauss_legendre", "riemann"] = "gauss_legendre"
    baseline: masking.Fill = "black"

    needs: ClassVar[Access] = Access.GRADIENTS

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise MethodError(f"integrated gradients need at least 1 step; got {self.steps}")

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """``steps`` forward and backward passes, and two forward passes for the completeness.

        ``completeness`` is |Σ map - (logit(x) - logit(x₀))| relative to |logit(x) - logit(x₀)|.
        """
        baselines = masking.fill(images, self.baseline)
        gradients = self._average_gradients(classifier, images, baselines, targets)
        maps = ((images - baselines) * gradients).sum(dim=1)
        logits = classifier.logits(images)
        change = pick(logits, targets) - pick(classifier.logits(baselines), targets)
        return Evidence(maps, {"completeness": relative_residual(maps.sum(dim=(1, 2)), change, logits)})

    def _average_gradients(self, classifier: Classifier, images: Images, baselines: Images, targets: Targets) -> Images:
        points, weights = (numbers.to(images) for numbers in quadrature(self.rule, self.steps))
        rows = torch.arange(len(images) * self.steps, device=images.device)
        pictures, steps = rows // self.steps, rows % self.steps

        def make(start: int, stop: int) -> Images:
            chosen, shares = pictures[start:stop], points[steps[start:stop], None, None, None]
            return torch.lerp(baselines[chosen], images[chosen], shares)

        average = torch.zeros_like(images)
        for start, stop, gradients in stream_logit_gradients(classifier, make, targets[pictures]):
            average.index_add_(0, pictures[start:stop], gradients * weights[steps[start:stop], None, None, None])
        return average


def quadrature(rule: str, steps: int) -> tuple[Tensor, Tensor]:
    """Where in [0, 1] a function is looked at, and with which weights (of sum 1) its integral is put together."""
    if rule == "riemann":
        return (torch.arange(steps) + 0.5) / steps, torch.full((steps,), 1 / steps)
    points, weights = np.polynomial.legendre.leggauss(steps)
    return torch.from_numpy((points + 1) / 2), torch.from_numpy(weights / 2)
