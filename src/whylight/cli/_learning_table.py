"""What the terminal shows of what was learned."""

from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from whylight.cli._terminal import console, one_line
from whylight.report.files import shown_path
from whylight.training.correction_versions import RESULTS
from whylight.training.folder import MODEL

MOST = 12
"""Rows of a table."""
LEAST = 0.001
"""Smaller p are not told apart."""


def print_learned(found: dict[str, Any], out: Path) -> None:
    """What came of it in sentences, and the numbers behind them."""
    shown = console()
    for sentence in found["sentences"]:
        shown.print(Text(one_line(sentence)))
    tables = {"candidates": candidates, "segments": segments, "model": model}
    shown.print(tables[found["what"]](found))
    for each in found.get("corrections", {}).get("left_out", ())[:MOST]:
        shown.print(Text(one_line(f"left out: {each['name']}: {each['reason']}"), style="dim"))
    if found["what"] == "model" and found["accepted"]:
        shown.print(Text(f"Use it with --model file:{shown_path(out / MODEL)}; --revert takes it back."))
    shown.print(Text(f"Every number is in {shown_path(out / RESULTS)}."))


def candidates(found: dict[str, Any]) -> Table:
    """The candidates that people accept most."""
    table = Table(header_style="dim", box=box.SIMPLE_HEAD)
    for name in ("method", "label rank", "accepted", "95 % interval", "up", "down"):
        table.add_column(name, justify="left" if name == "method" else "right")
    for row in found["candidates"][:MOST]:
        candidate = row["candidate"]
        interval = f"{row['low']:.0%} to {row['high']:.0%}"
        numbers = (str(candidate["rank"]), f"{row['probability']:.0%}", interval, str(row["ups"]), str(row["downs"]))
        table.add_row(Text(one_line(candidate["method"])), *numbers)
    return table


def segments(found: dict[str, Any]) -> Table:
    """What of a segment makes people want it, the strongest first."""
    table = Table(header_style="dim", box=box.SIMPLE_HEAD)
    table.add_column("of a segment")
    table.add_column("weight", justify="right")
    for name, weight in sorted(found["weights"].items(), key=lambda each: -abs(each[1]))[:MOST]:
        table.add_row(Text(str(name)), f"{weight:+.2f}")
    return table


def model(found: dict[str, Any]) -> Table:
    """Accuracies and the evidence in pixels that should not matter, before and after."""
    table = Table(header_style="dim", box=box.SIMPLE_HEAD)
    for name in ("held-out pictures", "before", "after", "95 % interval of after", "p"):
        table.add_column(name, justify="left" if name == "held-out pictures" else "right")
    for row in found["accuracy"].values():
        table.add_row(
            Text(one_line(f"accuracy, {row['data']}")),
            *_pair(row, "accuracy"),
            f"{row['p']:.2g}" if row["p"] >= LEAST else f"< {LEAST}",
        )
    for name, each in found["evidence"].items():
        if each["before"] is not None:
            itself = " (changed by the loss itself)" if name == found["changes_itself"] else ""
            table.add_row(f"evidence where it should not be, {name}{itself}", *_pair(each, "mean"), "")
    return table


def _pair(row: dict[str, Any], key: str) -> tuple[str, str, str]:
    low, high = row["after"]["interval"]
    return f"{row['before'][key]:.1%}", f"{row['after'][key]:.1%}", f"{low:.1%} to {high:.1%}"
