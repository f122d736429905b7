"""Weight map: what each pixel of this picture adds to the target's logit, counted from the training pictures' mean.

    map(u) = Σ_c ∂logit/∂x_c(u) · (x - x⁰)_c(u)        linear: w_cp (x_p - m_p) / s_p,   Σ map + logit(x⁰) = logit(x)

For a linear SVM on standardised pixels x⁰ = m is the mean of the training pictures, logit(x⁰) is the intercept b, and the
map with b is the decision value exactly. Where pixels are not standardised, and for any other network, x⁰ is black. With a
kernel the slope at the picture stands for the weight, and ``completeness`` says how far the sum is from the logit's change.

Haufe et al., 2014, NeuroImage 87, on what the weights of a linear classifier say and what they do not: a weight can be there
to cancel noise.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from whylight.classifier import Access, Classifier
from whylight.method import Evidence, Method
from whylight.methods._completeness import relative_residual
from whylight.methods.gradient._gradients import logit_gradients
from whylight.nets.pixel_svm import typical_picture
from whylight.tensors import pick
from whylight.types import Images, Targets


@dataclass(frozen=True)
class WeightMap(Method):
    """It has no settings."""

    needs: ClassVar[Access] = Access.GRADIENTS

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """Three forward passes and a backward pass.

        ``completeness`` is |Σ map - (logit(x) - logit(x⁰))| relative to |logit(x) - logit(x⁰)|: rounding for a linear
        classifier.
        """
        known = None if classifier.module is None else typical_picture(classifier.module)
        origin = torch.zeros_like(images) if known is None else known.to(images).expand_as(images)
        maps = ((images - origin) * logit_gradients(classifier, images, targets)).sum(dim=1)
        logits = classifier.logits(images)
        change = pick(logits, targets) - pick(classifier.logits(origin), targets)
        return Evidence(maps, {"completeness": relative_residual(maps.sum(dim=(1, 2)), change, logits)})
