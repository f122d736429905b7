"""How the first convolutions of a classifier answer before and after: by how much, in which channels, and where most.

    change of a channel   = mean over pictures and places of |after - before|
    relative change       = Σ channels change / Σ channels mean |before|

Channels of two different networks have nothing to do with each other by their numbers, so that only networks of one form
(the same one, or one trained on from it) are compared channel by channel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from whylight import perturb
from whylight.classifier import Classifier
from whylight.comparison.before_after.sides import Sides
from whylight.comparison.before_after.stages import Stage, activations, first_stages
from whylight.types import Features, Images

CLOSE_UP = 0.3
"""The side of a close-up as a share of the map's shorter side."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Layer:
    """``stage``: of the network after, ``before``: of the one before. ``change`` of each channel, and its ``size``, the mean
    |before|, both over so many ``pictures``."""

    stage: Stage
    before: Stage
    change: Float[Tensor, " channel"]
    size: Float[Tensor, " channel"]
    pictures: int

    @property
    def relative(self) -> float:
        """The change of all channels as a share of what they answer; NaN where that is nothing."""
        whole = float(self.size.sum())
        return float(self.change.sum()) / whole if whole else float("nan")

    @property
    def channels(self) -> list[int]:
        """Those that changed most first."""
        order: list[int] = self.change.argsort(descending=True, stable=True).tolist()
        return order


@dataclass(frozen=True, eq=False)
class Answered:
    """What one layer answers to one picture, before and after: (channel, row, column)."""

    before: Float[Tensor, "channel row column"]
    after: Float[Tensor, "channel row column"]

    @property
    def change(self) -> Float[Tensor, "row column"]:
        """|after - before|, the mean over the channels."""
        return (self.after - self.before).abs().mean(dim=0)


class Layers:
    """Sums over pictures of the first convolutions that both networks have in the same form."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._stages: list[tuple[Stage, Stage]] | None = None
        self._sums: list[tuple[Tensor, Tensor]] = []
        self._pictures = 0

    def add(self, before: Images, after: Images) -> None:
        """``before`` and ``after``: the pictures that the two judges see, of one size."""
        if self._stages is None:
            self._stages = _common(self._sides, before[:1], after[:1])
        if not self._stages:
            return
        for answered in _answers(self._sides, before, after, self._stages):
            for place, (first, second) in enumerate(answered):
                change = (second - first).abs().mean(dim=(2, 3)).sum(dim=0).double().cpu()
                size = first.abs().mean(dim=(2, 3)).sum(dim=0).double().cpu()
                if len(self._sums) <= place:
                    self._sums.append((torch.zeros_like(change), torch.zeros_like(size)))
                self._sums[place][0].add_(change)
                self._sums[place][1].add_(size)
        self._pictures += len(before)

    def result(self) -> list[Layer]:
        """One for each convolution; none where the networks have none of one form."""
        return [
            Layer(after, before, change / self._pictures, size / self._pictures, self._pictures)
            for (before, after), (change, size) in zip(self._stages or (), self._sums, strict=True)
        ]


def answered(sides: Sides, layers: Sequence[Layer], before: Images, after: Images) -> list[list[Answered]]:
    """What the layers answer to some pictures: a list a layer with one entry a picture."""
    stages = [(layer.before, layer.stage) for layer in layers]
    found: list[list[Answered]] = [[] for _ in layers]
    for chunk in _answers(sides, before, after, stages):
        for place, (first, second) in enumerate(chunk):
            found[place] += [Answered(one.cpu(), other.cpu()) for one, other in zip(first, second, strict=True)]
    return found


def close_up(change: Float[Tensor, "row column"]) -> Box:
    """(left, top, right, bottom) of the square that holds most of a change, in its cells; the first of equal ones."""
    side = max(1, min(*change.shape, round(CLOSE_UP * min(change.shape)) or 1))
    sums = functional.avg_pool2d(change[None, None], side, stride=1)[0, 0]
    top, left = divmod(int(sums.flatten().argmax()), sums.shape[1])
    return left, top, left + side, top + side


def _common(sides: Sides, before: Images, after: Images) -> list[tuple[Stage, Stage]]:
    """The first convolutions of both, as long as they answer in the same form."""
    if tuple(before.shape) != tuple(after.shape):
        return []
    pairs = list(zip(first_stages(sides.before.judge, before), first_stages(sides.after.judge, after), strict=False))
    if not pairs:
        return []
    forms = next(_answers(sides, before, after, pairs))
    alike = [first.shape == second.shape for first, second in forms]
    return pairs[: alike.index(False) if False in alike else len(pairs)]


def _answers(
    sides: Sides, before: Images, after: Images, stages: Sequence[tuple[Stage, Stage]]
) -> Iterator[list[tuple[Features, Features]]]:
    """A few pictures at a time: what each stage answers before and after."""
    size = perturb.batch_size_for(after)
    for start in range(0, len(after), size):
        chosen = slice(start, start + size)
        first = _joined(sides.before.judge, before[chosen], tuple(stage for stage, _ in stages))
        second = _joined(sides.after.judge, after[chosen], tuple(stage for _, stage in stages))
        yield list(zip(first, second, strict=True))


def _joined(classifier: Classifier, images: Images, stages: tuple[Stage, ...]) -> list[Features]:
    chunks = [found for _, _, found in activations(classifier, images, stages)]
    return [torch.cat(parts) for parts in zip(*chunks, strict=True)]
