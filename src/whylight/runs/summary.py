"""The summary of a run: what its rows say of each method, against the others and against the controls.

Every number is over pictures: means with 95 % intervals from a seeded bootstrap, differences of two methods on the same
pictures with Wilcoxon's signed-rank test, corrected by Holm's procedure within each metric.
"""

from dataclasses import dataclass

from whylight.runs.plan import Plan


@dataclass(frozen=True)
class Line:
    """One method or control by one metric.

    ``mean`` over the ``n`` pictures that could be measured, with its 95 % interval from ``low`` to ``high`` (equal to the
    mean for one picture). ``rank``: from 1, the best, among all methods and controls; None where ``higher_is_better`` is
    None, since such a metric is neither good nor bad.
    """

    metric: str
    model: str
    method: str
    control: bool
    mean: float
    low: float
    high: float
    n: int
    higher_is_better: bool | None
    rank: int | None


@dataclass(frozen=True)
class Pair:
    """Two methods by one metric on the same pictures: the mean of ``first`` minus ``second`` with its 95 % interval, and
    ``p`` of Wilcoxon's signed-rank test, corrected by Holm among the pairs of the metric; 1 where nothing differs."""

    metric: str
    first: str
    second: str
    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Overall:
    """A method over the metrics that count (``runs.verdicts``): its mean rank, the best first, and its first places."""

    method: str
    control: bool
    mean_rank: float
    wins: int


@dataclass(frozen=True)
class Failure:
    """A picture that could not be read (``method`` is None), a method that failed on it (``metric`` is None), or a metric
    that did; ``sentence`` says why."""

    picture: str
    method: str | None
    metric: str | None
    sentence: str


@dataclass(frozen=True)
class Summary:
    """All that a run found. ``pictures``: how many have at least one score. ``lines``: by metric in the plan's order, then
    by method in the plan's order, controls last. ``overall``: the best first. ``warnings``: one sentence for each method and
    metric where the method does not beat the best control. ``advice``: one sentence, what to use and what not to trust."""

    plan: Plan
    pictures: int
    lines: tuple[Line, ...]
    pairs: tuple[Pair, ...]
    overall: tuple[Overall, ...]
    warnings: tuple[str, ...]
    advice: str
    failures: tuple[Failure, ...]
