"""``whylight train enhancer``: a network that changes pictures so that a classifier is right more often."""

from enum import StrEnum
from typing import Annotated

import typer

from whylight.cli import _training_options as options
from whylight.cli._failures import Debug
from whylight.cli._options import Device, Quiet

FIRST = "Stage 1: reconstruction"


class ModeName(StrEnum):
    """What learns from what."""

    FROZEN = "frozen"
    JOINT = "joint"
    RECOGNITION_AWARE = "recognition_aware"
    UNSUPERVISED = "unsupervised"
    TRANSFORMER = "transformer"
    RESTORATION = "restoration"


class ReconstructionName(StrEnum):
    """The loss of the first stage."""

    BCE = "bce"
    MSE = "mse"


def train_enhancer(
    *,
    data: options.Data,
    data_root: options.DataRoot = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="The classifier that is trained through: a torch network; [cyan]whylight list models[/cyan].",
        ),
    ] = "bundled",
    net: Annotated[
        str,
        typer.Option(
            "--net",
            "-n",
            metavar="ENHANCER",
            help="As in [cyan]unet:width=32,depth=3[/cyan]; [cyan]whylight list enhancers[/cyan] shows all.",
        ),
    ] = "unet",
    mode: Annotated[
        ModeName,
        typer.Option(
            help="frozen: the enhancer learns from the classifier's loss; joint: both learn; recognition_aware and "
            "transformer: also to give the picture; unsupervised: without labels; restoration: the picture alone."
        ),
    ] = ModeName.FROZEN,
    weight: Annotated[
        float | None,
        typer.Option(
            metavar="λ",
            help="Of the classifier's part, next to the squared difference from the picture.",
            show_default="recognition_aware 0.001, transformer 0.01, unsupervised 10",
        ),
    ] = None,
    degrade: options.Degrade = None,
    deep_supervision: Annotated[
        float,
        typer.Option(
            min=0.0,
            metavar="W",
            help="Weight of a linear layer, not kept, by which the enhancer's coarsest grid has to tell the label too: it "
            "learns sooner what is in a picture.",
        ),
    ] = 0.0,
    validation: options.Validation = 0.1,
    test: options.Test = None,
    limit: options.Limit = None,
    shuffle_labels: options.ShuffleLabels = False,
    seed: options.Seed = 0,
    stage1_epochs: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Epochs of giving the picture alone; 0 for none.",
            show_default="5 in the modes frozen, joint and transformer, else 0",
            rich_help_panel=FIRST,
        ),
    ] = None,
    stage1_rate: Annotated[
        float | None, typer.Option(help="Its learning rate.", show_default="0.001", rich_help_panel=FIRST)
    ] = None,
    stage1_loss: Annotated[
        ReconstructionName,
        typer.Option(help="bce: binary cross-entropy of each number; mse: squared difference.", rich_help_panel=FIRST),
    ] = ReconstructionName.BCE,
    epochs: options.Epochs = None,
    batch_size: options.StepSize = None,
    optimiser: options.Optimiser = None,
    rate: options.Rate = None,
    schedule: options.Schedule = None,
    weight_decay: options.WeightDecay = None,
    smoothing: options.Smoothing = None,
    augmentation: options.Augmentation = None,
    patience: options.Patience = None,
    precision: options.Precision = options.PrecisionName.AUTO,
    out: options.Out = options.OUT,
    save_every: options.SaveEvery = 60.0,
    workers: options.Workers = 0,
    device: Device = "auto",
    json: options.Json = False,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Train a network that changes pictures for a classifier; what comes out is a model for every other command.

    A training that was stopped or killed goes on where it was when the same command is given again.

    [bold]Examples[/bold]

    [cyan]whylight train enhancer --data cifar10 --model file:vgg/model.safetensors --out enhanced[/cyan]

    [cyan]whylight train enhancer --data cifar10 --degrade jpeg:quality=10 --mode recognition_aware --test cifar10[/cyan]
    """
    from whylight.cli._training import Request, carry_out
    from whylight.training.prepare_enhancer import EnhancerWish

    wish = EnhancerWish(
        data=data,
        data_root=data_root,
        model=model,
        net=net,
        mode=mode.value,
        weight=weight,
        stage1_epochs=stage1_epochs,
        stage1_rate=stage1_rate,
        reconstruction=stage1_loss.value,
        degrade=degrade,
        deep_supervision=deep_supervision,
        shuffle_labels=shuffle_labels,
        changes=options.chosen(
            epochs=epochs,
            batch=batch_size,
            optimiser=optimiser,
            rate=rate,
            schedule=schedule,
            weight_decay=weight_decay,
            smoothing=smoothing,
            augmentation=augmentation,
            patience=patience,
        ),
        validation=validation,
        seed=seed,
        limit=limit,
        precision=precision.value,
    )
    request = Request(wish, out, device, test, save_every, workers, json, quiet)
    raise typer.Exit(carry_out(request))
