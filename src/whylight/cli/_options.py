"""Options that several commands share, so that they mean and say the same everywhere."""

from pathlib import Path
from typing import Annotated, Any

import typer

INCLUDED = "the one that is included"


def _model(words: str, default: str) -> Any:
    return typer.Option("--model", "-m", metavar="MODEL", help=words, show_default=default)


def _method(words: str, default: str) -> Any:
    return typer.Option("--method", metavar="METHOD", help=words, show_default=default)


A_MODEL = "The classifier, as in [cyan]timm:resnet50[/cyan]; "
OF_MODELS = "[cyan]whylight list models[/cyan] shows every kind."
OF_METHODS = "As in [cyan]lime:samples=500[/cyan]; may be repeated. [cyan]whylight list methods[/cyan] shows all."

DataOrPlanted = Annotated[
    str | None,
    typer.Option(
        "--data",
        "-d",
        metavar="DATA",
        help="A folder of pictures, or a data set as in [cyan]cifar10[/cyan]; [cyan]whylight list datasets[/cyan] shows "
        "all.",
        show_default="planted pictures, of which the evidence is known",
    ),
]
DataRoot = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Where data sets lie.", show_default="WHYLIGHT_DATA, or a cache"),
]
Model = Annotated[str | None, _model(A_MODEL + OF_MODELS, INCLUDED)]
ModelOrPlanted = Annotated[str | None, _model(A_MODEL + OF_MODELS, f"{INCLUDED}, or the one of the planted pictures")]
Models = Annotated[list[str] | None, _model(f"{A_MODEL}may be repeated.", INCLUDED)]
Methods = Annotated[list[str] | None, _method(OF_METHODS, "grad_cam, integrated_gradients, lime")]
MethodsThatWork = Annotated[list[str] | None, _method(OF_METHODS, "five that work on the model")]
MethodsToJudge = Annotated[
    list[str] | None,
    _method(
        "What may be shown, as in [cyan]lime:segments=grid[/cyan]; may be repeated.",
        "lime with four segmentations, and others that work on the model",
    ),
]
StorePlace = Annotated[
    str,
    typer.Option("--store", metavar="STORE", help="Where verdicts are kept: a file, or postgresql://PERSON@HOST/NAME."),
]
NoLearning = Annotated[
    bool,
    typer.Option("--no-learning", help="After a thumb down show the next label, whatever was learned before."),
]
OrderSeed = Annotated[int, typer.Option(min=0, help="Another one brings the pictures in another order.")]
Device = Annotated[
    str,
    typer.Option(metavar="DEVICE", help="cpu, cuda, cuda:1, mps …; auto takes a graphics card if there is one."),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        min=1, help="Pictures per pass; it is halved when memory runs out.", show_default="by size and device"
    ),
]
Prepare = Annotated[
    str | None,
    typer.Option(
        metavar="PREPARATION",
        help="Bring the pictures into the form that the classifier was trained on, as in [cyan]garment[/cyan]; "
        "[cyan]whylight list preparations[/cyan] shows all.",
        show_default="as they are",
    ),
]
Gpus = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        metavar="CARDS",
        help="Graphics cards of each worker on Ray; 0.25 lets four workers share one.",
        show_default="none, and 1 with --device cuda",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print results.json on stdout, and nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no table.")]
