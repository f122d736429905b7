"""CAM: the last linear layer's weights, applied to each cell of the features instead of to their average.

    map(u) = r · Σ_k w_ck · F_k(u)        mean_u map(u) + b_c = logit_c

It needs a network that averages its features and ends in one linear layer. There the coarse map and the bias are the logit
exactly, which is checked and reported as ``completeness``. r is 1, but where the averaged features φ are brought to unit
length before the linear layer: there it is 1 / |φ|, a number of the picture that is taken as it is.

Zhou et al., 2016, arXiv:1512.04150, equations 1 and 2.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Access, Classifier
from whylight.method import Evidence, Method
from whylight.methods._completeness import relative_residual
from whylight.methods.cam._head import find_head
from whylight.tensors import pick, resize_maps
from whylight.types import Images, Scores, Targets


@dataclass(frozen=True)
class CAM(Method):
    """``layer``: where the features are; None takes the classifier's own. ``relu``: keep supporting evidence only."""

    layer: str | None = None
    relu: bool = False

    needs: ClassVar[Access] = Access.FEATURES

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass. ``completeness`` is |mean(map) + bias - logit| relative to |logit - bias|, before any ReLU.

        Raises MethodError for a network of another build.
        """
        residuals: dict[int, Scores] = {}

        def run(start: int, stop: int) -> Tensor:
            coarse, residuals[start] = self._coarse(classifier, images[start:stop], targets[start:stop])
            return resize_maps(coarse.clamp_min(0) if self.relu else coarse, (images.shape[-2], images.shape[-1]))

        parts = [part for _, _, part in perturb.in_batches(run, len(images), perturb.batch_size_for(images))]
        return Evidence(
            torch.cat(parts), {"completeness": torch.cat([residuals[start] for start in sorted(residuals)])}
        )

    def _coarse(self, classifier: Classifier, images: Images, targets: Targets) -> tuple[Tensor, Scores]:
        head = find_head(classifier, images, self.layer)
        coarse = torch.einsum("n,nk,nkrc->nrc", head.scale, head.weight[targets], head.features)
        change = pick(head.logits, targets) - head.bias[targets]
        return coarse, relative_residual(coarse.mean(dim=(1, 2)), change, head.logits)
