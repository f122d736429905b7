"""Score-CAM: each feature channel counts by how sure the classifier is when it sees the picture through that channel alone.

    map = Σ_k w_k · A_k        w = softmax_k(C_k)        C_k = p_c(x ⊙ H_k) - p_c(fill)        H_k = minmax(enlarge(A_k))

No gradients. C_k is the increase of the target's probability over the fill alone, as in the paper. Its softmax gives every
channel a positive and, over many channels, nearly the same weight, so that little of the target is left in the map;
``weights=increase`` takes C_k itself, which is negative for channels that speak for other labels.

Wang et al., 2020, arXiv:1910.01279, equations 5 to 8 and algorithm 1.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from whylight import masking, perturb
from whylight.classifier import Access, Classifier
from whylight.method import Evidence, Method
from whylight.methods.cam._features import look_at
from whylight.tensors import min_max, pick, resize_maps, target_output
from whylight.types import Features, Images, Masks, Scores, Targets


@dataclass(frozen=True)
class ScoreCAM(Method):
    """``layer``: where to look; None takes the classifier's own. ``weights``: the paper's softmax, or the increase itself.
    ``fill``: what is seen where a channel is off. ``relu``: keep supporting evidence only."""

    layer: str | None = None
    weights: Literal["softmax", "increase"] = "softmax"
    fill: masking.Fill = "black"
    relu: bool = False

    needs: ClassVar[Access] = Access.FEATURES

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass a channel, one for the channels and one for the fill alone; a constant channel shows the fill."""

        def run(start: int, stop: int) -> Tensor:
            return self._coarse(classifier, images[start:stop], targets[start:stop])

        size = (images.shape[-2], images.shape[-1])
        batches = perturb.in_batches(run, len(images), perturb.batch_size_for(images))
        return Evidence(torch.cat([resize_maps(coarse, size) for _, _, coarse in batches]))

    def _coarse(self, classifier: Classifier, images: Images, targets: Targets) -> Tensor:
        features, _ = look_at(classifier, images, self.layer)
        fills = masking.fill(images, self.fill)
        increase = channel_scores(classifier, images, fills, targets, features)
        increase -= pick(classifier.probabilities(fills), targets)[:, None]
        weights = increase.softmax(dim=1) if self.weights == "softmax" else increase
        coarse = (weights[:, :, None, None] * features).sum(dim=1)
        return coarse.clamp_min(0) if self.relu else coarse


def channel_scores(
    classifier: Classifier, images: Images, fills: Images, targets: Targets, features: Features
) -> Tensor:
    """The target's probability when a picture is seen through each channel, as (batch, channel).

    Only the masks of the pictures in one pass exist at a time, however many channels there are.
    """
    size = (images.shape[-2], images.shape[-1])

    def seen(picture: Tensor, channel: Tensor) -> Masks:
        return min_max(resize_maps(features[picture, channel], size))[:, None]

    scores = images.new_zeros(features.shape[:2])
    for chunk in perturb.stream(classifier.predict, images, fills, seen, range(features.shape[1])):
        answer: Scores = target_output(chunk.logits, targets[chunk.pictures])
        scores[chunk.pictures, chunk.samples] = answer
    return scores
