"""Options of training, so that each kind of training says them alike: its data, and the numbers and choices of its plan."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from whylight.cli import _options
from whylight.errors import SpecError


class OptimiserName(StrEnum):
    """What moves the weights."""

    ADAM = "adam"
    ADAMW = "adamw"
    SGD = "sgd"


class ScheduleName(StrEnum):
    """How the rate goes over the epochs."""

    CONSTANT = "constant"
    COSINE = "cosine"
    ONE_CYCLE = "one_cycle"


class LossName(StrEnum):
    """What is made small."""

    CROSS_ENTROPY = "cross_entropy"
    L2_SVM = "l2_svm"


class AugmentationName(StrEnum):
    """How pictures are changed by chance."""

    NONE = "none"
    FLIP = "flip"
    SHIFT_FLIP = "shift_flip"
    SHIFT_FLIP_ERASE = "shift_flip_erase"
    CROP_FLIP = "crop_flip"


class PrecisionName(StrEnum):
    """In what numbers pictures pass through the network while it is trained."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


Data = Annotated[
    str,
    typer.Option(
        "--data",
        "-d",
        metavar="DATA",
        help="A folder with one sub-folder a label, or a data set as in [cyan]fashion_mnist[/cyan], of which the "
        "training part is taken; [cyan]whylight list datasets[/cyan] shows all.",
        show_default=False,
    ),
]
DataRoot = _options.DataRoot
Test = Annotated[
    str | None,
    typer.Option(metavar="DATA", help="Score on these pictures once, when all is over.", show_default="no test"),
]
Seed = Annotated[int, typer.Option(min=0, help="The seed of everything that is drawn.")]
Validation = Annotated[
    float, typer.Option(metavar="SHARE", help="Share of the pictures that watch the training; 0 for none.")
]
Limit = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="At most so many pictures, drawn by the seed.", show_default="all"),
]
ShuffleLabels = Annotated[
    bool,
    typer.Option(
        "--shuffle-labels",
        help="Exchange the labels to train with among the pictures: the control that may gain nothing.",
    ),
]
Degrade = Annotated[
    str | None,
    typer.Option(
        metavar="DEGRADATION",
        help="What spoils the pictures before the enhancer sees them, as in [cyan]jpeg:quality=10[/cyan]; "
        "[cyan]whylight list degradations[/cyan] shows all.",
        show_default="nothing",
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        metavar="FOLDER", help="Where model.safetensors and training.json go; the same command goes on there."
    ),
]
SaveEvery = Annotated[
    float,
    typer.Option(min=0, metavar="SECONDS", help="How often the state is kept, from which a killed training goes on."),
]
Workers = Annotated[
    int, typer.Option(min=0, metavar="N", help="Processes that read pictures which do not fit into memory.")
]
OUT = Path("whylight-training")
Json = Annotated[bool, typer.Option("--json", help="Print training.json on stdout, and nothing else there.")]

OF_THE_NETWORK = "the network's own"
PANEL = "How it is trained"

Epochs = Annotated[
    int | None,
    typer.Option(min=1, help="Passes over the pictures.", show_default=OF_THE_NETWORK, rich_help_panel=PANEL),
]
StepSize = Annotated[
    int | None,
    typer.Option(
        "--batch-size",
        min=2,
        help="Pictures of a step, over all processes.",
        show_default=OF_THE_NETWORK,
        rich_help_panel=PANEL,
    ),
]
Optimiser = Annotated[
    OptimiserName | None,
    typer.Option(help="What moves the weights.", show_default=OF_THE_NETWORK, rich_help_panel=PANEL),
]
Rate = Annotated[
    float | None,
    typer.Option(help="The learning rate at its peak.", show_default=OF_THE_NETWORK, rich_help_panel=PANEL),
]
Schedule = Annotated[
    ScheduleName | None,
    typer.Option(help="How the rate goes over the epochs.", show_default=OF_THE_NETWORK, rich_help_panel=PANEL),
]
WeightDecay = Annotated[
    float | None,
    typer.Option(help="Of weights, not of biases and norms.", show_default=OF_THE_NETWORK, rich_help_panel=PANEL),
]
Loss = Annotated[
    LossName | None,
    typer.Option(help="l2_svm: a linear SVM as the last layer.", show_default="cross_entropy", rich_help_panel=PANEL),
]
Smoothing = Annotated[
    float | None,
    typer.Option(
        help="Share of each target that is spread over all labels.",
        show_default=OF_THE_NETWORK,
        rich_help_panel=PANEL,
    ),
]
Penalty = Annotated[float | None, typer.Option(help="C of l2_svm.", show_default="1.0", rich_help_panel=PANEL)]
Augmentation = Annotated[
    AugmentationName | None,
    typer.Option(help="How pictures are changed by chance.", show_default=OF_THE_NETWORK, rich_help_panel=PANEL),
]
Patience = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="EPOCHS",
        help="End when so many epochs in a row are not better on the validation pictures.",
        show_default="never",
        rich_help_panel=PANEL,
    ),
]
Precision = Annotated[
    PrecisionName,
    typer.Option(
        help="auto: bfloat16 where the hardware multiplies in it; weights stay float32.", rich_help_panel=PANEL
    ),
]


def chosen(**given: object) -> dict[str, Any]:
    """What was asked for, by its name in the plan; what was not is left out."""
    plain = {name: value.value if isinstance(value, StrEnum) else value for name, value in given.items()}
    return {name: value for name, value in plain.items() if value is not None}


def sides(text: str | None) -> tuple[int, int] | None:
    """``64`` or ``48x64`` as (height, width); raises SpecError for anything else."""
    if text is None:
        return None
    parts = text.lower().split("x")
    if len(parts) not in (1, 2) or not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise SpecError(f"--size must be one side or HEIGHTxWIDTH, such as 64 or 48x64; got {text!r}")
    return int(parts[0]), int(parts[-1])
