"""The report of ``whylight evaluate``: which methods to use, how sure that is, and where each fails.

It reads what the run left in its folder beside the summary: scores, and curves where a metric draws some.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whylight import __version__
from whylight.plots.scores import hundredths, measured
from whylight.report.evaluation_agreement import Square, between_methods, between_metrics
from whylight.report.evaluation_curves import Curves, curves_in
from whylight.report.evaluation_metrics import bars_of
from whylight.report.evaluation_pictures import Extremes, PictureOf, extremes_of
from whylight.report.folder import REPORT
from whylight.report.pages import template
from whylight.runs import merging, scores
from whylight.runs.scores import Scores
from whylight.runs.summary import Failure, Line, Summary
from whylight.whole import written_whole

FEW_WARNINGS = 5
"""More than these are folded away."""
MOST_FAILURES = 100


@dataclass(frozen=True)
class Row:
    """A method in the table of all: its place among methods and controls, its mean rank and first places (none where no
    metric counts), and its line by each metric."""

    method: str
    control: bool
    mean_rank: float | None
    wins: int | None
    lines: tuple[Line | None, ...]


def write_evaluation(folder: Path, summary: Summary, picture_of: PictureOf | None = None) -> Path:
    """Writes ``report.html`` into the folder of a run; returns its path.

    ``picture_of``: computes the map of a picture again (``evaluation_pictures.pictures_of``); without it the page shows no
    pictures.
    """
    found = _scores(folder, summary)
    pictures: tuple[str, Sequence[Extremes]] = ("", ())
    if found is not None and picture_of is not None:
        pictures = extremes_of(folder, summary, found, picture_of)
    agreement = None if found is None else between_methods(found, summary)
    page = render(summary, curves_in(folder, summary), agreement, pictures)
    with written_whole(folder / REPORT) as file:
        file.write(page.encode("utf-8", "replace"))
    return folder / REPORT


def render(
    summary: Summary,
    curves: Sequence[Curves] = (),
    agreement: Square | None = None,
    pictures: tuple[str, Sequence[Extremes]] = ("", ()),
) -> str:
    """The page. ``agreement``: of methods over pictures. ``pictures``: the metric that chose them, and each method's."""
    metrics = list(dict.fromkeys(line.metric for line in summary.lines))
    return template("evaluation.html.jinja", hundredths=hundredths, measured=measured).render(
        summary=summary,
        plan=summary.plan.to_plain(),
        version=__version__,
        metrics=metrics,
        rows=table_of(summary, metrics),
        bars=bars_of(summary),
        curves=curves,
        agreement=agreement,
        metric_agreement=between_metrics(summary),
        chosen_by=pictures[0],
        extremes=pictures[1],
        failures=_counted(summary.failures),
        few_warnings=FEW_WARNINGS,
        most_failures=MOST_FAILURES,
    )


def table_of(summary: Summary, metrics: Sequence[str]) -> list[Row]:
    """Every method and control, the best first; those without a mean rank last."""
    by = {(line.method, line.metric): line for line in summary.lines}
    ranked = {each.method: each for each in summary.overall}
    controls = {line.method for line in summary.lines if line.control}
    names = dict.fromkeys([*ranked, *(line.method for line in summary.lines)])
    return [
        Row(
            method=name,
            control=name in controls,
            mean_rank=ranked[name].mean_rank if name in ranked else None,
            wins=ranked[name].wins if name in ranked else None,
            lines=tuple(by.get((name, metric)) for metric in metrics),
        )
        for name in names
    ]


def _scores(folder: Path, summary: Summary) -> Scores | None:
    if not all((folder / name).exists() for name in (merging.RESULTS, merging.TIMINGS)):
        return None
    methods = dict.fromkeys(line.method for line in summary.lines)
    metrics = dict.fromkeys(line.metric for line in summary.lines)
    return scores.read(folder, tuple(methods), tuple(metrics))


def _counted(failures: Sequence[Failure]) -> list[dict[str, Any]]:
    """Failures of one reason together: how many pictures, and which one was the first."""
    kinds = Counter((each.method, each.metric, each.sentence) for each in failures)
    first = {(each.method, each.metric, each.sentence): each.picture for each in reversed(failures)}
    return [
        {"method": kind[0], "metric": kind[1], "sentence": kind[2], "count": count, "picture": first[kind]}
        for kind, count in kinds.most_common()
    ]
