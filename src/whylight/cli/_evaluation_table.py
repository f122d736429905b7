"""What the terminal shows of an evaluation: a ranked table, warnings and the advice."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from whylight.cli._terminal import console, one_line
from whylight.runs.names import short
from whylight.runs.summary import Line, Summary

CELL = 17
"""Columns of the terminal that a metric takes."""
MOST_WARNINGS = 12


def print_summary(summary: Summary) -> None:
    """Tables of methods by metrics, the best method first; as many metrics beside each other as the terminal holds."""
    shown = console()
    metrics = list(dict.fromkeys(line.metric for line in summary.lines))
    order = _order(summary)
    beside = max(1, (shown.width - max(map(len, order), default=0) - 16) // CELL)
    shown.print(Text(_heading(summary), style="bold"))
    for start in range(0, len(metrics), beside):
        shown.print(_table(summary, order, metrics[start : start + beside]))
    shown.print(
        Text(
            "mean ± half of the 95 % interval, then the rank; ↑ more is better, ↓ less is. In italics: controls.\n",
            "dim",
        )
    )
    for metric, count in _partly_measured(summary).items():
        shown.print(Text(one_line(f"{metric} could be measured on {count} of {summary.pictures} pictures"), "dim"))
    _print_warnings(shown, summary.warnings)
    shown.print(Text(one_line(summary.advice), style="bold"))


def _heading(summary: Summary) -> str:
    plan, pictures = summary.plan, summary.pictures
    of = f" of {plan.pictures}" if plan.pictures > pictures else ""
    return one_line(f"{short(plan.model)} on {pictures}{of} pictures of {plan.data}")


def _partly_measured(summary: Summary) -> dict[str, int]:
    """The metrics that no method could be measured by on every picture, with the most pictures of any."""
    most: dict[str, int] = {}
    for line in summary.lines:
        most[line.metric] = max(most.get(line.metric, 0), line.n)
    return {metric: count for metric, count in most.items() if count < summary.pictures}


def _order(summary: Summary) -> list[str]:
    """Methods by their place over all metrics, then those that have none."""
    return list(dict.fromkeys([each.method for each in summary.overall] + [line.method for line in summary.lines]))


def _table(summary: Summary, order: Sequence[str], metrics: Sequence[str]) -> Table:
    table = Table(header_style="dim", box=box.SIMPLE_HEAD)
    table.add_column("method")
    table.add_column("mean\nrank", justify="right")
    lines = {(line.metric, line.method): line for line in summary.lines}
    places = {each.method: f"{each.mean_rank:.1f}" for each in summary.overall}
    controls = {line.method for line in summary.lines if line.control}
    for metric in metrics:
        some = next(line for line in summary.lines if line.metric == metric)
        arrow = {True: " ↑", False: " ↓", None: ""}[some.higher_is_better]
        table.add_column(Text(one_line(metric) + arrow), justify="right")
    for method in order:
        cells = [_cell(lines.get((metric, method))) for metric in metrics]
        style = "italic dim" if method in controls else ""
        table.add_row(Text(one_line(method)), places.get(method, ""), *cells, style=style)
    return table


def _cell(line: Line | None) -> Text:
    if line is None:
        return Text("–")
    text = Text(f"{line.mean:.3g} ± {(line.high - line.low) / 2:.2g}", style="bold green" if line.rank == 1 else "")
    return text.append("" if line.rank is None else f" {line.rank:>2}", style="not bold dim")


def _print_warnings(shown: Console, warnings: Sequence[str]) -> None:
    for warning in warnings[:MOST_WARNINGS]:
        shown.print(Text(f"! {one_line(warning)}", style="yellow"))
    if len(warnings) > MOST_WARNINGS:
        shown.print(Text(f"… and {len(warnings) - MOST_WARNINGS} more warnings in results.json", style="yellow"))
