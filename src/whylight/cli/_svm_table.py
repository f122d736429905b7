"""What the terminal shows of an SVM that was fitted."""

from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from whylight.cli._terminal import console, one_line
from whylight.cli._training_table import SCORES, accuracies, percent
from whylight.report.files import shown_path
from whylight.training.svm_run import MASKS, folder_of

HEADINGS = {"map": "map", "shape": "shape alone", "shuffled": "another's mask", "random": "random mask"}


def print_svm(document: dict[str, Any], out: Path) -> None:
    """Scores, all labels and each, and how the SVM is used."""
    shown = console()
    if "masks" in document:
        shown.print(_masks(document))
        best = max(document["masks"], key=lambda each: (each["scores"]["map"] or {"accuracy": 0})["accuracy"])
        path = shown_path(folder_of(out, best["keep"]))
        shown.print(
            Text(f"The best is --model svm:{path}; {MASKS} and training.json in {shown_path(out)} have the rest.")
        )
        return
    shown.print(Text(one_line(_heading(document)), style="bold"))
    for each in document["tried"]:
        if not each["converged"]:
            shown.print(
                Text(f"C = {each['c']:g}: the solver did not come to its end; a smaller C or --normalise standard")
            )
    scored = {name: document[name] for name in SCORES if document.get(name)}
    if scored:
        shown.print(accuracies(scored, document["data"]["labels"]))
    shown.print(Text(f"Use it with --model svm:{shown_path(out)}; training.json in it has every number."))


def _heading(document: dict[str, Any]) -> str:
    wish = document["wish"]
    rows = "pixels" if wish["features"] is None else f"features of {wish['features']}"
    count = sum(sum(document["data"].get(side, {}).values()) for side in ("training", "validation"))
    vectors = document["support_vectors"]
    agreement = document["agreement_with_the_vote"]
    parts = [
        f"{document['kernel']} SVM on {rows}, C = {document['c']:g}, fitted to {count:,} pictures of {wish['data']}"
    ]
    if vectors is not None:
        parts.append(f"{vectors:,} support vectors")
    if vectors is not None and agreement is not None:
        parts.append(f"its largest score is the vote on {100 * agreement:.1f} % of the pictures")
    return ", ".join(parts)


def _masks(document: dict[str, Any]) -> Table:
    shown = [name for name in HEADINGS if any(name in each["scores"] for each in document["masks"])]
    table = Table(header_style="dim", box=box.SIMPLE_HEAD, title=f"accuracy on the {document['scored_on']} pictures")
    table.add_column("pixels kept", justify="right")
    for name in shown:
        table.add_column(HEADINGS[name], justify="right")
    for each in document["masks"]:
        found = [each["scores"].get(name) for name in shown]
        table.add_row(f"{100 * each['keep']:g} %", *(percent(score and score["accuracy"]) for score in found))
    return table
