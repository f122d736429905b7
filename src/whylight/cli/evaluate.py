"""``whylight evaluate``: which method can be trusted on this model and these pictures?"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whylight.cli._failures import Debug
from whylight.cli._options import (
    BatchSize,
    DataOrPlanted,
    DataRoot,
    Device,
    Gpus,
    Json,
    MethodsThatWork,
    ModelOrPlanted,
    Quiet,
)
from whylight.errors import SpecError


class Target(StrEnum):
    """Which label of a picture is explained."""

    TOP1 = "top1"
    LABEL = "label"


def evaluate(
    *,
    data: DataOrPlanted = None,
    data_root: DataRoot = None,
    model: ModelOrPlanted = None,
    method: MethodsThatWork = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="METRIC",
            help="As in [cyan]deletion:fill=blur[/cyan]; may be repeated. [cyan]whylight list metrics[/cyan] shows all.",
            show_default="five, and three more where the data say where the evidence is",
        ),
    ] = None,
    control: Annotated[
        list[str] | None,
        typer.Option(
            "--control",
            metavar="CONTROL",
            help="A map that ignores the model, which every method has to beat; may be repeated. "
            "[cyan]whylight list controls[/cyan] shows all.",
            show_default="random_map, centred_gaussian, edge_map",
        ),
    ] = None,
    no_controls: Annotated[bool, typer.Option("--no-controls", help="Leave the controls out.")] = False,
    target: Annotated[
        Target, typer.Option(help="Explain each picture's most probable label, or its true one.")
    ] = Target.TOP1,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="How many pictures at most, drawn from all of them by the seed.",
            show_default="50, and 16 without --data",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="The seed of the order of the pictures, and of every part that draws at random.",
            show_default="0, and each part's own",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            metavar="ENGINE",
            help="What carries the work out: [cyan]local[/cyan], [cyan]ray[/cyan], or [cyan]ray:ADDRESS[/cyan].",
        ),
    ] = "local",
    gpus: Gpus = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Processes that work side by side, each with a copy of the classifier.",
            show_default="one a core, one on a graphics card",
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Where rows, results.json and report.html go; the same command goes on there."
        ),
    ] = Path("whylight-evaluation"),
    device: Device = "auto",
    batch_size: BatchSize = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Score methods over many pictures, against maps that ignore the model, and say which of them to trust.

    A run that was stopped goes on where it was when the same command is given again.

    [bold]Examples[/bold]

    [cyan]whylight evaluate[/cyan] (planted pictures and a classifier that is made for them: a first look)

    [cyan]whylight evaluate --data photos/ --model torchvision:resnet18 --limit 50[/cyan]

    [cyan]whylight evaluate --data imagenet --model timm:resnet50 --method rise --method lime --metric insertion[/cyan]
    """
    from whylight.cli._evaluating import Request, carry_out

    if no_controls and control:
        raise SpecError("expected --control or --no-controls; got both; leave one of them out")
    request = Request(
        data=data,
        data_root=data_root,
        model=model,
        methods=tuple(method or ()),
        metrics=tuple(metric or ()),
        controls=() if no_controls else tuple(control or ()) or None,
        target=target.value,
        limit=limit,
        seed=seed,
        engine=engine,
        gpus=gpus,
        workers=workers,
        out=out,
        device=device,
        batch_size=batch_size,
        json=json,
        quiet=quiet,
    )
    raise typer.Exit(carry_out(request))
