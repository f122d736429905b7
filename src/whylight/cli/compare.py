"""``whylight compare``: do several models look at the same place, and do several methods show the same?"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from whylight.cli._failures import Debug
from whylight.cli._options import BatchSize, DataRoot, Device, Json, Methods, Models, Prepare, Quiet


def compare(
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PICTURE", help="Files and folders of pictures; none takes a sample picture.", show_default=False
        ),
    ] = None,
    *,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="A data set in the place of pictures, as in [cyan]coco[/cyan]; [cyan]whylight list datasets[/cyan] shows "
            "every kind.",
            show_default=False,
        ),
    ] = None,
    data_root: DataRoot = None,
    model: Models = None,
    method: Methods = None,
    before: Annotated[
        list[str] | None,
        typer.Option(
            "--before",
            metavar="MODEL",
            help="The classifier before, of a pair that is compared in full; may be repeated, once for each --after.",
            show_default="the one behind the enhancer of --after",
        ),
    ] = None,
    after: Annotated[
        list[str] | None,
        typer.Option(
            "--after",
            metavar="MODEL",
            help="The classifier after, such as one behind an enhancer; may be repeated: further pairs are scored only.",
            show_default=False,
        ),
    ] = None,
    transfer: Annotated[
        list[str] | None,
        typer.Option(
            "--transfer",
            metavar="MODEL",
            help="Another classifier that is scored with and without the enhancer of --after; may be repeated.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL|INDEX|top1|top1:MODEL|label",
            help="The label to explain: its name, its number, each model's own most probable one, what one of the models "
            "finds most probable (its name, or its place from 1), or the true label of a data set.",
            show_default="top1; with --after the true label where it is known",
        ),
    ] = None,
    score: Annotated[
        Literal["limit", "all"],
        typer.Option(
            help="On which pictures of a data set the models are scored: those that are explained, or all of them.",
        ),
    ] = "limit",
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many pictures at most; of a data set they are drawn by the seed.",
            show_default="all pictures, 50 of a data set",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where results.json, report.html and the figures go.")
    ] = Path("whylight-compare"),
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, help="The seed of methods, drawn pictures and intervals.", show_default="each method's own"
        ),
    ] = None,
    prepare: Prepare = None,
    degrade: Annotated[
        str | None,
        typer.Option(
            metavar="DEGRADATION",
            help="Spoil every picture first, as in [cyan]gaussian_noise:sigma=0.1[/cyan]; [cyan]whylight list "
            "degradations[/cyan] shows all.",
            show_default="as they are",
        ),
    ] = None,
    device: Device = "auto",
    batch_size: BatchSize = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Show how far models and methods agree on the same pictures, and how far they would by chance.

    [bold]Examples[/bold]

    [cyan]whylight compare[/cyan] (a sample picture, the included classifier, three methods)

    [cyan]whylight compare holiday/ --model torchvision:resnet18 --method grad_cam --method rise --method lime[/cyan]

    [cyan]whylight compare --data coco --limit 30 --method grad_cam --method integrated_gradients --out agree[/cyan]

    [cyan]whylight compare --data cifar10 -m bundled -m file:mine --method grad_cam --target label --score all[/cyan]

    [cyan]whylight compare shirt.jpg -m file:cnn -m svm:hybrid --method grad_cam --prepare garment[/cyan]

    [cyan]whylight compare --data cifar10 --after file:enhanced --transfer timm:resnet18 --score all[/cyan]
    """
    from whylight.cli import _before_after, _comparing

    request = _comparing.Request(
        pictures=tuple(pictures or ()),
        data=data,
        data_root=data_root,
        models=tuple(dict.fromkeys(model or ())),
        methods=tuple(dict.fromkeys(method or ())),
        target=target,
        score=score,
        limit=limit,
        out=out,
        seed=seed,
        prepare=prepare,
        degrade=degrade,
        before=tuple(before or ()),
        after=tuple(after or ()),
        transfer=tuple(dict.fromkeys(transfer or ())),
        device=device,
        batch_size=batch_size,
        json=json,
        quiet=quiet,
    )
    pair = request.before or request.after or request.transfer
    raise typer.Exit(_before_after.carry_out(request) if pair else _comparing.carry_out(request))
