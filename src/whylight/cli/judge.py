"""``whylight judge``: look at explanations in the terminal, say which are good, and be shown better ones."""

from pathlib import Path
from typing import Annotated

import typer

from whylight.cli._failures import Debug
from whylight.cli._options import (
    BatchSize,
    DataOrPlanted,
    DataRoot,
    Device,
    MethodsToJudge,
    ModelOrPlanted,
    NoLearning,
    OrderSeed,
    StorePlace,
)


def judge(
    *,
    data: DataOrPlanted = None,
    data_root: DataRoot = None,
    model: ModelOrPlanted = None,
    method: MethodsToJudge = None,
    store: StorePlace = "whylight.db",
    person: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who judges.", show_default="who is logged in")
    ] = None,
    no_learning: NoLearning = False,
    seed: OrderSeed = 0,
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
