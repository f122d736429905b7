"""From the options of ``whylight train classifier`` or ``enhancer`` to a trained network."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import typer

from whylight.classifiers._load import check_device
from whylight.cli._device import device_for
from whylight.cli._failures import ExitCode
from whylight.cli._training_bar import bars
from whylight.cli._training_table import epochs_of, print_training
from whylight.report.results import to_json
from whylight.training import folder, run
from whylight.training.data import Progress
from whylight.training.prepare import Prepared, Wish, prepare
from whylight.training.prepare_enhancer import EnhancerWish, prepare_enhancer
from whylight.training.session import Setup
from whylight.training.testing import prepare_test, scored_on
from whylight.training.world import World, joined


@dataclass(frozen=True)
class Request:
    """The options as they were given."""

    wish: Wish | EnhancerWish
    out: Path
    device: str
    test: str | None
    save_every: float
    workers: int
    json: bool
    quiet: bool


def carry_out(request: Request) -> ExitCode:
    """Trains, writes and prints; returns the exit code."""
    with redirect_stdout(sys.stderr), joined() as world:  # what a model prints must not stand between the results
        document = _train(request, world)
    if not document["finished"]:
        return stopped(len(document["curve"]), epochs_of(document), request.out, world)
    if world.leads:
        _print(request, document)
    return ExitCode.DONE


def _train(request: Request, world: World) -> dict[str, Any]:
    folder.check(request.out)
    device = check_device(world.device(device_for(request.device)))
    with bars(quiet=request.quiet or not world.leads) as shown, stoppable() as stops:

        def read(done: int, whole: int) -> None:
            if stops():
                raise KeyboardInterrupt  # nothing is begun that could be kept
            shown.read(done, whole)

        prepared = _prepared(request, device, read)
        test = None if request.test is None else prepare_test(request.test, request.wish.data_root, prepared, read)
        setup = Setup(
            folder=request.out,
            device=device,
            world=world,
            save_every=request.save_every,
            workers=request.workers,
            progress=shown.steps,
            epoch=lambda row: shown.epoch(row, prepared.plan.epochs),
            stops=stops,
        )
        document = run.carry_out(setup, prepared)
        if test is not None and document["finished"]:
            document["test"] = scored_on(test, request.out / folder.MODEL, setup, prepared)
            if world.leads:
                folder.write_json(request.out / folder.TRAINING, document)
    return document


def _prepared(request: Request, device: torch.device, read: Progress) -> Prepared:
    begun, wish = folder.begun(request.out), request.wish
    if isinstance(wish, Wish):
        return prepare(wish, device, begun, read)
    return prepare_enhancer(wish, device, begun, read)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed, or the system asked the process to end, while the block runs; a second Ctrl-C ends it at
    once."""
    asked = threading.Event()

    def note(_number: int, _frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stopped(finished: int, epochs: int, out: Path, world: World) -> ExitCode:
    """Says that a training was stopped after so many epochs, and how it goes on."""
    if world.leads:
        typer.echo(
            f"stopped: {finished} of {epochs} epochs are finished, and all steps are kept in {out}; the same command goes "
            "on",
            err=True,
        )
    return ExitCode.STOPPED


def _print(request: Request, document: dict[str, Any]) -> None:
    if request.json:
        typer.echo(to_json(document))
    elif not request.quiet:
        print_training(document, request.out)
