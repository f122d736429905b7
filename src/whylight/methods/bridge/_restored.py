"""Leaving no trace: whatever a foreign library does to a network or to the random state is undone when the block ends."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from whylight.tensors import generator


@dataclass(frozen=True, eq=False)
class _Value:
    """A parameter or a buffer: the object, the memory it had, and what was in it."""

    tensor: Tensor
    memory: Tensor
    content: Tensor
    gradient: Tensor | None
    requires_grad: bool

    @classmethod
    def of(cls, tensor: Tensor) -> "_Value":
        return cls(tensor, tensor.data, tensor.data.clone(), tensor.grad, tensor.requires_grad)

    def put_back(self) -> None:
        self.tensor.data = self.memory
        if not torch.equal(self.memory, self.content):
            self.memory.copy_(self.content)
        self.tensor.grad = self.gradient
        if self.tensor.is_leaf:
            self.tensor.requires_grad_(self.requires_grad)


@contextmanager
def restored(network: nn.Module | None) -> Iterator[None]:
    """The network is as it was when the block ends, even on failure: values, gradients, modes, hooks and attributes."""
    modules = [] if network is None else list(network.modules())
    attributes = [(module, _copied(vars(module))) for module in modules]
    values = [] if network is None else [_Value.of(each) for each in (*network.parameters(), *network.buffers())]
    try:
        yield
    finally:
        for module, before in attributes:
            _put_back(vars(module), before)
        with torch.no_grad():
            for value in values:
                value.put_back()


def _copied(attributes: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Each attribute, and for those that hold things (hooks, parts, parameters) what they held."""
    return {key: (value, value.copy() if isinstance(value, (dict, set)) else None) for key, value in attributes.items()}


def _put_back(attributes: dict[str, Any], before: dict[str, tuple[Any, Any]]) -> None:
    for key in set(attributes) - set(before):
        del attributes[key]
    for key, (value, held) in before.items():
        attributes[key] = value
        if held is not None:
            value.clear()
            value.update(held)


@contextmanager
def own_randomness(seed: int, device: torch.device) -> Iterator[None]:
    """Inside the block the global random states of torch, numpy and Python follow from ``seed``; outside nothing changes."""
    number = generator(seed).initial_seed()  # below 2^32, which is as much as numpy takes
    python, numpy = random.getstate(), np.random.get_state()  # the state that others draw from
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.default_generator.manual_seed(number)
        for each in cuda:
            with torch.cuda.device(each):
                torch.cuda.manual_seed(number)
        random.seed(number)
        np.random.seed(number)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
