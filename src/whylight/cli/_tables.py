"""What the terminal shows of a run."""

import sys
from collections import Counter

from rich import box
from rich.table import Table
from rich.text import Text

from whylight.cli._terminal import console, one_line
from whylight.plots.numbers import percent
from whylight.report.results import Item, finding_in

MOST_PICTURES = 20
"""Tables of more pictures than these would scroll away; the report has them."""
MOST_ERRORS = 20


def print_items(items: list[Item]) -> None:
    """A table a picture."""
    by_picture: dict[str, list[Item]] = {}
    for item in items:
        by_picture.setdefault(item["picture"], []).append(item)
    shown = console()
    for picture in list(by_picture)[:MOST_PICTURES]:
        shown.print(_table(picture, by_picture[picture]))
    if len(by_picture) > MOST_PICTURES:
        shown.print(f"… and {len(by_picture) - MOST_PICTURES} more pictures")


def _table(picture: str, items: list[Item]) -> Table:
    table = Table(
        title=Text(one_line(picture), style="bold"), title_justify="left", header_style="dim", box=box.SIMPLE_HEAD
    )
    table.add_column("method")
    table.add_column("label")
    for heading in ("probability", "without\nsupporting", "as much\nelsewhere", "without\nhindering"):
        table.add_column(heading, justify="right")
    table.add_column("flags", style="yellow")
    if doubts := items[0].get("preparation", {}).get("doubts"):
        table.caption = Text(one_line(f"low confidence: {'; '.join(doubts)}"), style="yellow")
        table.caption_justify = "left"
    for item in items:
        found = finding_in(item)
        numbers = (found.without_supporting, found.without_elsewhere, found.without_hindering)
        words = [Text(one_line(word)) for word in (item["method"], found.label)]
        table.add_row(*words, found.change, *(percent(number) for number in numbers), Text(", ".join(found.flags)))
    return table


def print_failures(items: list[Item]) -> None:
    """One sentence for each reason on stderr, with how often it was met."""
    reasons = Counter(_reason(item) for item in items)
    for reason, count in list(reasons.items())[:MOST_ERRORS]:
        print(f"error: {reason}{f' ({count} pictures)' if count > 1 else ''}", file=sys.stderr)  # noqa: T201
    if len(reasons) > MOST_ERRORS:
        print(f"… and {len(reasons) - MOST_ERRORS} more errors", file=sys.stderr)  # noqa: T201


def _reason(item: Item) -> str:
    return one_line(f"{item['method']}: {item['error']}" if item["method"] else item["error"])
