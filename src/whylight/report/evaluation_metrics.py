"""The bars of an evaluation: for each metric every method with its interval, the controls among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from whylight import registry
from whylight.plots.axis import Axis, axis_over
from whylight.runs.summary import Line, Pair, Summary

DIRECTIONS = {True: "higher is better", False: "lower is better", None: "neither good nor bad in itself"}


@dataclass(frozen=True)
class Bars:
    """One metric: its name, what it is, which direction is better, its lines (the best first), the axis, the mean of the
    best control, and the pairs of the first method with the others."""

    metric: str
    about: str
    direction: str
    lines: tuple[Line, ...]
    axis: Axis
    best_control: float | None
    pairs: tuple[Pair, ...]

    @property
    def first(self) -> str:
        """The method that comes first."""
        return self.lines[0].method


def bars_of(summary: Summary) -> list[Bars]:
    """One for each metric that has a line, in the plan's order."""
    metrics = dict.fromkeys(line.metric for line in summary.lines)
    return [
        _bars(metric, [line for line in summary.lines if line.metric == metric], summary.pairs) for metric in metrics
    ]


def about(metric: str) -> str:
    """The first sentence of a metric's file."""
    name = metric.partition(":")[0]
    return registry.summary("metrics", name) if name in registry.names("metrics") else ""


def _bars(metric: str, lines: Sequence[Line], pairs: Sequence[Pair]) -> Bars:
    ranked = lines[0].higher_is_better is not None
    ordered = tuple(sorted(lines, key=lambda line: (line.rank or 0) if ranked else -line.mean))
    axis = axis_over(edge for line in lines for edge in (line.mean, line.low, line.high))
    control = next((line.mean for line in ordered if line.control and ranked), None)
    first = ordered[0].method
    against = tuple(
        _from(first, pair) for pair in pairs if pair.metric == metric and first in {pair.first, pair.second}
    )
    return Bars(metric, about(metric), DIRECTIONS[lines[0].higher_is_better], ordered, axis, control, against)


def _from(first: str, pair: Pair) -> Pair:
    """The pair as the difference of ``first`` to the other."""
    if pair.first == first:
        return pair
    return Pair(pair.metric, first, pair.first, -pair.difference, -pair.high, -pair.low, pair.p)
