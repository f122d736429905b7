"""Reason: what a loss on explanations is given, and what it answers: corrected pictures in, one number a picture out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from whylight.errors import LayerError
from whylight.types import Features, Images, Logits, Scores, Targets

LEAST_SPREAD = 1e-6
"""Between the highest and the lowest of a map that is not constant."""

Marked = Bool[Tensor, "batch height width"]
Grid = Float[Tensor, "batch row column"]
"""One number for each cell of a layer."""


@dataclass(frozen=True, eq=False)
class Corrected:
    """Pictures of which somebody said what should matter.

    ``targets``: their true labels. ``unwanted``, ``wanted``: the pixels that should not matter, and those that should.
    ``seeds``: one number a picture, for what is drawn for it.
    """

    images: Images
    targets: Targets
    unwanted: Marked
    wanted: Marked
    seeds: Int[Tensor, " batch"]


@dataclass(frozen=True, eq=False)
class Looked:
    """What is trained. ``predict``: takes pictures in [0, 1]. ``layer``: inside it, where Grad-CAM looks; None where there
    is none. ``to_grid``: turns the layer's output into a grid."""

    predict: Callable[[Images], Logits]
    layer: nn.Module | None
    to_grid: Callable[[Tensor], Features]


class Reasoned(NamedTuple):
    """``logits``: of the pictures as they are. ``penalties``: of each picture, at least 0."""

    logits: Logits
    penalties: Scores


class RightReason(ABC):
    """A frozen dataclass of settings; calling it gives what is made small beside the cross-entropy, with gradients.

    ``uses``: the marks that it learns from. ``scaled``: whether its size depends on the network, so that it has to be
    divided by what it is at the start. ``looks_at_layer``: whether it needs one. ``explains_like``: the method whose maps it
    changes itself, which says least of what else has changed; None for no method.
    """

    uses: ClassVar[tuple[str, ...]] = ("unwanted",)
    scaled: ClassVar[bool] = True
    looks_at_layer: ClassVar[bool] = False
    explains_like: ClassVar[str | None] = None

    @abstractmethod
    def __call__(self, looked: Looked, given: Corrected) -> Reasoned:
        """The logits and the penalty of each picture."""


def grad_cam(looked: Looked, images: Images, targets: Targets | None = None) -> tuple[Logits, Grid]:
    """The logits, and Grad-CAM's maps (batch, row, column) of the targets, or of the labels that the network gives, each
    stretched to [0, 1]; all of it can be differentiated once more. A constant map becomes zeros.

    Raises LayerError where there is no layer to look at.
    """
    if looked.layer is None:
        raise LayerError("the network has no layer with a grid to look at; take the loss rrr or counter_examples")
    with _recording(looked.layer) as recorded:
        logits = looked.predict(images)
    features = looked.to_grid(recorded[-1])
    chosen = logits.argmax(dim=1) if targets is None else targets
    wanted = logits.gather(1, chosen[:, None]).sum()
    (slopes,) = torch.autograd.grad(wanted, features, create_graph=True)
    maps = (slopes.mean(dim=(2, 3), keepdim=True) * features).sum(dim=1)
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    return logits, (maps - low) / (high - low).clamp_min(LEAST_SPREAD)


def on_grid(marked: Marked, maps: Grid) -> Grid:
    """The share of each cell of the maps that is marked."""
    return functional.adaptive_avg_pool2d(marked[:, None].to(maps), (maps.shape[1], maps.shape[2]))[:, 0]


@contextmanager
def _recording(layer: nn.Module) -> Iterator[list[Tensor]]:
    """The layer's outputs while the block runs, with their graph; a copy is passed on, so that an in-place operation that
    follows cannot spoil them."""
    recorded: list[Tensor] = []

    def note(_module: nn.Module, _inputs: object, output: object) -> Tensor:
        if not isinstance(output, Tensor):
            raise LayerError(f"expected a layer whose output is one tensor; got {type(output).__name__}")
        recorded.append(output if output.requires_grad else output.requires_grad_())
        return recorded[-1].clone()

    hook = layer.register_forward_hook(note)
    try:
        with torch.enable_grad():
            yield recorded
    finally:
        hook.remove()
