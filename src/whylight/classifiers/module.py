"""A torch module that you already have, with its labels and its normalisation: all methods can look inside it.

Pictures come in [0, 1]; ``mean`` and ``std`` are applied in front of the network. The layer for the CAM family is found
by running one picture, and can be named by hand.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers._layers import check_layer, find_layer
from whylight.classifiers._normalised import Normalised, Preparation, input_channels
from whylight.classifiers._settings import Interpolation
from whylight.frame import Resizing
from whylight.types import Features


def from_module(
    network: nn.Module,
    labels: Sequence[str],
    *,
    name: str | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    size: int | tuple[int, int] = 224,
    shorter: int | None = None,
    interpolation: Interpolation = "bilinear",
    layer: str | None = None,
    to_grid: Callable[[Tensor], Features] | None = None,
) -> Classifier:
    """A classifier around a network in evaluation mode, which is not changed.

    ``labels``: one name a logit. ``mean``, ``std``: one number a channel, for pictures in [0, 1]; None leaves pictures as
    they are. ``size``: the input's side or (height, width). ``shorter``: the picture's shorter side before the centre is
    cut out; None squashes the whole picture to ``size``. ``layer``: where the CAM family looks, as in
    ``network.named_modules()``; None finds it. ``to_grid``: turns that layer's output into (batch, feature, row, column).

    Raises ModelError when the network is in training mode or its logits do not fit the labels, LayerError when ``layer``
    does not exist, is not reached or has no grid.
    """
    channels = len(mean) if mean else input_channels(network)
    sides = (size, size) if isinstance(size, int) else size
    resizing = Resizing(sides, shorter, interpolation, channels)
    preparation = Preparation(resizing, tuple(mean or ()), tuple(std or [1.0] * len(mean or ())))
    return wrap(network, tuple(labels), preparation, name=name or type(network).__name__, layer=layer, to_grid=to_grid)


def wrap(
    network: nn.Module,
    labels: tuple[str, ...],
    preparation: Preparation,
    *,
    name: str,
    layer: str | None = None,
    to_grid: Callable[[Tensor], Features] | None = None,
) -> Classifier:
    """The classifier with its layer found, or checked when it was named; raises as ``from_module`` does."""
    first = next(network.parameters(), torch.empty(0))
    predict = Normalised(network, preparation).to(first.device)
    predict.training = network.training  # `.train()` would reach into the user's network
    plain = Classifier(name, labels, predict, network, resizing=preparation.resizing)
    plain.check_mode()
    found, automatic = find_layer(plain)
    classifier = replace(plain, layer=layer or found, to_grid=to_grid or automatic)
    if layer is not None:
        check_layer(classifier, layer)
    return classifier


def still(network: nn.Module, device: torch.device) -> nn.Module:
    """A network that we loaded ourselves, ready to be asked: evaluation mode, no gradients of its own, channels-last."""
    network = network.eval().requires_grad_(requires_grad=False).to(device)
    return cast(nn.Module, cast(Any, network).to(memory_format=torch.channels_last))  # a keyword without a type
