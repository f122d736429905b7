"""From the options of ``whylight learn`` to what was learned."""

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import typer

from whylight.classifiers._load import check_device
from whylight.cli._device import device_for
from whylight.cli._failures import ExitCode
from whylight.cli._learning_table import print_learned
from whylight.cli._learning_verdicts import learned_candidates, learned_segments
from whylight.cli._training import stoppable
from whylight.cli._training_bar import bars
from whylight.errors import SpecError, StoreError
from whylight.report.learned_model import results_of
from whylight.report.results import to_json
from whylight.store import Store
from whylight.training.correction_versions import RESULTS, open_versions
from whylight.training.learning import Learning, learn_model
from whylight.training.prepare_correction import CorrectionWish
from whylight.training.right_reasons import LossName
from whylight.training.session import Setup
from whylight.whole import check_writable, written_whole

Results = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """The options as they were given."""

    store: str
    what: Literal["candidates", "segments", "model"]
    model: str | None
    data: str | None
    data_root: Path | None
    loss: LossName
    weight: float
    spread: bool
    replay: int
    check: str | None
    tolerance: float
    test: str | None
    changes: dict[str, Any]
    seed: int
    revert: bool
    out: Path
    device: str
    json: bool
    quiet: bool


def carry_out(request: Request) -> ExitCode:
    """Learns, writes and prints; returns the exit code."""
    if request.revert:
        return _revert(request)
    check_writable(request.out)
    with redirect_stdout(sys.stderr), opened(request.store) as store:  # a model must not print between the results
        found = _learn(request, store)
    if found is None:
        typer.echo(f"stopped: all steps are kept in {request.out}; the same command goes on", err=True)
        return ExitCode.STOPPED
    found = {"what": request.what, "store": store.where} | found
    request.out.mkdir(parents=True, exist_ok=True)
    text = to_json(found)
    with written_whole(request.out / RESULTS) as file:
        file.write(f"{text}\n".encode("utf-8", "replace"))
    if request.json:
        typer.echo(text)
    elif not request.quiet:
        print_learned(found, request.out)
    return ExitCode.DONE if found.get("accepted", True) else ExitCode.IN_PART


def opened(where: str) -> Store:
    """The store; raises StoreError for a file that is not there, which would be an empty store."""
    if "://" not in where and not Path(where).expanduser().exists():
        raise StoreError(f"there is no store {where}; whylight judge and whylight serve make one, and --store names it")
    return Store(where)


def _learn(request: Request, store: Store) -> Results | None:
    if request.what == "candidates":
        return learned_candidates(store)
    if request.what == "segments":
        return learned_segments(store, request.model, request.data_root, device_for(request.device))
    return _learn_model(request, store)


def _learn_model(request: Request, store: Store) -> Results | None:
    if request.model is None or request.data is None:
        raise SpecError(
            "a model learns from strokes and from pictures that it knows; give --model MODEL and --data DATA with labels"
        )
    wish = CorrectionWish(
        model=request.model,
        data=request.data,
        data_root=request.data_root,
        loss=request.loss,
        weight=request.weight,
        spread=request.spread,
        check=request.check,
        replay=request.replay,
        changes=request.changes,
        seed=request.seed,
    )
    device = check_device(device_for(request.device))
    with bars(quiet=request.quiet) as shown, stoppable() as stops:
        setup = Setup(
            folder=request.out,
            device=device,
            progress=shown.steps,
            epoch=lambda row: shown.epoch(row, int(request.changes["epochs"])),
            stops=stops,
        )
        given = Learning(wish, request.out, setup, request.tolerance, request.test, shown.read)
        version = learn_model(given, store)
    return None if version is None else results_of(version)


def _revert(request: Request) -> ExitCode:
    if request.what != "model":
        raise SpecError("--revert takes back versions of a model; give --what model with it")
    before = open_versions(request.out, request.model)
    after = before.reverted()
    typer.echo(f"version {before.current} is taken back: {after.model_of(after.current)} is in use again")
    return ExitCode.DONE
