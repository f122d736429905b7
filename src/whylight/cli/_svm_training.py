"""From the options of ``whylight train svm`` to a support vector machine in a folder."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import typer
from rich.console import Console

from whylight import perturb
from whylight.classifiers._load import check_device
from whylight.cli import _training
from whylight.cli._device import device_for
from whylight.cli._failures import ExitCode
from whylight.cli._svm_table import print_svm
from whylight.cli._terminal import one_line
from whylight.cli._training_bar import bars
from whylight.errors import SpecError
from whylight.nets.svm import Kernel
from whylight.report.results import to_json
from whylight.training import prepare
from whylight.training.svm_fit import Normalise, Recipe
from whylight.training.svm_run import MASKS
from whylight.training.svm_run import carry_out as fitted
from whylight.training.svm_sides import Told
from whylight.training.svm_wish import Wish
from whylight.whole import written_whole

KEEPS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


@dataclass(frozen=True)
class Asked:
    """The options as they were given."""

    data: str
    data_root: Path | None
    features: str | None
    pixels: bool
    layer: str | None
    kernel: str
    normalise: str
    costs: tuple[float, ...]
    gamma: float | None
    degree: int
    end_to_end: bool
    mask: str | None
    keeps: tuple[float, ...]
    controls: bool
    size: tuple[int, int] | None
    validation: float
    test: str | None
    limit: int | None
    seed: int
    out: Path
    device: str
    batch_size: int | None
    json: bool
    quiet: bool


def carry_out(asked: Asked) -> ExitCode:
    """Fits, writes and prints; returns the exit code."""
    _check(asked)
    if asked.end_to_end:
        return _training.carry_out(_end_to_end(asked))
    with redirect_stdout(sys.stderr):  # what a model prints must not stand between the results
        device = check_device(device_for(asked.device))
        settings = perturb.Execution(batch_size=asked.batch_size)
        with _told(quiet=asked.quiet) as told, perturb.execution(settings):
            document = fitted(_wish(asked), asked.out, device, told)
        if "masks" in document:
            _draw(document, asked)
    if asked.json:
        typer.echo(to_json(document))
    elif not asked.quiet:
        print_svm(document, asked.out)
    return ExitCode.DONE


def _check(asked: Asked) -> None:
    """Raises SpecError for options that do not go together."""
    on_pixels = asked.pixels or asked.mask is not None
    if (asked.features is not None) == on_pixels:
        got = "both" if on_pixels else "neither"
        raise SpecError(f"expected either --features MODEL or --pixels (with or without --mask); got {got}")
    alone = {
        "--keep": bool(asked.keeps) and asked.mask is None and "--mask",
        "--controls": asked.controls and asked.mask is None and "--mask",
        "--size": asked.size is not None and (asked.features or asked.mask not in (None, "self")) and "pixels alone",
        "--layer": asked.layer is not None and not asked.features and asked.mask in (None, "self") and "a model",
        "--end-to-end": asked.end_to_end and on_pixels and "--features",
    }
    for option, missing in alone.items():
        if missing:
            raise SpecError(f"{option} goes with {missing}; leave it out or give that too")
    if asked.end_to_end and (asked.kernel != "linear" or len(asked.costs) > 1 or asked.layer):
        raise SpecError(
            "--end-to-end trains a linear SVM as the network's last layer, with one --c and no --layer; leave the rest out"
        )


def _wish(asked: Asked) -> Wish:
    recipe = Recipe(
        cast(Kernel, asked.kernel),
        cast(Normalise, asked.normalise),
        asked.costs or (1.0,),
        asked.gamma,
        asked.degree,
        asked.seed,
    )
    return Wish(
        data=asked.data,
        recipe=recipe,
        features=asked.features,
        layer=asked.layer,
        mask=asked.mask,
        keeps=() if asked.mask is None else asked.keeps or KEEPS,
        controls=asked.controls,
        size=asked.size,
        validation=asked.validation,
        seed=asked.seed,
        limit=asked.limit,
        test=asked.test,
        data_root=asked.data_root,
    )


def _end_to_end(asked: Asked) -> _training.Request:
    """The training of a network whose last layer is a linear SVM."""
    changes: dict[str, Any] = {"loss": "l2_svm"} | ({"penalty": asked.costs[0]} if asked.costs else {})
    wish = prepare.Wish(
        data=asked.data,
        data_root=asked.data_root,
        start=asked.features,
        changes=changes,
        validation=asked.validation,
        seed=asked.seed,
        limit=asked.limit,
    )
    return _training.Request(wish, asked.out, asked.device, asked.test, 60.0, 0, asked.json, asked.quiet)


@contextmanager
def _told(*, quiet: bool) -> Iterator[Told]:
    """Bars for pictures and rows, and lines for what takes long."""
    console = Console(stderr=True, highlight=False)
    say: Callable[[str], None] = lambda text: console.print(one_line(text), markup=False)  # noqa: E731
    with bars(quiet=quiet) as shown:
        yield Told(shown.read, shown.steps, (lambda _: None) if quiet else say)


def _draw(document: dict[str, Any], asked: Asked) -> None:
    from whylight.plots.mask_sizes import mask_sizes_figure  # it loads matplotlib, which most SVMs need not wait for

    figure = mask_sizes_figure(
        [(each["keep"], each["scores"]) for each in document["masks"]],
        title="Accuracy of an SVM that sees a part of each picture",
        note=f"{asked.data}; pixels kept by the map of {asked.mask}; scored on the {document['scored_on']} pictures",
    )
    with written_whole(asked.out / MASKS) as file:
        figure.savefig(file, format="png")
