"""Saliency: how much the target's logit changes when a pixel becomes a little brighter.

    map(u) = Σ_c ∂logit/∂x_c(u)

The sign belongs to brightening: above 0 a brighter pixel supports the target, below 0 it hinders it (and a darker one
supports it). ``channels=max_abs`` is the paper's map, the largest magnitude over the colours: sensitivity without a sign.

Simonyan, Vedaldi and Zisserman, 2013, arXiv:1312.6034, section 3.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from whylight.classifier import Access, Classifier
from whylight.method import Evidence, Method
from whylight.methods.gradient._gradients import logit_gradients
from whylight.types import Images, Targets


@dataclass(frozen=True)
class Saliency(Method):
    """``channels``: add the colours' gradients with their sign, or take the largest magnitude."""

    channels: Literal["sum", "max_abs"] = "sum"

    needs: ClassVar[Access] = Access.GRADIENTS

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward and one backward pass."""
        gradients = logit_gradients(classifier, images, targets)
        return Evidence(gradients.sum(dim=1) if self.channels == "sum" else gradients.abs().amax(dim=1))
