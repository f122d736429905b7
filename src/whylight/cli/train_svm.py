"""``whylight train svm``: a support vector machine on a network's features, or on pixels."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whylight.cli import _training_options as options
from whylight.cli._failures import Debug
from whylight.cli._options import BatchSize, Device, Quiet


class KernelName(StrEnum):
    """How two rows are compared."""

    LINEAR = "linear"
    RBF = "rbf"
    POLY = "poly"


class NormaliseName(StrEnum):
    """What is done to the rows first."""

    NONE = "none"
    STANDARD = "standard"
    L2 = "l2"


KERNEL, MASKS = "The SVM", "Masks"


def train_svm(
    *,
    data: options.Data,
    data_root: options.DataRoot = None,
    features: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Take the averaged features of a model, as in [cyan]file:model.safetensors[/cyan].",
            show_default=False,
        ),
    ] = None,
    pixels: Annotated[bool, typer.Option("--pixels", help="Take the pixels themselves.")] = False,
    layer: Annotated[
        str | None, typer.Option(metavar="LAYER", help="Where the features are.", show_default="the model's own")
    ] = None,
    kernel: Annotated[
        KernelName, typer.Option(help="How two rows are compared.", rich_help_panel=KERNEL)
    ] = KernelName.LINEAR,
    normalise: Annotated[
        NormaliseName,
        typer.Option(
            help="What is done to the rows first: mean 0 and variance 1, or length 1.", rich_help_panel=KERNEL
        ),
    ] = NormaliseName.STANDARD,
    c: Annotated[
        list[float] | None,
        typer.Option(
            "--c",
            metavar="C",
            help="How much mistakes weigh; may be repeated: the best on the validation pictures is taken.",
            show_default="1.0",
            rich_help_panel=KERNEL,
        ),
    ] = None,
    gamma: Annotated[
        float | None,
        typer.Option(help="Of rbf and poly.", show_default="1 / (features · variance)", rich_help_panel=KERNEL),
    ] = None,
    degree: Annotated[int, typer.Option(min=1, help="Of poly.", rich_help_panel=KERNEL)] = 3,
    end_to_end: Annotated[
        bool,
        typer.Option(
            "--end-to-end",
            help="Train the network of --features on with a linear SVM as its last layer, in one file: checkpoint. "
            "[cyan]whylight train classifier --loss l2_svm[/cyan] has all settings.",
        ),
    ] = False,
    mask: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL|self",
            help="Blank the pixels that a model's CAM, or the SVM's own weight map, marks least.",
            show_default="no mask",
            rich_help_panel=MASKS,
        ),
    ] = None,
    keep: Annotated[
        list[float] | None,
        typer.Option(
            metavar="SHARE",
            help="Share of the pixels that stays; may be repeated.",
            show_default="0.1 0.2 0.3 0.5 0.7 1",
            rich_help_panel=MASKS,
        ),
    ] = None,
    controls: Annotated[
        bool,
        typer.Option(
            "--controls",
            help="Fit three more for each share: to the mask alone, to another picture's mask, to a random mask.",
            rich_help_panel=MASKS,
        ),
    ] = False,
    size: Annotated[
        str | None,
        typer.Option(metavar="SIDE|HEIGHTxWIDTH", help="Of pixels.", show_default="the pictures' own, at most 64"),
    ] = None,
    validation: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of the pictures that choose C; 0 for none.")
    ] = 0.1,
    test: options.Test = None,
    limit: Annotated[
        int | None,
        typer.Option(min=2, metavar="N", help="At most so many pictures, of each label its share.", show_default="all"),
    ] = None,
    seed: options.Seed = 0,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the SVM goes: [cyan]--model svm:FOLDER[/cyan].")
    ] = Path("whylight-svm"),
    device: Device = "auto",
    batch_size: BatchSize = None,
    json: options.Json = False,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Fit a support vector machine to a network's features or to pixels; every other command takes it as a classifier.

    The last step is exact: maps of a linear SVM add up to its decision value.

    [bold]Examples[/bold]

    [cyan]whylight train svm --data fashion_mnist --features file:whylight-training/model.safetensors --c 0.1 --c 1[/cyan]

    [cyan]whylight train svm --data fashion_mnist --pixels --kernel rbf --limit 10000 --out pixels[/cyan]

    [cyan]whylight train svm --data fashion_mnist --pixels --mask file:model.safetensors --controls[/cyan]
    """
    from whylight.cli._svm_training import Asked, carry_out

    asked = Asked(
        data=data,
        data_root=data_root,
        features=features,
        pixels=pixels,
        layer=layer,
        kernel=kernel.value,
        normalise=normalise.value,
        costs=tuple(c or ()),
        gamma=gamma,
        degree=degree,
        end_to_end=end_to_end,
        mask=mask,
        keeps=tuple(keep or ()),
        controls=controls,
        size=options.sides(size),
        validation=validation,
        test=test,
        limit=limit,
        seed=seed,
        out=out,
        device=device,
        batch_size=batch_size,
        json=json,
        quiet=quiet,
    )
    raise typer.Exit(carry_out(asked))
