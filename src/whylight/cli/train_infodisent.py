"""``whylight train infodisent``: a classifier that decides by a short sum of concepts, on a network that stays as it is."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whylight.cli import _training_options as options
from whylight.cli._failures import Debug
from whylight.cli._options import BatchSize, Device, Quiet

HOW, ABLATION = "How it is trained", "What the head is made of"


class BasisName(StrEnum):
    """Whether the channels are turned."""

    LEARNED = "learned"
    RANDOM = "random"
    IDENTITY = "identity"


class ParametrisationName(StrEnum):
    """How a rotation is learnt."""

    EXPM = "expm"
    CAYLEY = "cayley"
    HOUSEHOLDER = "householder"


class PoolingName(StrEnum):
    """What is left of a concept's map."""

    TWO_SIDED = "two_sided"
    MAX = "max"
    MEAN = "mean"


class SignsName(StrEnum):
    """Which weights a head may have."""

    NON_NEGATIVE = "non_negative"
    FREE = "free"


class AnswersName(StrEnum):
    """What the logits are taken for."""

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"


class DrawingName(StrEnum):
    """How a maximum is taken while it is learnt."""

    GUMBEL = "gumbel"
    SOFT = "soft"
    HARD = "hard"


def train_infodisent(
    *,
    data: options.Data,
    data_root: options.DataRoot = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", metavar="MODEL", help="The network below.", show_default="the one that is included"
        ),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(metavar="LAYER", help="Whose channels are turned.", show_default="the last one with a grid"),
    ] = None,
    post_hoc: Annotated[
        bool,
        typer.Option(
            "--post-hoc", help="Keep the network's own decision, every logit, and learn only the basis it is told in."
        ),
    ] = False,
    keep: Annotated[
        int, typer.Option(min=0, metavar="N", help="Concepts that a label keeps in the end; 0 keeps all.")
    ] = 5,
    basis: Annotated[
        BasisName, typer.Option(help="Whether the channels are turned.", rich_help_panel=ABLATION)
    ] = BasisName.LEARNED,
    parametrisation: Annotated[
        ParametrisationName, typer.Option(help="How a rotation is learnt.", rich_help_panel=ABLATION)
    ] = ParametrisationName.EXPM,
    pooling: Annotated[
        PoolingName, typer.Option(help="What is left of a concept's map.", rich_help_panel=ABLATION)
    ] = PoolingName.TWO_SIDED,
    signs: Annotated[
        SignsName, typer.Option(help="Which weights a label may have.", rich_help_panel=ABLATION)
    ] = SignsName.NON_NEGATIVE,
    answers: Annotated[
        AnswersName, typer.Option(help="sigmoid: each label is learnt by itself.", rich_help_panel=ABLATION)
    ] = AnswersName.SOFTMAX,
    bias: Annotated[
        bool, typer.Option("--bias", help="A number of each label's own, told apart.", rich_help_panel=ABLATION)
    ] = False,
    drawing: Annotated[
        DrawingName, typer.Option(help="How a maximum is taken while it is learnt.", rich_help_panel=ABLATION)
    ] = DrawingName.GUMBEL,
    epochs: Annotated[int, typer.Option(min=1, help="With all weights.", rich_help_panel=HOW)] = 12,
    sparse_epochs: Annotated[int, typer.Option(min=0, help="With the weights that are kept.", rich_help_panel=HOW)] = 6,
    step_size: Annotated[int, typer.Option(min=2, help="Pictures of a step.", rich_help_panel=HOW)] = 256,
    rate: Annotated[float, typer.Option(help="Of the weights.", rich_help_panel=HOW)] = 1e-2,
    basis_rate: Annotated[float, typer.Option(help="Of the basis.", rich_help_panel=HOW)] = 1e-3,
    penalty: Annotated[
        float, typer.Option(help="Of the sum of a label's weights, which lets them go to 0.", rich_help_panel=HOW)
    ] = 0.0,
    patience: options.Patience = None,
    validation: options.Validation = 0.1,
    test: options.Test = None,
    limit: options.Limit = None,
    seed: options.Seed = 0,
    out: Annotated[
        Path,
        typer.Option(metavar="FOLDER", help="Where the classifier goes: [cyan]--model infodisent:FOLDER[/cyan]."),
    ] = Path("whylight-concepts"),
    grids: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Keep the network's grids here for other trainings.", show_default="not kept"
        ),
    ] = None,
    save_every: options.SaveEvery = 60.0,
    device: Device = "auto",
    batch_size: BatchSize = None,
    json: options.Json = False,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Train a classifier that decides by a short sum of concepts you can look at, on a network that stays as it is.

    [bold]Examples[/bold]

    [cyan]whylight train infodisent --data cifar10 --test cifar10[/cyan] (on the included classifier)

    [cyan]whylight train infodisent --data birds/ --model timm:convnext_tiny --keep 5 --out birds-concepts[/cyan]

    [cyan]whylight train infodisent --data cifar10 --post-hoc --out told-otherwise[/cyan]

    [cyan]torchrun --nproc-per-node 4 -m whylight train infodisent --data cifar10[/cyan]
    """
    from whylight.cli._infodisent_training import Asked, carry_out

    recipe = {
        "basis": basis.value,
        "parametrisation": parametrisation.value,
        "pooling": pooling.value,
        "signs": signs.value,
        "bias": bias,
        "answers": answers.value,
    }
    fit = {
        "epochs": epochs,
        "batch": step_size,
        "rate": rate,
        "basis_rate": basis_rate,
        "drawing": drawing.value,
        "keep": keep or None,
        "sparse_epochs": sparse_epochs,
        "penalty": penalty,
        "seed": seed,
        "patience": patience,
    }
    asked = Asked(
        data=data,
        data_root=data_root,
        model=model,
        layer=layer,
        post_hoc=post_hoc,
        recipe=recipe,
        fit=fit,
        validation=validation,
        test=test,
        limit=limit,
        grids=grids,
        out=out,
        save_every=save_every,
        device=device,
        batch_size=batch_size,
        json=json,
        quiet=quiet,
    )
    raise typer.Exit(carry_out(asked))
