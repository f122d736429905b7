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
from whylight.classifiers._arguments import Numbers, check_choice, check_network, labels_of, per_channel, sides_of
from whylight.classifiers._layers import check_layer, find_layer
from whylight.classifiers._normalised import Normalised, Preparation, input_channels
from whylight.classifiers._settings import Interpolation, Output
from whylight.frame import Resizing
from whylight.types import Features


def from_module(
    network: nn.Module,
    labels: Sequence[str],
    *,
    name: str | None = None,
    mean: Numbers | None = None,
    std: Numbers | None = None,
    size: int | tuple[int, int] = 224,
    shorter: int | None = None,
    interpolation: Interpolation = "bilinear",
    layer: str | None = None,
    to_grid: Callable[[Tensor], Features] | None = None,
    output: Output = "logits",
) -> Classifier:
    """A classifier around a network in evaluation mode, which is not changed.

    ``labels``: one name a logit. ``mean``, ``std``: one number a channel or one for all, for pictures in [0, 1]; both None
    leaves pictures as they are. ``size``: the input's side or (height, width). ``shorter``: the picture's shorter side
    before the centre is cut out; None squashes the whole picture to ``size``. ``layer``: where the CAM family looks, as in
    ``network.named_modules()``; None finds it. ``to_grid``: turns that layer's output into (batch, feature, row, column).
    ``output``: what the network answers: ``logits``, ``probability``, or for ``sigmoid`` one logit a picture, of two labels.

    Raises ModelError when an argument cannot be used, the network is in training mode or its logits do not fit the labels,
    LayerError when ``layer`` does not exist, is not reached or has no grid.
    """
    check_network(network)
    check_choice("interpolation", interpolation, Interpolation)
    check_choice("output", output, Output)
    expected = input_channels(network)
    means, deviations = per_channel("mean", mean, expected), per_channel("std", std, expected)
    resizing = Resizing(sides_of(size), shorter, interpolation, len(means) or expected)
    preparation = Preparation(resizing, means, deviations)
    title = name or type(network).__name__
    return wrap(network, labels_of(labels), preparation, name=title, layer=layer, to_grid=to_grid, output=output)


def wrap(
    network: nn.Module,
    labels: tuple[str, ...],
    preparation: Preparation,
    *,
    name: str,
    layer: str | None = None,
    to_grid: Callable[[Tensor], Features] | None = None,
    output: Output = "logits",
) -> Classifier:
    """The classifier with its layer found, or checked when it was named; raises as ``from_module`` does."""
    first = next(network.parameters(), torch.empty(0))
    predict = Normalised(network, preparation, output).to(first.device)
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
