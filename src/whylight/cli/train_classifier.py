"""``whylight train classifier``: a network for pictures with labels."""

from typing import Annotated

import typer

from whylight.cli import _training_options as options
from whylight.cli._failures import Debug
from whylight.cli._options import Device, Quiet


def train_classifier(
    *,
    data: options.Data,
    data_root: options.DataRoot = None,
    network: Annotated[
        str | None,
        typer.Option(
            "--network",
            "-n",
            metavar="NETWORK",
            help="As in [cyan]resnet20[/cyan]; [cyan]torchvision:NAME[/cyan] and [cyan]timm:NAME[/cyan] are fine-tuned "
            "from their published weights, or from a file as in [cyan]timm:NAME,weights=FILE[/cyan] "
            "([cyan]weights=none[/cyan] draws them). [cyan]whylight list networks[/cyan] shows ours.",
            show_default="small_cnn, or that of --start",
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Go on with the weights of a model, as in [cyan]file:model.safetensors[/cyan].",
            show_default="drawn weights",
        ),
    ] = None,
    frozen: Annotated[bool, typer.Option("--frozen", help="Train the last layer only.")] = False,
    size: Annotated[
        str | None,
        typer.Option(metavar="SIDE|HEIGHTxWIDTH", help="The network's input.", show_default="by pictures and network"),
    ] = None,
    validation: options.Validation = 0.1,
    test: options.Test = None,
    limit: options.Limit = None,
    shuffle_labels: options.ShuffleLabels = False,
    seed: options.Seed = 0,
    epochs: options.Epochs = None,
    batch_size: options.StepSize = None,
    optimiser: options.Optimiser = None,
    rate: options.Rate = None,
    schedule: options.Schedule = None,
    weight_decay: options.WeightDecay = None,
    loss: options.Loss = None,
    smoothing: options.Smoothing = None,
    penalty: options.Penalty = None,
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
    """Train a network on pictures with labels, and keep the epoch that is best on pictures that it was not trained on.

    A training that was stopped or killed goes on where it was when the same command is given again.

    [bold]Examples[/bold]

    [cyan]whylight train classifier --data fashion_mnist --network fashion_cnn --test fashion_mnist[/cyan]

    [cyan]whylight train classifier --data photos/ --network torchvision:resnet18 --frozen --out photos-resnet18[/cyan]

    [cyan]torchrun --nproc-per-node 4 -m whylight train classifier --data cifar10 --network resnet20[/cyan]
    """
    from whylight.cli._training import Request, carry_out
    from whylight.training.prepare import Wish

    wish = Wish(
        data=data,
        data_root=data_root,
        network=network,
        start=start,
        frozen=frozen,
        size=options.sides(size),
        changes=options.chosen(
            epochs=epochs,
            batch=batch_size,
            optimiser=optimiser,
            rate=rate,
            schedule=schedule,
            weight_decay=weight_decay,
            loss=loss,
            smoothing=smoothing,
            penalty=penalty,
            augmentation=augmentation,
            patience=patience,
        ),
        validation=validation,
        seed=seed,
        limit=limit,
        precision=precision.value,
        shuffle_labels=shuffle_labels,
    )
    request = Request(wish, out, device, test, save_every, workers, json, quiet)
    raise typer.Exit(carry_out(request))
