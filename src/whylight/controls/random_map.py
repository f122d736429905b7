"""Random map: every pixel drawn evenly from [-1, 1]; what any method must beat.

Every picture gets the same draw, so that a map depends on nothing but the seed and the picture's size.
"""

from dataclasses import dataclass

import torch

from whylight.classifier import Classifier
from whylight.method import Evidence, Method
from whylight.tensors import generator
from whylight.types import Images, Targets


@dataclass(frozen=True)
class RandomMap(Method):
    """``seed``: another one draws another map."""

    seed: int = 0

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:  # noqa: ARG002 (a control)
        """No passes; neither the classifier nor the picture's content is looked at."""
        drawn = 2 * torch.rand(images.shape[-2:], generator=generator(self.seed)) - 1
        return Evidence(drawn.to(images).repeat(len(images), 1, 1))
