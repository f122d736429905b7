"""``whylight judge``: look at explanations in the terminal, say which are good, and be shown better ones."""

from pathlib import Path
from typing import Annotated

import typer

from whylight.cli._failures import Debug
from whylight.cli._options import BatchSize, Device


def judge(
    *,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            "-d",
            metavar="DATA",
            help="A folder of pictures, or a data set as in [cyan]cifar10[/cyan]; [cyan]whylight list datasets[/cyan] "
            "shows all.",
            show_default="planted pictures, of which the evidence is known",
        ),
    ] = None,
    data_root: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where data sets lie.", show_default="WHYLIGHT_DATA, or a cache"),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="The classifier, as in [cyan]timm:resnet50[/cyan]; [cyan]whylight list models[/cyan] shows every kind.",
            show_default="the one that is included, or the one of the planted pictures",
        ),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            metavar="METHOD",
            help="What may be shown, as in [cyan]lime:segments=grid[/cyan]; may be repeated.",
            show_default="lime with four segmentations, and others that work on the model",
        ),
    ] = None,
    store: Annotated[
        str,
        typer.Option(metavar="STORE", help="Where verdicts are kept: a file, or postgresql://PERSON@HOST/NAME."),
    ] = "whylight.db",
    person: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who judges.", show_default="who is logged in")
    ] = None,
    no_learning: Annotated[
        bool,
        typer.Option("--no-learning", help="After a thumb down show the next label, whatever was learned before."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another one brings the pictures in another order.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write each overlay that is shown as a picture too.",
            show_default="whylight-judge where the output is no terminal, else nothing",
        ),
    ] = None,
    device: Device = "auto",
    batch_size: BatchSize = None,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Judge explanations: a random picture, its most probable labels, and what speaks for one of them.

    Keys: [bold]u[/bold] thumb up, [bold]d[/bold] thumb down and the next explanation of the same picture, [bold]s[/bold]
    skip the picture, [bold]z[/bold] undo, [bold]q[/bold] quit. What is said is kept at once, and decides what is shown next.

    [bold]Examples[/bold]

    [cyan]whylight judge[/cyan] (planted pictures and their classifier)

    [cyan]whylight judge --data cifar10 --model file:model.safetensors --store judged.db[/cyan]

    [cyan]echo u d d u q | whylight judge --data photos/ --out shown[/cyan]
    """
    from whylight.cli._judging import Request, carry_out

    request = Request(
        data=data,
        data_root=data_root,
        model=model,
        methods=tuple(dict.fromkeys(method or ())),
        store=store,
        person=person,
        learning=not no_learning,
        seed=seed,
        out=out,
        device=device,
        batch_size=batch_size,
    )
    raise typer.Exit(carry_out(request))
