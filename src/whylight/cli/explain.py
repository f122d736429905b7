"""``whylight explain``: why does the classifier see that in these pictures?"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whylight.cli._failures import Debug
from whylight.cli._options import BatchSize, Device, Gpus, Json, Methods, Model, Prepare, Quiet
from whylight.errors import SpecError


class Precision(StrEnum):
    """In what numbers, and by what, perturbed pictures are passed through the classifier."""

    AUTO = "auto"
    FLOAT32 = "float32"
    COMPILED = "compiled"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"


def explain(
    pictures: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PICTURE",
            help="Files and folders of pictures; none explains a sample picture. With --engine also Parquet lists and "
            "addresses such as [cyan]s3://bucket/folder[/cyan].",
            show_default=False,
        ),
    ] = None,
    *,
    model: Model = None,
    method: Methods = None,
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
        str, typer.Option(metavar="FOLDER", help="Where overlays, raw maps, results.json and report.html go.")
    ] = "whylight-out",
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="The seed of every method that draws at random.", show_default="each method's own"),
    ] = None,
    prepare: Prepare = None,
    device: Device = "auto",
    batch_size: BatchSize = None,
    precision: Annotated[
        Precision,
        typer.Option(
            help="[cyan]auto[/cyan] measures which of float32, compiled (float32 by ONNX Runtime) and bfloat16 is quickest "
            "here. [cyan]int8[/cyan] (8-bit numbers, outputs only) is refused where maps change. Errors are reported."
        ),
    ] = Precision.FLOAT32,
    no_regions: Annotated[
        bool, typer.Option("--no-regions", help="Do not test each region of a map by itself (one pass a region).")
    ] = False,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="ENGINE",
            help="For very many pictures: [cyan]local[/cyan], [cyan]ray[/cyan] or [cyan]ray:ADDRESS[/cyan] writes all maps "
            "as a Parquet data set; the same command goes on.",
            show_default="overlays and a report",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="With --engine: workers side by side.", show_default="one a core"),
    ] = None,
    gpus: Gpus = None,
    column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The column of a Parquet list with the addresses.", show_default="the one with text"
        ),
    ] = None,
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

    [cyan]whylight explain photos.parquet --model timm:resnet50 --engine ray --workers 8 --out maps[/cyan]
    """
    from whylight.cli import _explaining_many as many
    from whylight.cli._explaining import Request, carry_out

    sources = tuple(pictures or ())
    request = Request(
        pictures=tuple(Path(each) for each in sources),
        model=model,
        methods=tuple(dict.fromkeys(method or ())),
        targets=tuple(target or ("top1",)),
        out=Path(out),
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
    if engine is not None:
        raise typer.Exit(many.carry_out(many.Request(request, sources, out, engine, column, workers, gpus)))
    for name, value in {"--workers": workers, "--gpus": gpus, "--column": column}.items():
        if value is not None:
            raise SpecError(f"{name} is of --engine; name one, as in --engine local, or leave it out")
    many.check_sources(sources, out)
    raise typer.Exit(carry_out(request))
