"""Pilot: a short run of a method in float32 and in 8-bit numbers, on the same samples, to see whether maps stay the same.

    correlation = Pearson's, over the pixels, of the two maps of one picture

A picture's own correlation is only known when both maps are made. So the first picture of every few that are explained
together is tried with few samples: fewer of them make the sampling's own noise larger in both maps alike, and the error of
the numbers larger in one. What a whole map of each network and method has been measured to reach stands in the manual.
"""

import time
from dataclasses import dataclass, fields, replace
from typing import Any, cast

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.method import Method
from whylight.spec import name_of
from whylight.tensors import agreement
from whylight.types import Images, Targets

LEAST = 0.98
"""The correlation below which 8-bit numbers are refused."""
SAMPLES = 256
PER_PART = 5
"""A surrogate of many parts needs so many samples for each."""


@dataclass(frozen=True)
class Pilot:
    """``correlation``: of the two maps, in [-1, 1]. ``error``: the largest difference in probability on the first batch.
    ``passes``: of either map. ``exact_seconds``, ``quick_seconds``: processor time of each."""

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
    short, quiet = shortened(method), replace(perturb.current_execution(), progress=None)
    with perturb.execution(quiet):
        expected, slow, passes, _ = _timed(exact, short, images, targets)
        found, fast, _, error = _timed(quick, short, images, targets)
    correlation = float(agreement(expected, found)[0])
    if not correlation >= LEAST:
        raise MethodError(
            f"in 8-bit numbers the map of {name_of(method)} on {exact.name} correlates with float32's by "
            f"{correlation:.3f} only (measured with {passes} passes; expected at least {LEAST}); use --precision float32"
        )
    return Pilot(name_of(method), correlation, error, passes, slow, fast)


def _timed(classifier: Classifier, method: Method, images: Images, targets: Targets) -> tuple[Any, float, int, float]:
    """The map, processor seconds, passes, and the error of reduced precision."""
    began = time.process_time()
    with perturb.metered() as meter:
        maps = method(classifier, images, targets).maps
    return maps, time.process_time() - began, meter.forward, meter.precision_error
