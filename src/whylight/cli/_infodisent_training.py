"""From the options of ``whylight train infodisent`` to a classifier of concepts in a folder."""

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.text import Text

from whylight import perturb
from whylight.classifiers._load import check_device
from whylight.cli._device import device_for
from whylight.cli._failures import ExitCode
from whylight.cli._terminal import console, one_line
from whylight.cli._training import stoppable, stopped
from whylight.cli._training_bar import bars
from whylight.nets.concepts import Recipe
from whylight.report.files import shown_path
from whylight.report.results import to_json
from whylight.training.concept_fit import Fit
from whylight.training.concept_purity import Purification
from whylight.training.concept_run import carry_out as trained
from whylight.training.concept_wish import ConceptWish
from whylight.training.session import Setup
from whylight.training.world import World, joined


@dataclass(frozen=True)
class Asked:
    """The options as they were given."""

    data: str
    data_root: Path | None
    model: str | None
    layer: str | None
    post_hoc: bool
    recipe: dict[str, Any]
    fit: dict[str, Any]
    validation: float
    test: str | None
    limit: int | None
    grids: Path | None
    out: Path
    save_every: float
    device: str
    batch_size: int | None
    json: bool
    quiet: bool


def carry_out(asked: Asked) -> ExitCode:
    """Trains, writes and prints; returns the exit code."""
    wish = _wish(asked)
    with redirect_stdout(sys.stderr), joined() as world:  # what a model prints must not stand between the results
        document = _train(asked, wish, world)
    if not document["finished"]:
        return stopped(len(document["curve"]), wish.fit.whole, asked.out, world)
    if asked.json and world.leads:
        typer.echo(to_json(document))
    elif world.leads and not asked.quiet:
        _print(document, asked.out)
    return ExitCode.DONE


def _train(asked: Asked, wish: ConceptWish, world: World) -> dict[str, Any]:
    device = check_device(world.device(device_for(asked.device)))
    settings = perturb.Execution(batch_size=asked.batch_size)
    with bars(quiet=asked.quiet or not world.leads) as shown, stoppable() as stops, perturb.execution(settings):
        setup = Setup(
            folder=asked.out,
            device=device,
            world=world,
            save_every=asked.save_every,
            progress=shown.steps,
            epoch=lambda row: shown.epoch(row, wish.fit.whole),
            stops=stops,
        )
        return trained(wish, setup, shown.read)


def _wish(asked: Asked) -> ConceptWish:
    return ConceptWish(
        data=asked.data,
        model=asked.model,
        layer=asked.layer,
        post_hoc=asked.post_hoc,
        fit=Fit(recipe=Recipe(**asked.recipe), **asked.fit),
        purification=Purification(seed=asked.fit["seed"]),
        validation=asked.validation,
        limit=asked.limit,
        test=asked.test,
        data_root=asked.data_root,
        grids=asked.grids,
    )


def _print(document: dict[str, Any], out: Path) -> None:
    """Accuracy beside the network below, and how short the sums are."""
    shown, measures = console(), document["measures"]
    score = document.get("score")
    if score is not None:
        below = "" if score["below"] is None else f", the network below {100 * score['below']:.2f} %"
        part = "test" if score["test"] else "validation"
        words = f"accuracy on {score['pictures']:,} {part} pictures: {100 * score['accuracy']:.2f} %{below}"
        shown.print(Text(one_line(words), style="bold"))
    label = "" if measures["per_label"] is None else f", a label has {measures['per_label']:.1f}"
    shown.print(
        Text(
            f"{measures['per_explanation']:.1f} concepts hold 90 % of what speaks for the answer{label}; orthogonal to "
            f"{measures['orthogonality']:.1g}"
        )
    )
    shown.print(
        Text(f"Use it with --model infodisent:{shown_path(out)}; `whylight concepts {shown_path(out)}` shows them.")
    )
