"""Logits out of whatever a network answers: a tensor, something with ``logits``, or a tuple that begins with a tensor."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from whylight.classifiers._settings import Output
from whylight.errors import ModelError


def numbers_in(answer: Any) -> Tensor:
    """The tensor (numpy arrays become one) of an answer; raises ModelError, which names the type, when there is none."""
    found = answer
    if isinstance(answer, Mapping):
        found = answer.get("logits")
    elif isinstance(answer, (tuple, list)):
        found = answer[0] if answer else None
    elif not isinstance(answer, (Tensor, np.ndarray)):
        found = getattr(answer, "logits", None)
    if isinstance(found, np.ndarray):
        return torch.from_numpy(found.copy())
    if not isinstance(found, Tensor):
        raise ModelError(
            "expected a tensor or a numpy array of logits, a mapping or an object with `logits`, or a tuple that begins "
            f"with a tensor; got {type(answer).__name__}"
        )
    return found


def to_logits(numbers: Tensor, output: Output) -> Tensor:
    """Numbers whose softmax is the network's probabilities.

    ``probability``: the logarithm; one probability p a picture stands for (1 − p, p). ``sigmoid``: one logit z a picture,
    of shape (picture) or (picture, 1), becomes (−z/2, z/2), whose softmax is the sigmoid and which treats both labels alike.
    """
    if output == "logits":
        return numbers
    if output == "probability":
        numbers = torch.cat([1 - numbers, numbers], dim=1) if numbers.shape[1:] == (1,) else numbers
        return numbers.clamp_min(torch.finfo(numbers.dtype).tiny).log()
    single = numbers[:, None] if numbers.ndim == 1 else numbers
    if single.ndim != 2 or single.shape[1] != 1:
        raise ModelError(
            f"output=sigmoid is for one logit a picture; got numbers of shape {tuple(numbers.shape)}, so leave it out"
        )
    return functional.pad(single, (1, 0)) - single / 2
