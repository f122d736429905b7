"""A network whose weights are drawn anew for a while: layer by layer, in place, and bit by bit as it was afterwards.

In place, because a classifier's ``predict`` holds the very same module. A layer that can initialise itself
(``reset_parameters``) does so; the weights of any other are shuffled. What is drawn depends on the seed and the layer's
number alone, and comes from the processor on every device.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain

import torch
from torch import nn

from whylight.errors import MetricError
from whylight.tensors import generator

Layer = tuple[int, nn.Module]
"""A layer that holds weights itself, and its number in the network."""

Weights = dict[str, nn.Parameter]


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
        own, source = dict(layer.named_parameters(recurse=False)), generator(seed, number)
        if hasattr(layer, "reset_parameters") and len(own) == len(list(layer.parameters())):
            _reset(layer, own, source)
        else:
            _shuffle(own, source)


def _shuffle(own: Weights, source: torch.Generator) -> None:
    for weight in own.values():
        order = torch.randperm(weight.numel(), generator=source).to(weight.device)
        weight.data.copy_(weight.detach().flatten()[order].reshape(weight.shape))


def _reset(layer: nn.Module, own: Weights, source: torch.Generator) -> None:
    """The layer's own initialisation, of stand-ins on the processor: it draws from the global random state, which is lent
    to it and given back."""
    drawn = {name: nn.Parameter(weight.detach().to("cpu", copy=True)) for name, weight in own.items()}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.set_state(source.get_state())
        try:
            _put(layer, drawn)
            layer.reset_parameters()  # type: ignore[operator]  # it is there
        except Exception as error:  # a layer may be anybody's code, and raise anything
            raise MetricError(
                f"the layer {type(layer).__name__} could not draw its weights anew: {type(error).__name__}: {error}; "
                "leave the randomisation metrics out for this network"
            ) from error
        finally:
            _put(layer, own)
    for name, weight in own.items():
        weight.data.copy_(drawn[name].detach())


def _put(layer: nn.Module, weights: Weights) -> None:
    for name, weight in weights.items():
        setattr(layer, name, weight)
