"""The last linear layer of a network that averages its features: what each feature channel is worth to each label.

    logit_c = Σ_k w_ck · r · mean_u(F_k(u)) + b_c        F = A or relu(A), A the activations of the watched layer

r is 1, or a number of each picture's own where the network scales its averaged features, as with r = 1/|φ| for features
of unit length. Whether a network is built like that is not guessed from its parts, it is checked with numbers: the layer's
averaged activations, times r, must be what the linear layer is given, and what the linear layer answers must be the logits.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.methods.cam._features import hooked, look_at
from whylight.types import Features, Images, Logits, Scores

TOLERANCE = 1e-3
"""The largest difference that rounding may make, as a share of the largest number that is compared."""


@dataclass(frozen=True, eq=False)
class Head:
    """``features``: what is averaged, as a grid. ``weight``: a channel's worth to a label. ``bias``: a label's own.
    ``scale``: what a picture's averaged features are multiplied by."""

    features: Features
    weight: Float[Tensor, "label feature"]
    bias: Float[Tensor, " label"]
    logits: Logits
    scale: Scores


def find_head(classifier: Classifier, images: Images, layer: str | None) -> Head:
    """The features that are averaged and the linear layer that follows, from one forward pass.

    The features are the layer's output, or its ReLU where the network applies one outside of a layer (DenseNet). A
    network that averages one channel a label (SqueezeNet) has no linear layer and needs none.

    Raises MethodError when the network is not built like that.
    """
    parts = () if classifier.module is None else classifier.module.modules()
    linears = [part for part in parts if isinstance(part, nn.Linear)]
    calls: list[tuple[nn.Linear, Tensor, Tensor]] = []

    def record(module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        if isinstance(module, nn.Linear) and isinstance(inputs[0], Tensor) and isinstance(output, Tensor):
            calls.append((module, inputs[0].clone(), output.clone()))

    with hooked(record, *linears):
        activations, logits = look_at(classifier, images, layer)
    for features in (activations, activations.clamp_min(0)):
        pooled = features.mean(dim=(2, 3))
        if agree(pooled, logits):
            weight = torch.eye(logits.shape[1]).to(logits)
            return Head(features, weight, torch.zeros_like(logits[0]), logits, torch.ones_like(logits[:, 0]))
        for linear, given, answer in reversed(calls):
            scale = scale_between(pooled, given)
            if scale is not None and agree(answer, logits):
                bias = torch.zeros_like(logits[0]) if linear.bias is None else linear.bias.detach().to(logits)
                return Head(features, linear.weight.detach().to(features), bias, logits, scale)
    raise MethodError(
        f"CAM needs a network that averages the output of {layer or classifier.layer!r} and ends in one linear layer, "
        f"which {classifier.name} does not; grad_cam and hires_cam work on every network with a grid"
    )


def scale_between(pooled: Tensor, given: Tensor) -> Scores | None:
    """Each picture's r with given = r · pooled, 1 where they are equal; None where there is no such number."""
    if agree(pooled, given):
        return torch.ones_like(pooled[:, 0])
    if pooled.shape != given.shape:
        return None
    products = (pooled * given).sum(dim=1) / pooled.square().sum(dim=1).clamp_min(torch.finfo(pooled.dtype).tiny)
    scale = products.to(pooled)
    return scale if agree(scale[:, None] * pooled, given) else None


def agree(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors have one shape and are equal but for rounding."""
    if first.shape != second.shape:
        return False
    largest = torch.maximum(first.abs().amax(), second.abs().amax())
    return bool((first - second).abs().amax() <= TOLERANCE * largest)
