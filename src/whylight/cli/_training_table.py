"""What the terminal shows of a training."""

from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from whylight.cli._terminal import console, one_line
from whylight.report.files import shown_path
from whylight.training.folder import MODEL

SCORES = {
    "validation": "validation",
    "validation_without": "validation, without",
    "test": "test",
    "test_without": "test, without",
}
"""The heads of columns; ``without``: without the enhancer."""
MOST_LABELS = 20
MOST_LEFT_OUT = 5


def print_training(document: dict[str, Any], out: Path) -> None:
    """The accuracy of each label, what was left out, and how the network is used."""
    shown = console()
    scored = scores_in(document)
    shown.print(Text(one_line(_heading(document)), style="bold"))
    if scored:
        shown.print(accuracies(scored, document["data"]["labels"]))
    for name in ("validation", "test"):
        if "psnr" in document.get(name, {}):
            shown.print(Text(f"PSNR of the enhanced pictures, {name}: {document[name]['psnr']:.1f} dB"))
    for sentence in document.get("warnings", ()):
        shown.print(Text(one_line(f"warning: {sentence}"), style="yellow"))
    for each in document["data"]["left_out"][:MOST_LEFT_OUT]:
        shown.print(Text(one_line(f"left out: {each['name']}: {each['reason']}"), style="dim"))
    if (more := len(document["data"]["left_out"]) - MOST_LEFT_OUT) > 0:
        shown.print(Text(f"… and {more} more are left out", style="dim"))
    shown.print(Text(f"Use it with --model file:{shown_path(out / MODEL)}; training.json beside it has every number."))


def scores_in(document: dict[str, Any]) -> dict[str, Any]:
    """The scores of a training; of an enhancer also those of its classifier without it."""
    found: dict[str, Any] = {}
    for name in ("validation", "test"):
        if scored := document.get(name):
            found |= {name: scored} | ({f"{name}_without": scored["without"]} if "without" in scored else {})
    return found


def epochs_of(document: dict[str, Any]) -> int:
    """How many epochs a training has at most, over all of its stages."""
    plan = document["plan"]
    first = (plan.get("enhancement") or {}).get("stage1_epochs", 0)
    return int(first + plan["hyperparameters"]["epochs"])


def _heading(document: dict[str, Any]) -> str:
    plan, counts = document["plan"], document["data"]["training"]
    row = document["curve"][document["best"]]
    early = ", ended early" if document["ended_early"] else ""
    enhancement = plan.get("enhancement")
    how = "" if enhancement is None else f" through {enhancement['classifier']} ({enhancement['mode']})"
    return (
        f"{plan['network']}, {document['parameters']:,} parameters, trained{how} on {sum(counts.values()):,} pictures of "
        f"{plan['data']}: epoch {row['epoch']} of {epochs_of(document)} is kept{early}"
    )


def accuracies(scored: dict[str, Any], labels: list[str]) -> Table:
    """Of all pictures and of each label; ``scored``: the scores on each part that there is."""
    table = Table(header_style="dim", box=box.SIMPLE_HEAD)
    table.add_column("accuracy")
    for name, each in scored.items():
        table.add_column(f"{SCORES[name]}\n{each['pictures']:,} pictures", justify="right")
    table.add_row(Text("all", "bold"), *(Text(percent(each["accuracy"]), "bold") for each in scored.values()))
    for label in labels[:MOST_LABELS]:
        table.add_row(Text(one_line(label)), *(percent(each["of_labels"][label]) for each in scored.values()))
    if len(labels) > MOST_LABELS:
        table.add_row(f"… and {len(labels) - MOST_LABELS} more")
    return table


def percent(share: float | None) -> str:
    """A share in words; a dash for none."""
    return "–" if share is None else f"{100 * share:.2f} %"
