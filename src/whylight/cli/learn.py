"""``whylight learn``: what people said of explanations, made use of: which are shown, their priors, and the model itself."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whylight.cli import _training_options as options
from whylight.cli._failures import Debug
from whylight.cli._options import Device, Json, Quiet


class What(StrEnum):
    """What learns."""

    CANDIDATES = "candidates"
    SEGMENTS = "segments"
    MODEL = "model"


class LossOnReasons(StrEnum):
    """What makes the model right for the right reasons."""

    RRR = "rrr"
    RRR_GRAD_CAM = "rrr_grad_cam"
    COUNTER_EXAMPLES = "counter_examples"
    HINT = "hint"


FOR_MODELS = "--what model"


def learn(
    *,
    store: Annotated[
        str,
        typer.Option(metavar="STORE", help="Where verdicts are kept: a file, or postgresql://PERSON@HOST/NAME."),
    ] = "whylight.db",
    what: Annotated[
        What,
        typer.Option(
            help="candidates: which explanation is shown first; segments: which segments belong into a good one, a prior "
            "for [cyan]bayesian_lime[/cyan]; model: the classifier itself, from strokes of the brush."
        ),
    ] = What.CANDIDATES,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="The classifier, as in [cyan]file:model.safetensors[/cyan]. It is only read.",
            show_default="of candidates all models in the store",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            "-d",
            metavar="DATA",
            help="Pictures with labels that the model was trained on: they are shown again, that it forgets nothing.",
            show_default=False,
        ),
    ] = None,
    data_root: options.DataRoot = None,
    loss: Annotated[
        LossOnReasons,
        typer.Option(
            help="rrr: no gradient in what should not matter; rrr_grad_cam: no Grad-CAM there; counter_examples: the same "
            "label whatever stands there; hint: Grad-CAM where it should be.",
            rich_help_panel=FOR_MODELS,
        ),
    ] = LossOnReasons.RRR,
    weight: Annotated[
        float,
        typer.Option(min=0, help="Of that loss: so many nats at the start.", rich_help_panel=FOR_MODELS),
    ] = 1.0,
    spread: Annotated[
        bool,
        typer.Option(
            "--spread",
            help="Marks hold at the same place in every picture: for watermarks, rulers and borders, not for what moves.",
            rich_help_panel=FOR_MODELS,
        ),
    ] = False,
    replay: Annotated[
        int,
        typer.Option(min=2, metavar="N", help="Pictures of --data, drawn by the seed.", rich_help_panel=FOR_MODELS),
    ] = 5000,
    check: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Where the accuracy has to hold; best without what misleads the model.",
            show_default="a tenth of the pictures",
            rich_help_panel=FOR_MODELS,
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(min=0, metavar="POINTS", help="So much accuracy may be lost there.", rich_help_panel=FOR_MODELS),
    ] = 0.5,
    test: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Score on these pictures once, when all is over.",
            show_default="no test",
            rich_help_panel=FOR_MODELS,
        ),
    ] = None,
    epochs: Annotated[
        int, typer.Option(min=1, help="Passes over the replayed pictures.", rich_help_panel=FOR_MODELS)
    ] = 5,
    batch_size: Annotated[int, typer.Option(min=2, help="Of them in a step.", rich_help_panel=FOR_MODELS)] = 64,
    rate: Annotated[float, typer.Option(help="The learning rate at its peak.", rich_help_panel=FOR_MODELS)] = 1e-4,
    seed: options.Seed = 0,
    revert: Annotated[
        bool,
        typer.Option("--revert", help="Take the last version of the model back.", rich_help_panel=FOR_MODELS),
    ] = False,
    out: Annotated[
        Path,
        typer.Option(metavar="FOLDER", help="Where results.json goes, and the versions of the model."),
    ] = Path("whylight-learned"),
    device: Device = "auto",
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Learn from what people said of explanations, and show what that does for pictures that were not learned from.

    A new version of the model is used only if the accuracy holds, and [bold]--revert[/bold] takes it back.

    [bold]Examples[/bold]

    [cyan]whylight learn --store judged.db[/cyan] (which explanations people accept)

    [cyan]whylight learn --what model --store judged.db --model file:model.safetensors --data photos/[/cyan]

    [cyan]whylight learn --what model --revert --out whylight-learned[/cyan]
    """
    from whylight.cli._learning import Request, carry_out

    request = Request(
        store=store,
        what=what.value,
        model=model,
        data=data,
        data_root=data_root,
        loss=loss.value,
        weight=weight,
        spread=spread,
        replay=replay,
        check=check,
        tolerance=tolerance / 100,
        test=test,
        changes={"epochs": epochs, "batch": batch_size, "rate": rate},
        seed=seed,
        revert=revert,
        out=out,
        device=device,
        json=json,
        quiet=quiet,
    )
    raise typer.Exit(carry_out(request))
