"""Bare passes: as many pictures through the same network, forward and back, and nothing else; in the batches and the memory
layout that are fastest, which are found first."""

import math
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from _metric_pairs import Passes
from _speed_case import SMALL_SIDE, Case
from _speed_pairs import Kind
from torch import Tensor, nn

from whylight.tensors import pick

AT_ONCE = {"large": (1, 2, 4, 8), "small": (32, 64, 128, 256)}
TRIALS = 2


@dataclass(frozen=True)
class Way:
    """How passes are made: so many pictures at once, channels last in memory or first."""

    size: int
    channels_last: bool


def through(case: Case, kind: Kind, count: int, way: Way) -> None:
    """``count`` pictures, the case's own in turn."""
    layout = torch.channels_last if way.channels_last else torch.contiguous_format
    for start in range(0, count, way.size):
        rows = torch.arange(start, min(count, start + way.size)) % len(case.images)
        images, targets = case.images[rows].contiguous(memory_format=layout), case.targets[rows]
        if kind == "forward":
            with torch.inference_mode():
                case.model(images)
        elif kind == "gradients":
            leaf = images.requires_grad_()
            torch.autograd.grad(pick(case.model(leaf), targets).sum(), leaf)
        else:
            with torch.no_grad(), begins_at(case.classifier.submodule(case.layer)) as leaves:
                answer = pick(case.model(images), targets).sum()
            torch.autograd.grad(answer, leaves[-1])


@contextmanager
def begins_at(layer: nn.Module) -> Any:
    """Gradients are recorded from the layer on, and what they are taken of."""
    leaves: list[Tensor] = []

    def begin(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        torch.set_grad_enabled(True)
        leaves.append(output.detach().requires_grad_())
        return leaves[-1]

    handle = layer.register_forward_hook(begin)
    try:
        yield leaves
    finally:
        handle.remove()


def fastest(case: Case, kind: Kind, most: int) -> Way:
    """Of some batch sizes up to ``most`` pictures and both layouts, by the least processor time a picture."""
    small = case.images.shape[-1] < SMALL_SIDE
    sizes = sorted({min(size, most) for size in AT_ONCE["small" if small else "large"]})
    ways = [Way(size, last) for size in sizes for last in (True, False)]
    cost = dict.fromkeys(ways, math.inf)
    for _ in range(TRIALS):
        for way in ways:
            began = time.process_time()
            through(case, kind, way.size, way)
            cost[way] = min(cost[way], (time.process_time() - began) / way.size)
    return min(ways, key=cost.__getitem__)


class Floor:
    """The bare passes of one case; the fastest way of each kind is looked for once."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._ways: dict[tuple[Kind, int], Way] = {}

    def way(self, kind: Kind, count: int) -> Way:
        """For so many pictures."""
        most = min(count, max(AT_ONCE["small"]))
        if (kind, most) not in self._ways:
            self._ways[kind, most] = fastest(self.case, kind, most)
        return self._ways[kind, most]

    def work(self, kind: Kind, passes: Passes) -> Callable[[], None]:
        """As many pictures back as came back, and the rest forward only."""
        counts: dict[Kind, int] = {"forward": passes.forward - passes.backward}
        if kind != "forward":
            counts[kind] = passes.backward
        ways = {each: self.way(each, count) for each, count in counts.items() if count > 0}

        def run() -> None:
            for each, way in ways.items():
                through(self.case, each, counts[each], way)

        return run
