"""From the options of ``whylight concepts`` to changes, tables and sheets."""

import sys
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from whylight import classifiers, datasets
from whylight.classifiers._concept_edits import Edits, write_edits
from whylight.classifiers.infodisent import ConceptClassifier
from whylight.cli._concept_sheets import Sheets, draw, gallery_of
from whylight.cli._device import device_for
from whylight.cli._failures import ExitCode
from whylight.cli._terminal import console, one_line
from whylight.cli._training_bar import bars
from whylight.concepts.overview import Worth, worths
from whylight.concepts.prototypes import Prototypes
from whylight.concepts.rescoring import Rescored, rescore
from whylight.concepts.stored import read_prototypes
from whylight.errors import SpecError
from whylight.report.results import to_json
from whylight.training.prepare import with_split

MOST_ROWS = 60


@dataclass(frozen=True)
class Asked:
    """The options as they were given."""

    folder: Path
    pictures: tuple[Path, ...]
    names: tuple[str, ...]
    off: tuple[int, ...]
    on: tuple[int, ...]
    spurious: tuple[int, ...]
    not_spurious: tuple[int, ...]
    data: str | None
    data_root: Path | None
    limit: int | None
    label: str | None
    concept: int | None
    target: str
    top: int
    out: Path
    device: str
    json: bool
    quiet: bool


def carry_out(asked: Asked) -> ExitCode:
    """Changes, shows and draws; returns the exit code."""
    with redirect_stdout(sys.stderr):
        classifier = _load(asked)
        stored = read_prototypes(asked.folder.expanduser())
        edits = changed(classifier, asked)
        scored = _rescored(classifier, edits, asked) if asked.data is not None else None
        if edits != classifier.edits:
            write_edits(asked.folder.expanduser(), edits)
            classifier = _load(asked)
        found = _chosen(classifier, asked, None if stored is None else stored[0])
        sheets: list[dict[str, Any]] = []
        if asked.pictures:
            gallery = gallery_of(classifier, stored, asked.data_root)
            sheets = draw(Sheets(classifier, asked.out, asked.target, asked.top, gallery), asked.pictures, found)
    if asked.json:
        plain = {"concepts": [asdict(each) for each in found], "sheets": sheets}
        typer.echo(to_json(plain | {"rescored": None if scored is None else asdict(scored)}))
    elif not asked.quiet:
        _print(found, scored, sheets, asked)
    return ExitCode.DONE


def changed(classifier: ConceptClassifier, asked: Asked) -> Edits:
    """The edits after what is asked for; raises SpecError for a concept that there is not."""
    count = _count(classifier)
    edits = classifier.edits
    for text in asked.names:
        number, separator, words = text.partition("=")
        if not separator or not number.strip().isdecimal():
            raise SpecError(f"--name is a concept's number and its name, as in 17=wheel; got {text!r}")
        edits = edits.named(_checked(int(number), count), words)
    for concept in asked.off:
        edits = edits.switched(_checked(concept, count), off=True)
    for concept in asked.on:
        edits = edits.switched(_checked(concept, count), off=False)
    for concept in asked.spurious:
        edits = edits.marked(_checked(concept, count), spurious=True)
    for concept in asked.not_spurious:
        edits = edits.marked(_checked(concept, count), spurious=False)
    return edits


def _load(asked: Asked) -> ConceptClassifier:
    found = classifiers.load(f"infodisent:{asked.folder}", device=device_for(asked.device))
    assert isinstance(found, ConceptClassifier)
    return replace(found, name=asked.folder.name)


def _count(classifier: ConceptClassifier) -> int:
    from whylight.nets.concepts import basis_of

    found = basis_of(classifier.module)
    return 0 if found is None else found[1].features


def _checked(concept: int, count: int) -> int:
    if not 0 <= concept < count:
        raise SpecError(f"there are concepts 0 to {count - 1}; got {concept}")
    return concept


def _rescored(classifier: ConceptClassifier, edits: Edits, asked: Asked) -> Rescored:
    dataset = datasets.open_dataset(with_split(asked.data or "", "test"), asked.data_root)
    places = None if asked.limit is None else range(min(asked.limit, len(dataset)))
    before = Edits() if edits == classifier.edits else classifier.edits
    with bars(quiet=asked.quiet) as shown:
        return rescore(classifier, edits, dataset, before=before, places=places, tell=shown.read)


def _chosen(classifier: ConceptClassifier, asked: Asked, prototypes: Prototypes | None) -> list[Worth]:
    from whylight.nets.concepts import concept_head

    if concept_head(classifier.module) is None and asked.label is None and asked.concept is None:
        return []
    if asked.label is not None and asked.label not in classifier.labels:
        raise SpecError(f"there is no label {asked.label!r}; there are {', '.join(classifier.labels[:8])}")
    return [
        each
        for each in worths(classifier, prototypes)
        if asked.label in (None, each.label) and asked.concept in (None, each.concept)
    ]


def _print(found: list[Worth], scored: Rescored | None, sheets: list[dict[str, Any]], asked: Asked) -> None:
    shown = console()
    if found and not (sheets and asked.label is None and asked.concept is None):
        table = Table(header_style="dim", box=box.SIMPLE_HEAD)
        for heading in ("label", "concept", "name", "weight", "worth", ""):
            table.add_column(heading, justify="left" if heading in ("label", "name", "") else "right")
        for each in found[:MOST_ROWS]:
            name = "" if each.title == f"concept {each.concept}" else each.title
            marks = " ".join(word for word, marked in (("off", each.off), ("spurious", each.spurious)) if marked)
            row = (
                one_line(each.label),
                str(each.concept),
                one_line(name),
                f"{each.weight:.3f}",
                f"{each.worth:.2f}",
                marks,
            )
            table.add_row(*row)
        shown.print(table)
        if len(found) > MOST_ROWS:
            shown.print(Text(f"… and {len(found) - MOST_ROWS} more; --label or --concept shows some"))
    if scored is not None:
        words = f"accuracy on {scored.pictures:,} pictures: before {100 * scored.before:.2f} %, after "
        words += f"{100 * scored.after:.2f} %; {scored.mended} mended, {scored.broken} broken, {scored.changed} changed"
        shown.print(Text(words, style="bold"))
    for sheet in sheets:
        shown.print(Text(one_line(f"{sheet['picture']}: {sheet['label']}, {sheet['sheet']}")))
