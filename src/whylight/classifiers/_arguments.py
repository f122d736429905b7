"""What is given to ``from_module`` and ``from_function`` in Python, checked and in one form."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from whylight.errors import ModelError

Numbers = float | Sequence[float] | Tensor | NDArray[np.floating]
"""One number for all channels, or one a channel."""


def sides_of(size: Any, name: str = "size") -> tuple[int, int]:
    """(height, width) of one side or a pair, of which the last two count; raises ModelError for anything else."""
    sides = [size, size] if isinstance(size, int) else list(size)[-2:] if isinstance(size, Sequence) else []
    if len(sides) != 2 or not all(type(side) is int and side > 0 for side in sides):
        raise ModelError(f"expected {name} as one side or (height, width), whole numbers above 0; got {_short(size)}")
    return sides[0], sides[1]


def per_channel(name: str, given: Any, channels: int) -> tuple[float, ...]:
    """One number a channel, empty for None; a single number counts for all channels.

    Raises ModelError for what is not made of finite numbers.
    """
    if given is None:
        return ()
    try:
        numbers = torch.as_tensor(given, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        numbers = torch.empty(0)
    values = numbers.flatten().tolist()
    if not values or not all(map(math.isfinite, values)):
        raise ModelError(f"expected {name} as one number, or one a channel, for pixels in [0, 1]; got {_short(given)}")
    return tuple(values) * channels if numbers.ndim == 0 else tuple(values)


def labels_of(labels: Any) -> tuple[str, ...]:
    """The names as a tuple; raises ModelError unless there are several of them."""
    if not isinstance(labels, Iterable):
        raise ModelError(f"expected labels as a sequence of names, one a logit; got {type(labels).__name__}")
    return tuple(str(label) for label in labels)


def check_network(network: object) -> None:
    """Raises ModelError for anything but a torch module."""
    if not isinstance(network, nn.Module):
        raise ModelError(
            f"expected a torch.nn.Module; got {type(network).__name__}; whylight.from_function takes any callable"
        )


def check_choice(name: str, given: Any, choices: Any) -> None:
    """Raises ModelError for a word that is not among those of a ``Literal``."""
    if given not in get_args(choices):
        raise ModelError(f"expected {name} to be one of {', '.join(get_args(choices))}; got {given!r}")


def _short(given: Any) -> str:
    """A value in one line; arrays print in several."""
    return " ".join(repr(given).split())
