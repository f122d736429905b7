"""``whylight serve``: the page on which people judge, explain and compare in a browser."""

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
    NoLearning,
    OrderSeed,
    StorePlace,
)


def serve(
    *,
    data: DataOrPlanted = None,
    data_root: DataRoot = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="A classifier that the page offers, as in [cyan]timm:resnet50[/cyan]; may be repeated, the first judges.",
            show_default="the one that is included, or the one of the planted pictures",
        ),
    ] = None,
    method: MethodsToJudge = None,
    store: StorePlace = "whylight.db",
    runs: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Results of [cyan]whylight evaluate[/cyan] to be shown.", show_default="none"
        ),
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Who judges, unless a browser says another name.", show_default="who is logged in"
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Any other address than this machine's own asks every visitor for a token."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 8000,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            envvar="WHYLIGHT_TOKEN",
            help="What visitors must know, of at least 16 characters.",
            show_default="none for this machine, a new one for any other address",
        ),
    ] = None,
    no_learning: NoLearning = False,
    seed: OrderSeed = 0,
    device: Device = "auto",
    batch_size: BatchSize = None,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Serve a page to judge explanations, explain pictures of your own, and see results. Ctrl-C ends it.

    Everything works without a network. What is said on the page is kept at once.

    [bold]Examples[/bold]

    [cyan]whylight serve[/cyan] (planted pictures and their classifier)

    [cyan]whylight serve --data photos/ --model timm:resnet50 --model torchvision:vgg16 --runs runs/[/cyan]

    [cyan]whylight serve --data photos/ --host 0.0.0.0 --store postgresql://ada@server/whylight[/cyan]
    """
    from whylight.cli._serving import Request, carry_out

    request = Request(
        data=data,
        data_root=data_root,
        models=tuple(dict.fromkeys(model or ())),
        methods=tuple(dict.fromkeys(method or ())),
        store=store,
        runs=runs,
        person=person,
        host=host,
        port=port,
        token=token,
        learning=not no_learning,
        seed=seed,
        device=device,
        batch_size=batch_size,
    )
    raise typer.Exit(carry_out(request))
