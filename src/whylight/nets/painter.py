"""Networks that give pictures: what they say of every number of a picture is a logit, and its sigmoid is the picture.

o = sigmoid(a)                      a: what the network answers
o = clip(x + ε tanh(a), 0, 1)       with ``change`` ε above 0: no number changes by more than that
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from whylight.types import Images

HALF_LEVEL = 1 / 512
"""Half of one of 256 levels: black and white have a finite logit."""


class Seen(NamedTuple):
    """What became of pictures, all of their shape.

    ``shown``: the pictures in [0, 1] that people are shown. ``logits``: sigmoid(logits) is ``shown``. ``given``: what the
    classifier is given; another than ``shown`` for a network with a second part for the classifier alone, whose logits are
    ``then``.
    """

    shown: Tensor
    logits: Tensor
    given: Tensor
    then: Tensor | None = None


class Coarsest(NamedTuple):
    """``part``: gives the coarsest grid of a network, (batch, ``features``, rows, columns)."""

    part: nn.Module
    features: int


class Painter(nn.Module, ABC):
    """A network from pictures (batch, channel, height, width) in [0, 1] to pictures of the same shape in [0, 1].

    ``change``: the most that a number may change; 0 for no bound.
    """

    def __init__(self, change: float = 0.0) -> None:
        super().__init__()
        self.change = change

    @abstractmethod
    def answer(self, images: Images) -> Tensor:
        """One number for each number of the pictures."""

    @property
    def coarsest(self) -> Coarsest | None:
        """Where deep supervision asks; None for a network without a coarse grid."""
        return None

    def look(self, images: Images) -> Seen:
        """The pictures that the network gives, with their logits; in float32 in any precision."""
        answer = self.answer(images).float()
        if self.change == 0:
            shown = answer.sigmoid()
            return Seen(shown, answer, shown)
        shown = (images + self.change * answer.tanh()).clamp(0, 1)
        return Seen(shown, torch.logit(shown, HALF_LEVEL), shown)

    def forward(self, images: Images) -> Images:
        """What the classifier is given."""
        return self.look(images).given


def silence(layer: nn.Conv2d) -> None:
    """Lets a layer answer 0 to everything."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def check_change(change: float) -> None:
    """Raises ValueError for a bound that is none."""
    if not 0 <= change <= 1:
        raise ValueError(f"expected a change from 0 (no bound) to 1; got {change}")


def padded(images: Images, multiple: int) -> tuple[Float[Tensor, "batch channel rows columns"], tuple[slice, slice]]:
    """The pictures mirrored at the border up to sides that ``multiple`` divides, and where they lie in that."""
    sides = (images.shape[-2], images.shape[-1])
    more = [-side % multiple for side in sides]
    before = [each // 2 for each in more]
    kept = slice(before[0], before[0] + sides[0]), slice(before[1], before[1] + sides[1])
    if not any(more):
        return images, kept
    edges = (before[1], more[1] - before[1], before[0], more[0] - before[0])
    return functional.pad(images, edges, mode="reflect"), kept
