"""What the terminal shows of a comparison: the matrix, the pairs of models, their scores, and the extreme pictures."""

from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from whylight.cli._terminal import console, one_line
from whylight.plots.scores import hundredths
from whylight.report.comparison import extremes
from whylight.report.comparison_words import IN_SHORT, certainty, lead, share

MOST_ACROSS = 12
"""A matrix of more methods than these does not fit into a terminal; the report has it."""
LONGEST_NAME = 34
MOST_PICTURES = 3
MOST_PAIRS = 10
MOST_DOUBTFUL = 20

Row = dict[str, Any]


def print_agreement(results: Row) -> None:
    """The matrix with its chance levels, what it means, and the pictures of most and least agreement."""
    shown, found, models = console(), results["agreement"], results["models"]
    if len(found["names"]) <= MOST_ACROSS:
        words = found["similarities"][found["default"]]["words"]
        explained = f"; explained: {one_line(models['explained'])}" if models else ""
        shown.print(Text(f"Agreement: {words}, below it the chance level{explained}", style="bold"))
        shown.print(_matrix(found, "model" if models else "method"))
    if models and len(results["pairs"]) > 1:
        shown.print(_pairs(results["pairs"][:MOST_PAIRS]))
    if models and models["other_labels"] and models["same_label"]:
        shown.print(Text("Where two models explain different labels:", style="bold"))
        shown.print(_pairs(models["other_labels"]["pairs"][:MOST_PAIRS]))
    if results["scores"]:
        shown.print(_scores(results["scores"]))
    for sentence in lead(results):
        shown.print(Text(one_line(sentence)))
    name = found["default"]
    items = [
        item for item in results["items"] if "error" not in item and item["agreement"][name] == item["agreement"][name]
    ]
    items.sort(key=lambda item: -item["agreement"][name])
    if len(items) > 1:
        shown.print(_pictures(items, name, several=models is not None))
    for line in _doubtful(results["items"]):
        shown.print(Text(one_line(line), style="yellow"))


def _matrix(found: Row, kind: str) -> Table:
    numbers = found["similarities"][found["default"]]
    table = Table(header_style="dim", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(kind, max_width=LONGEST_NAME)
    for column in range(len(found["names"])):
        table.add_column(str(column + 1), justify="right")
    for row, name in enumerate(found["names"]):
        cells = [_cell(numbers, row, column) for column in range(len(found["names"]))]
        table.add_row(Text(f"{row + 1} {one_line(name)}", overflow="ellipsis"), *cells)
    middle = [Text(hundredths(value), style="dim") for value in numbers["centred"]]
    table.add_row(Text("the middle of the picture", style="dim"), *middle)
    return table


def _pairs(pairs: list[Row]) -> Table:
    table = table_of("pair", ("similarity", "95 % interval", "by chance", "in a class", "pictures"))
    table.add_column("conclusion")
    for pair in pairs:
        interval = f"{hundredths(pair['low'])} to {hundredths(pair['high'])}"
        numbers = (hundredths(pair["chance"]), hundredths(pair["class_chance"]), str(pair["n"]))
        name = Text(one_line(pair["who"]))
        table.add_row(name, hundredths(pair["mean"]), interval, *numbers, IN_SHORT[pair["conclusion"]])
    return table


def _scores(scores: Row) -> Table:
    table = table_of("model", ("right", "95 % interval", "precision", "recall", "F1"))
    for model in scores["models"]:
        averages = (share(model["macro"][key]) for key in ("precision", "recall", "f1"))
        interval = f"{share(model['low'])} to {share(model['high'])}"
        table.add_row(Text(one_line(model["model"])), share(model["accuracy"]), interval, *averages)
    table.caption = f"of {scores['pictures']:,} pictures; precision, recall and F1 are means over the labels"
    return table


def table_of(first: str, numbers: tuple[str, ...]) -> Table:
    """A table without rows: a column of names, and columns of numbers."""
    table = Table(header_style="dim", box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left")
    table.add_column(first)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _cell(numbers: dict[str, Any], row: int, column: int) -> Text:
    chance = hundredths(numbers["chance"][row][column])
    if row == column:
        return Text(f"·\n{chance}", style="dim")
    mean = Text(hundredths(numbers["mean"][row][column]), style="bold" if numbers["beyond_chance"][row][column] else "")
    return mean + Text(f"\n{chance}", style="dim")


def _pictures(items: list[Row], name: str, *, several: bool) -> Table:
    """``several``: whether several models were asked, so that what each of them says is told."""
    table = Table(header_style="dim", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(f"{'models' if several else 'methods'} agree most and least on")
    table.add_column("the models say" if several else "label")
    table.add_column("agreement", justify="right")
    for item in extremes(items, MOST_PICTURES):
        said = "; ".join(_answer(answer) for answer in item["answers"]) if several else item["target"]["label"]
        table.add_row(*(Text(one_line(word)) for word in (item["picture"], said)), hundredths(item["agreement"][name]))
    return table


def _doubtful(items: list[Row]) -> list[str]:
    """A line for each picture that makes its models' answers doubtful."""
    doubts = [(item["picture"], item.get("preparation", {}).get("doubts")) for item in items]
    lines = [f"low confidence in {picture}: {'; '.join(found)}" for picture, found in doubts if found]
    more = [f"… and in {len(lines) - MOST_DOUBTFUL} more pictures"] if len(lines) > MOST_DOUBTFUL else []
    return lines[:MOST_DOUBTFUL] + more


def _answer(answer: Row) -> str:
    return f"{answer['model']}: {', '.join(certainty(answer))}"
