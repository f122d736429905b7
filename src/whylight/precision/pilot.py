"""Pilot: a short run of a method in float32 and in 8-bit numbers, on the same samples, to see whether maps stay the same.

    correlation = Pearson's, over the pixels, of the two maps of one picture

A picture's own correlation is only known when both maps are made. So the first picture of every few that are explained
together is tried with few samples: fewer of them make the sampling's own noise larger in both maps alike, and the error of
the numbers larger in one. What a whole map of each network and method has been measured to reach stands in the manual.
"""

import time
from dataclasses import dataclass, fields, replace
from typing import Any, cast

import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.method import Method
from whylight.spec import name_of
from whylight.tensors import agreement
from whylight.types import Images, Logits, Maps, Targets

LEAST = 0.98
"""The correlation below which 8-bit numbers are refused."""
SAMPLES = 256
PER_PART = 5
"""A surrogate of many parts needs so many samples for each."""


@dataclass(frozen=True)
class Pilot:
    """``correlation``: of the two maps, in [-1, 1]. ``error``: the largest difference in probability for a picture that both
    were asked about. ``passes``: of either map. ``exact_seconds``, ``quick_seconds``: processor time of each."""

    method: str
    correlation: float
    error: float
    passes: int
    exact_seconds: float
    quick_seconds: float


def shortened(method: Method) -> Method:
    """The method with few samples; the same where it draws none."""
    values = {field.name: getattr(method, field.name) for field in fields(cast(Any, method))}
    if not isinstance(most := values.get("samples"), int):
        return method
    few = min(most, max(SAMPLES, PER_PART * (values.get("count") or 0)))
    short: Method = replace(cast(Any, method), samples=few)
    return short


def pilot(exact: Classifier, quick: Classifier, method: Method, images: Images, targets: Targets) -> Pilot:
    """The maps of both classifiers for one picture, compared.

    Raises MethodError where they correlate by less than ``LEAST``.
    """
    short = shortened(method)
    slow, fast = _Run.of(exact, short, images, targets), _Run.of(quick, short, images, targets)
    correlation = float(agreement(slow.maps, fast.maps)[0])
    if not correlation >= LEAST:
        raise MethodError(
            f"in 8-bit numbers the map of {name_of(method)} on {exact.name} correlates with float32's by "
            f"{correlation:.3f} only ({slow.passes} passes; expected at least {LEAST}); use --precision float32"
        )
    return Pilot(name_of(method), correlation, slow.off(fast), slow.passes, slow.seconds, fast.seconds)


class _Asked:
    """A classifier's ``predict`` that keeps what it answered, and a sum that tells pictures apart."""

    def __init__(self, predict: perturb.Predict) -> None:
        self.predict, self.logits, self.sums = predict, list[Tensor](), list[Tensor]()

    def __call__(self, images: Images) -> Logits:
        logits = self.predict(images)
        self.logits.append(logits.detach())
        self.sums.append(images.detach().double().sum(dim=(1, 2, 3)))
        return logits


@dataclass(frozen=True, eq=False)
class _Run:
    """One of the two runs: the map, what was asked on the way, and its cost."""

    maps: Maps
    asked: _Asked
    passes: int
    seconds: float

    @classmethod
    def of(cls, classifier: Classifier, method: Method, images: Images, targets: Targets) -> "_Run":
        asked, quiet = _Asked(classifier.predict), replace(perturb.current_execution(), progress=None)
        began = time.process_time()
        with perturb.execution(quiet), perturb.metered() as meter:
            maps = method(replace(classifier, predict=asked), images, targets).maps
        return cls(maps, asked, meter.forward, time.process_time() - began)

    def off(self, other: "_Run") -> float:
        """The largest difference in probability where both asked about the same picture."""
        mine, theirs = self.asked, other.asked
        rows = min(sum(map(len, mine.sums)), sum(map(len, theirs.sums)))
        same = torch.cat(mine.sums)[:rows] == torch.cat(theirs.sums)[:rows]
        pairs = [torch.cat(each.logits)[:rows][same].softmax(dim=1) for each in (mine, theirs)]
        return float((pairs[0] - pairs[1]).abs().max()) if same.any() else 0.0
