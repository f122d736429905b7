"""Edge map: how strong the picture's edges are, whatever the classifier; some methods are little more than this.

    map = √( (S ∗ grey)² + (Sᵀ ∗ grey)² )        S = the Sobel filter, grey = the mean of the channels

Adebayo et al., 2018, arXiv:1810.03307: an edge detector looks like an explanation and depends on no model.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional

from whylight.classifier import Classifier
from whylight.method import Evidence, Method
from whylight.types import Images, Targets


@dataclass(frozen=True)
class EdgeMap(Method):
    """It has no settings."""

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:  # noqa: ARG002 (a control)
        """No passes. The map is at least 0; the border row is repeated, so that the frame is no edge."""
        grey = functional.pad(images.mean(dim=1, keepdim=True), (1, 1, 1, 1), mode="replicate")
        sobel = torch.tensor([1.0, 2.0, 1.0])[:, None] * torch.tensor([-1.0, 0.0, 1.0]) / 8
        across, down = functional.conv2d(grey, torch.stack([sobel, sobel.T])[:, None].to(images)).unbind(dim=1)
        return Evidence((across**2 + down**2).sqrt())
