"""Classifiers whose head, or whole, is a support vector machine: on another classifier's features, or on pixels."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers.module import still
from whylight.errors import ModelError
from whylight.frame import Resizing
from whylight.nets.pixel_svm import ClassMaps, MaskedPixels, PixelSVM, WeightMaps
from whylight.nets.pooled import Headed, Pooled
from whylight.nets.svm import SVM

TOLERANCE = 1e-3
"""Rounding, as a share of the largest number that is compared."""


@dataclass(frozen=True, eq=False)
class Mask:
    """What an SVM on pixels sees: the share ``keep`` of pixels that ``maps`` marks most."""

    maps: ClassMaps | WeightMaps
    keep: float


def pooled(model: Classifier, layer: str | None = None) -> Pooled:
    """The network up to a layer, whose output is averaged; raises ModelError for a black box, LayerError for a layer that
    it does not have."""
    if model.module is None:
        raise ModelError(
            f"{model.name} is a black box: an SVM needs the features of a torch network; bundled, timm:NAME, "
            "torchvision:NAME and file:CHECKPOINT are such"
        )
    model.check_mode()
    return Pooled(model.module, model.predict, model.layer_name(layer), model.to_grid)


def on_features(
    model: Classifier,
    svm: SVM,
    labels: tuple[str, ...],
    typical: Tensor,
    *,
    name: str = "svm",
    layer: str | None = None,
) -> Classifier:
    """A classifier: ``model`` up to its layer, the mean over the grid, and the SVM.

    ``typical``: the mean of the features that the SVM was fitted to.
    """
    features = pooled(model, layer)
    module = still(Headed(features, svm, typical), model.device)
    return Classifier(name, labels, module, module, f"features.network.{features.layer}", model.to_grid, model.resizing)


def on_pixels(
    svm: SVM,
    labels: tuple[str, ...],
    resizing: Resizing,
    typical: Tensor,
    *,
    name: str = "svm",
    mean: Tensor | None = None,
    mask: Mask | None = None,
    device: torch.device | None = None,
) -> Classifier:
    """A classifier of pixels, all of them or those that a mask keeps.

    ``typical``: the picture that contributions are counted from, as numbers in the order of the pixels: the mean where
    they are standardised, else zeros. ``mean``: of the pictures that the SVM was fitted to, in the same order.
    """
    pixels = PixelSVM(svm, (resizing.channels, *resizing.size), typical, mean)
    whole = pixels if mask is None else MaskedPixels(mask.maps, pixels, mask.keep)
    module = still(whole, device or torch.device("cpu"))
    return Classifier(name, labels, module, module, resizing=resizing)


def class_maps(model: Classifier, layer: str | None = None) -> ClassMaps:
    """CAM of a classifier as a part of another; raises ModelError unless it averages its layer and ends in a linear one.

    That is checked with numbers: the gradient of each logit is the same at every cell of two pictures, and explains the
    difference between their logits.
    """
    features = pooled(model, layer)
    height, width = model.input_size
    random = torch.Generator().manual_seed(0)
    pictures = torch.rand(2, model.resizing.channels, height, width, generator=random).to(model.device)
    labels = torch.arange(len(model.labels), device=model.device)
    first, second = (model.watch(each.expand(len(labels), -1, -1, -1), labels, features.layer) for each in pictures)
    weight = first.gradients.sum(dim=(2, 3))
    cells = first.gradients[0, 0].numel()
    even = _close(first.gradients * cells, weight[:, :, None, None].expand_as(first.gradients))
    means = (second.features - first.features)[0].mean(dim=(1, 2))
    change = second.logits[0] - first.logits[0]
    scale = torch.maximum(first.logits.abs().amax(), second.logits.abs().amax())
    explained = bool(((weight @ means - change).abs() <= TOLERANCE * scale).all())
    if not (even and explained and _close(first.gradients, second.gradients)):
        raise ModelError(
            f"masks need a network that averages the output of {features.layer!r} and ends in one linear layer, so that its "
            f"map is its decision; {model.name} does not; the networks of `whylight train classifier` do"
        )
    return ClassMaps(features, weight)


def _close(first: Tensor, second: Tensor) -> bool:
    return bool((first - second).abs().amax() <= TOLERANCE * first.abs().amax())


def weight_maps(full: Classifier) -> WeightMaps:
    """The weight map of an SVM on pixels as a part of another; raises ModelError for anything else."""
    pixels: nn.Module | None = full.module
    if not isinstance(pixels, PixelSVM):
        raise ModelError(f"expected an SVM on all pixels; got {full.name}")
    return WeightMaps(pixels)
