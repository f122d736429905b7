"""What the CAM family shares: a layer's activations and gradients, batch by batch, made into maps of the pictures' size."""

from collections.abc import Callable

import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier, Watched
from whylight.tensors import resize_maps
from whylight.types import Images, Maps, Targets


def maps_from_layer(
    classifier: Classifier,
    images: Images,
    targets: Targets,
    layer: str | None,
    combine: Callable[[Watched], Tensor],
    *,
    relu: bool = False,
) -> Maps:
    """``combine`` turns what was watched into coarse maps (batch, row, column), which are enlarged bilinearly.

    ``relu`` keeps the supporting part only, before the enlargement, as the papers do.
    """

    def run(start: int, stop: int) -> Tensor:
        coarse = combine(classifier.watch(images[start:stop], targets[start:stop], layer))
        return resize_maps(coarse.clamp_min(0) if relu else coarse, (images.shape[-2], images.shape[-1]))

    size = perturb.gradient_batch_size_for(images)
    return torch.cat([part for _, _, part in perturb.in_batches(run, len(images), size)])
