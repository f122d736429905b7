"""Deletion and preservation on a classifier that looks at one patch only."""

import pytest
import torch
from torch import Tensor, nn

from whylight import registry
from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.frame import Resizing


class Patch(nn.Module):
    """The target's logit is the texture of one patch."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(8.0))

    def forward(self, images: Tensor) -> Tensor:
        texture = (images - images.roll(1, dims=-1)).abs().mean(dim=1)[:, 16:40, 16:40].mean(dim=(1, 2))
        return torch.stack([self.scale * texture, torch.full_like(texture, 2.0)], dim=1)


@pytest.mark.parametrize("mode", ["deletion", "preservation"])
def test_the_marked_pixels_are_the_patch(mode: str) -> None:
    network = Patch().eval()
    classifier = Classifier("patch", ("target", "other"), network, network, resizing=Resizing((64, 64), None))
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    method = registry.read("methods", f"meaningful_perturbation:mode={mode},area=0.001,tv=0.0001,jitter=0")
    explanation = explain(classifier, method, images, 0)
    inside, outside = explanation.maps[:, 18:38, 18:38].mean(), explanation.maps[:, 48:, 48:].mean()
    assert inside > 0.8
    assert outside < 0.05
    details = explanation.evidence.details
    assert (details["after"] < details["before"]).all() if mode == "deletion" else (details["after"] > 0.5).all()
