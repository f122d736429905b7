"""Input × gradient: the share of the target's logit that a pixel holds, if the classifier were linear around the picture.

    map(u) = Σ_c x_c(u) · ∂logit/∂x_c(u)

Pixels are in [0, 1], so that black pixels get nothing: the comparison is with a black picture.

Shrikumar et al., 2016, arXiv:1605.01713, section 3.
"""

from dataclasses import dataclass
from typing import ClassVar

from whylight.classifier import Access, Classifier
from whylight.method import Evidence, Method
from whylight.methods.gradient._gradients import logit_gradients
from whylight.types import Images, Targets


@dataclass(frozen=True)
class InputXGradient(Method):
    """It has no settings."""

    needs: ClassVar[Access] = Access.GRADIENTS

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward and one backward pass."""
        return Evidence((images * logit_gradients(classifier, images, targets)).sum(dim=1))
