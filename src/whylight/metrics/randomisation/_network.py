"""A network whose weights are drawn anew for a while: layer by layer, in place, and bit by bit as it was afterwards.

In place, because a classifier's ``predict`` holds the very same module. A layer that can initialise itself
(``reset_parameters``) does so; the weights of any other are shuffled. What is drawn depends on the seed and the layer's
number alone, and comes from the processor on every device.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from whylight.errors import MetricError
from whylight.tensors import generator

Layer = tuple[int, nn.Module]
"""A layer that holds weights itself, and its number in the network."""


def layers_of(network: nn.Module) -> list[Layer]:
    """Every module that holds weights itself, in the order in which the network holds them: for most, from the picture
    to the logits."""
    holding = [module for module in network.modules() if next(module.parameters(recurse=False), None) is not None]
    return list(enumerate(holding))


@contextmanager
def kept(network: nn.Module) -> Iterator[Callable[[], None]]:
    """Gives a function that brings all weights and buffers back; it is called at the end too, even after a failure."""
    saved = [(tensor, tensor.detach().clone()) for tensor in chain(network.parameters(), network.buffers())]

    def restore() -> None:
        with torch.no_grad():
            for tensor, values in saved:
                tensor.data.copy_(values)

    try:
        yield restore
    finally:
        restore()


def randomise(layers: list[Layer], seed: int) -> None:
    """Draws the weights of these layers anew; raises MetricError for a layer that fails to initialise itself."""
    for number, layer in layers:
        reset = getattr(layer, "reset_parameters", None)
        own = list(layer.parameters(recurse=False))
        if reset is not None and len(own) == len(list(layer.parameters())):
            _reset(layer, own, reset, seed, number)
        else:
            _shuffle(own, seed, number)


def _shuffle(weights: list[nn.Parameter], seed: int, number: int) -> None:
    source = generator(seed, number)
    for weight in weights:
        order = torch.randperm(weight.numel(), generator=source).to(weight.device)
        weight.data.copy_(weight.detach().flatten()[order].reshape(weight.shape))


def _reset(layer: nn.Module, weights: list[nn.Parameter], reset: Callable[[], Any], seed: int, number: int) -> None:
    """The layer's own initialisation, on the processor, with the global random state lent and given back."""
    homes: list[Tensor] = [weight.data for weight in weights]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.default_generator.set_state(generator(seed, number).get_state())
        for weight in weights:
            weight.data = weight.data.to("cpu")
        try:
            reset()
        except Exception as error:  # a layer may be anybody's code, and raise anything
            raise MetricError(
                f"the layer {type(layer).__name__} could not draw its weights anew: {type(error).__name__}: {error}; "
                "leave the randomisation metrics out for this network"
            ) from error
        finally:
            fresh = [weight.data for weight in weights]
            for weight, home in zip(weights, homes, strict=True):
                weight.data = home
    for weight, values in zip(weights, fresh, strict=True):
        weight.data.copy_(values)
