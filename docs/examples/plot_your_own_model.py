"""Your own network
================

Any torch module that turns pictures into logits can be explained, and here the right answer is known.
"""

# %%
# A network that looks at two places: bright pixels in the upper left speak for *sun*, in the lower right against it.
import torch
from torch import Tensor, nn

import whylight


class Corners(nn.Module):
    """Two labels that depend on two corners."""

    def __init__(self) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.tensor(6.0))

    def forward(self, images: Tensor) -> Tensor:
        """Logits (batch, 2) of pictures (batch, 3, 64, 64)."""
        upper = images[:, :, :24, :24].mean(dim=(1, 2, 3))
        lower = images[:, :, 40:, 40:].mean(dim=(1, 2, 3))
        sun = self.strength * (upper - lower)
        return torch.stack([sun, -sun], dim=1)


classifier = whylight.from_module(Corners().eval(), ["sun", "moon"], size=64)

# %%
# Integrated gradients find both corners, with their signs. The sum of the map is the change of the logit from black to the
# picture: ``completeness`` is how far it is off.
image = torch.full((1, 3, 64, 64), 0.2)
image[:, :, :24, :24] = 0.9
image[:, :, 40:, 40:] = 0.6
method = whylight.read_method("integrated_gradients")
explanation = whylight.explain(classifier, method, image, targets=0)
print(f"completeness {explanation.evidence.details['completeness'][0]:.1e}")
found = whylight.overlay(explanation, method="integrated gradients")

# %%
# This network has no layer with features, so Grad-CAM cannot work. The error says so.
try:
    whylight.explain(classifier, whylight.read_method("grad_cam"), image)
except whylight.WhylightError as error:
    print(error)
