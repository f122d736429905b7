"""What the terminal shows of a comparison before and after: gains, quality, variants, other classifiers, and sentences."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from whylight.cli._comparison_tables import table_of
from whylight.cli._terminal import console, one_line
from whylight.plots.scores import hundredths, measured
from whylight.report.before_after_words import hundreds, kept, lead, spanned
from whylight.report.comparison_words import p_value, share

MOST_CLASSES = 20
MOST_PICTURES = 5

Row = dict[str, Any]


def print_before_after(results: Row) -> None:
    """Everything that was found, the most important first."""
    shown, found = console(), results["before_after"]
    whole = [found["gain"] | {"words": "all pictures"}] if found["gain"] else []
    classes = found["by_class"] if 1 < len(found["by_class"]) <= MOST_CLASSES else []
    variants, others = found["variants"], found["transfer"]
    for head, rows in (("", whole), ("class", classes), ("with what was added", variants), ("classifier", others)):
        if rows:
            shown.print(_gains(head, rows))
    if found["quality"]:
        shown.print(_quality(found["quality"]))
    for sentence in lead(results):
        shown.print(Text(one_line(sentence)))
    for name in ("fixed", "broken"):
        if found[name]:
            shown.print(_pictures(name, found[name][:MOST_PICTURES]))


def _gains(head: str, rows: Sequence[Row]) -> Table:
    keeps = "kept" in rows[0]
    numbers = ("before", "after", "points", "95 % interval", "fixed", "broken", "p", *(("kept",) if keeps else ()))
    table = table_of(head, numbers)
    for row in rows:
        name = row.get("words") or row.get("label") or row["first"]
        cells = [
            share(row["before"]["accuracy"]),
            share(row["after"]["accuracy"]),
            hundreds(row["gain"]),
            f"{hundreds(row['low'])} to {hundreds(row['high'])}",
            str(row["fixed"]),
            str(row["broken"]),
            p_value(row["p"]).removeprefix("= "),
            *((kept(row["kept"]),) if keeps else ()),
        ]
        table.add_row(Text(one_line(name), style="dim" if row.get("control") else ""), *cells)
    if "before" in rows[0] and len(rows) == 1 and not keeps:
        before, after = (spanned(rows[0][side]) for side in ("before", "after"))
        table.caption = f"of {rows[0]['pictures']:,} pictures; 95 % intervals: before {before}, after {after}"
    return table


def _quality(rows: Sequence[Row]) -> Table:
    table = table_of("pictures", ("PSNR, dB", "5 to 95 % of them", "SSIM", "5 to 95 % of them"))
    for row in rows:
        cells = []
        for name, words in (("psnr", measured), ("ssim", hundredths)):
            quantiles = row[name]["quantiles"]
            cells += [words(row[name]["mean"]), f"{words(quantiles['0.05'])} to {words(quantiles['0.95'])}"]
        table.add_row(Text(f"{row['of']} beside {row['beside']}"), *cells)
    return table


def _pictures(name: str, rows: Sequence[Row]) -> Table:
    table = table_of(name, ())
    for heading in ("true label", "before", "after"):
        table.add_column(heading)
    for row in rows:
        said = [f"{row[side]['predicted']} {share(row[side]['probability'])}" for side in ("before", "after")]
        table.add_row(*(Text(one_line(word)) for word in (row["picture"], row["true_label"] or "–", *said)))
    return table
