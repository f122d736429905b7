"""The axis of a plot on a page: from a value to its place in percent, with ticks at round numbers."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from matplotlib.ticker import MaxNLocator

TICKS = 5
WIDE = 200.0
"""Positive values of which the largest is so many times the smallest stand on a logarithmic axis."""


@dataclass(frozen=True)
class Axis:
    """From ``low`` to ``high``; ``log``: equal steps are equal ratios."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """Where a value stands, from 0 to 100; values outside stand at the ends."""
        if self.log:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    @property
    def start(self) -> float:
        """Where bars begin: 0, or the lowest value where there is no 0."""
        return self.low if self.log else min(max(0.0, self.low), self.high)


def axis_over(values: Iterable[float], *, zero: bool = True) -> Axis:
    """An axis over all finite values; with ``zero`` it holds 0 too, unless it is logarithmic."""
    known = [value for value in values if math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if zero and low > 0 and high / low >= WIDE:
        return _logarithmic(low, high)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = (low, high + 1.0) if low == 0 else (low - abs(low) / 2, high + abs(high) / 2)
    ticks = [float(tick) for tick in MaxNLocator(TICKS, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)]
    return Axis(ticks[0], ticks[-1], tuple(ticks))


def _logarithmic(low: float, high: float) -> Axis:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = max(1, math.ceil((last - first) / TICKS))
    return Axis(10.0**first, 10.0**last, tuple(10.0**power for power in range(first, last + 1, step)), log=True)
