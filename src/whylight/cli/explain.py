"""``whylight explain``: why does the classifier see that in these pictures?"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whylight.cli._failures import Debug
from whylight.cli._options import BatchSize, Device, Json, Prepare, Quiet


class Precision(StrEnum):
    """In what numbers perturbed pictures are passed through the classifier."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


def explain(
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PICTURE",
            help="Files and folders of pictures; none explains a sample picture.",
            show_default=False,
        ),
    ] = None,
    *,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="The classifier, as in [cyan]timm:resnet50[/cyan]; [cyan]whylight list models[/cyan] shows every kind.",
            show_default="the one that is included",
        ),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            metavar="METHOD",
            help="As in [cyan]lime:samples=500[/cyan]; may be repeated. [cyan]whylight list methods[/cyan] shows all.",
            show_default="grad_cam, integrated_gradients, lime",
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            metavar="LABEL|INDEX|topK",
            help="The label to explain: its name, its number, or the most probable ones ([cyan]top3[/cyan]); named twice, "
            "two labels stand against each other.",
            show_default="top1",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where overlays, raw maps, results.json and report.html go.")
    ] = Path("whylight-out"),
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="The seed of every method that draws at random.", show_default="each method's own"),
    ] = None,
    prepare: Prepare = None,
    device: Device = "auto",
    batch_size: BatchSize = None,
    precision: Annotated[
        Precision, typer.Option(help="bfloat16 is quicker on some machines; the error it makes is reported.")
    ] = Precision.FLOAT32,
    no_regions: Annotated[
        bool, typer.Option("--no-regions", help="Do not test each region of a map by itself (one pass a region).")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with exit code 1 if an explanation raises a flag.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Show which pixels support a classifier's decision, which hinder it, and whether the picture can be believed.

    [bold]Examples[/bold]

    [cyan]whylight explain[/cyan] (a sample picture, the included classifier)

    [cyan]whylight explain cat.jpg holiday/ --model torchvision:resnet18 --target top3[/cyan]

    [cyan]whylight explain cat.jpg --model timm:resnet50 --method f_tc --target tabby --target "tiger cat"[/cyan]

    [cyan]whylight explain xray.png --model onnx:lungs.onnx --method rise --method lime:samples=2000 --out lungs[/cyan]

    [cyan]whylight explain shirt.jpg --model file:clothes.safetensors --prepare garment[/cyan]
    """
    from whylight.cli._explaining import Request, carry_out

    request = Request(
        pictures=tuple(pictures or ()),
        model=model,
        methods=tuple(dict.fromkeys(method or ())),
        targets=tuple(target or ("top1",)),
        out=out,
        seed=seed,
        device=device,
        batch_size=batch_size,
        precision=precision.value,
        regions=not no_regions,
        prepare=prepare,
        strict=strict,
        json=json,
        quiet=quiet,
    )
    raise typer.Exit(carry_out(request))
