"""What the terminal shows of a comparison."""

from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from whylight.cli._terminal import console, one_line
from whylight.plots.scores import hundredths
from whylight.report.comparison import extremes, sentences

MOST_ACROSS = 12
"""A matrix of more methods than these does not fit into a terminal; the report has it."""
LONGEST_NAME = 34
MOST_PICTURES = 3


def print_agreement(results: dict[str, Any]) -> None:
    """The matrix with its chance levels, what it means, and the pictures of most and least agreement."""
    shown = console()
    if len(results["agreement"]["names"]) <= MOST_ACROSS:
        words = results["agreement"]["similarities"][results["agreement"]["default"]]["words"]
        shown.print(Text(f"Agreement: {words}, below it the chance level", style="bold"))
        shown.print(_matrix(results["agreement"]))
    for sentence in sentences(results["agreement"]):
        shown.print(Text(one_line(sentence)))
    name = results["agreement"]["default"]
    items = [
        item for item in results["items"] if "error" not in item and item["agreement"][name] == item["agreement"][name]
    ]
    items.sort(key=lambda item: -item["agreement"][name])
    if len(items) > 1:
        shown.print(_pictures(items, name))


def _matrix(found: dict[str, Any]) -> Table:
    numbers = found["similarities"][found["default"]]
    table = Table(header_style="dim", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("method", max_width=LONGEST_NAME)
    for column in range(len(found["names"])):
        table.add_column(str(column + 1), justify="right")
    for row, name in enumerate(found["names"]):
        cells = [_cell(numbers, row, column) for column in range(len(found["names"]))]
        table.add_row(Text(f"{row + 1} {one_line(name)}", overflow="ellipsis"), *cells)
    return table


def _cell(numbers: dict[str, Any], row: int, column: int) -> Text:
    chance = hundredths(numbers["chance"][row][column])
    if row == column:
        return Text(f"·\n{chance}", style="dim")
    mean = Text(hundredths(numbers["mean"][row][column]), style="bold" if numbers["beyond_chance"][row][column] else "")
    return mean + Text(f"\n{chance}", style="dim")


def _pictures(items: list[dict[str, Any]], name: str) -> Table:
    table = Table(header_style="dim", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("methods agree most and least on")
    table.add_column("label")
    table.add_column("agreement", justify="right")
    for item in extremes(items, MOST_PICTURES):
        words = [Text(one_line(word)) for word in (item["picture"], item["target"]["label"])]
        table.add_row(*words, hundredths(item["agreement"][name]))
    return table
