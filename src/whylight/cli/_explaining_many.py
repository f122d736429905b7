"""From the options of ``whylight explain --engine`` to a Parquet data set of maps."""

import os
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from whylight import classifiers, registry
from whylight.cli import _explaining as one
from whylight.cli._evaluation_bar import bar, said
from whylight.cli._failures import ExitCode
from whylight.cli._tables import print_failures
from whylight.cli._targets import read_targets
from whylight.errors import SpecError
from whylight.precision.stand_in import check
from whylight.report import results
from whylight.runs import engines
from whylight.runs.attempts import ended
from whylight.runs.job import Engine
from whylight.runs.maps import plan as plans
from whylight.runs.maps.addresses import is_url, normal
from whylight.runs.maps.place import Place
from whylight.runs.maps.plan import MapsPlan
from whylight.runs.maps.run import Setup
from whylight.runs.maps.run import carry_out as go_on
from whylight.runs.maps.sources import is_list
from whylight.runs.maps.summary import Summary
from whylight.runs.run import Outcome


@dataclass(frozen=True)
class Request:
    """The options as they were given. ``shared``: those of ``explain`` without an engine; ``sources``: what is explained;
    ``out``: a folder or a URL."""

    shared: one.Request
    sources: tuple[str, ...]
    out: str
    engine: str
    column: str | None = None
    workers: int | None = None
    gpus: float | None = None


def check_sources(sources: tuple[str, ...], out: str) -> None:
    """Raises SpecError for what only an engine explains, where none was named."""
    many = next((text for text in (*sources, out) if is_url(text)), None) or next(filter(is_list, sources), None)
    if many is not None:
        raise SpecError(
            f"{many} is {'a list of pictures' if is_list(many) else 'no path of this machine'}, which --engine local and "
            "--engine ray can work with; they write Parquet files and draw no overlays"
        )


def carry_out(request: Request) -> ExitCode:
    """Explains, writes and prints; returns the exit code."""
    with redirect_stdout(sys.stderr):  # what a model prints must not stand between the results
        engine = engines.choose(request.engine, request.shared.device, request.gpus)
        if not request.sources:
            raise SpecError("expected pictures, folders, Parquet lists or addresses behind --engine; got none")
        place = Place(normal(request.out))
        begun, outcome, summary = _run(request, engine, place)
        if summary is None:
            return _stopped(outcome, request.out)
        document = _document(begun, engine, request, outcome, summary)
        if summary.maps:
            with said("writing results.json", quiet=request.shared.quiet):
                place.write(plans.RESULTS, results.to_json(document).encode("utf-8", "replace"))
    _print(request, outcome, summary, document)
    return _exit_code(request, outcome, summary)


def _run(request: Request, engine: Engine, place: Place) -> tuple[MapsPlan, Outcome, Summary | None]:
    shared = request.shared
    if (precision := shared.precision) == "auto":
        raise SpecError(
            "--precision auto measures this machine, and --engine may use others; name float32, bfloat16, compiled or int8"
        )
    named = one.read_methods(shared.methods, shared.seed)
    preparation = one.read_preparation(shared.prepare)
    classifier = classifiers.load(shared.model, device=engine.own_device)
    methods = named or one.read_methods(one.defaults_for(classifier, outputs_only=precision == "int8"), shared.seed)
    for method in methods.values():
        method.check_access(classifier)
    check(precision, methods.values())
    wanted = read_targets(shared.targets, classifier.labels)
    plan = MapsPlan(
        pictures=tuple(text if is_url(text) else os.fspath(Path(text)) for text in request.sources),
        model=classifier.name,
        methods=tuple(registry.describe(method) for method in methods.values()),
        target=shared.targets,
        column=request.column,
        seed=shared.seed,
        prepare=None if preparation is None else registry.describe(preparation),
        precision=precision,
    )
    setup = Setup(place, plan, classifier, wanted.choose, shared.batch_size, request.workers)
    with bar(quiet=shared.quiet, what="maps") as progress:
        return go_on(setup, engine, progress)


def _document(plan: MapsPlan, engine: Engine, request: Request, outcome: Outcome, summary: Summary) -> dict[str, Any]:
    found = {
        "pictures": summary.pictures,
        "maps": summary.maps,
        "flagged": summary.flagged,
        "flags": dict(sorted(summary.flags.items())),
        "failures": summary.failures,
        "reasons": [
            {"method": method, "error": error, "count": count} for (method, error), count in summary.reasons.items()
        ],
        "lost": [{"shard": lost.number, "error": f"its workers died ({ended(lost.code)})"} for lost in outcome.lost],
    }
    how = {"engine": request.engine, "device": engine.device, "workers": outcome.workers}
    return results.document(plan.to_plain(), []) | {"run": how | {"batch_size": request.shared.batch_size}} | found


def _stopped(outcome: Outcome, out: str) -> ExitCode:
    kept = f"{outcome.finished} of {outcome.shards} shards are finished and kept in {out}"
    typer.echo(f"stopped: {kept}; the same command goes on" if outcome.finished else "stopped", err=True)
    return ExitCode.STOPPED


def _print(request: Request, outcome: Outcome, summary: Summary, document: dict[str, Any]) -> None:
    print_failures(
        [{"method": method, "error": error} for (method, error), count in summary.reasons.items() for _ in range(count)]
    )
    for lost in outcome.lost:
        typer.echo(
            f"error: the workers of shard {lost.number} died ({ended(lost.code)}); the same command tries it again",
            err=True,
        )
    if request.shared.json:
        typer.echo(results.to_json(document))
    elif not request.shared.quiet and summary.maps:
        flagged = f"; {summary.flagged} raise a flag" if summary.flagged else ""
        typer.echo(
            f"{summary.maps} maps of {summary.pictures} pictures in {request.out}/{plans.FOLDER} (Parquet){flagged}."
        )


def _exit_code(request: Request, outcome: Outcome, summary: Summary) -> ExitCode:
    if not summary.maps:
        return ExitCode.NOTHING
    flagged = request.shared.strict and summary.flagged
    return ExitCode.IN_PART if summary.failures or outcome.lost or flagged else ExitCode.DONE
