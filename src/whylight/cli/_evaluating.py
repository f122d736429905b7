"""From the options of ``whylight evaluate`` to its results."""

import hashlib
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import typer

from whylight import classifiers, datasets, perturb
from whylight.classifier import Classifier
from whylight.cli import _evaluation_parts as chosen
from whylight.cli._evaluation_bar import bar, said
from whylight.cli._evaluation_document import document
from whylight.cli._evaluation_table import print_summary
from whylight.cli._failures import ExitCode
from whylight.cli._tables import print_failures
from whylight.dataset import Dataset
from whylight.errors import RunError
from whylight.report.evaluation import write_evaluation
from whylight.report.evaluation_pictures import pictures_of, targets_in
from whylight.report.results import to_json
from whylight.runs import engines, folder, run
from whylight.runs.attempts import ended
from whylight.runs.job import Lost
from whylight.runs.plan import Plan
from whylight.runs.run import Outcome
from whylight.runs.setup import Parts, Setup, check, parts_of
from whylight.runs.summary import Failure, Summary, summarise
from whylight.whole import written_whole

DATA = "planted"
"""What is evaluated when nothing is named: pictures of which the right explanation is known."""


@dataclass(frozen=True)
class Request:
    """The options as they were given; ``controls`` is None where none was named, and empty where none is wanted."""

    data: str | None
    data_root: Path | None
    model: str | None
    methods: tuple[str, ...]
    metrics: tuple[str, ...]
    controls: tuple[str, ...] | None
    target: Literal["top1", "label"]
    limit: int | None
    seed: int | None
    engine: str
    gpus: float | None
    workers: int | None
    out: Path
    device: str
    batch_size: int | None
    json: bool
    quiet: bool


def carry_out(request: Request) -> ExitCode:
    """Evaluates, writes and prints; returns the exit code."""
    with redirect_stdout(sys.stderr):  # what a model prints must not stand between the results
        setup, parts, outcome = _run(request)
        if outcome.stopped:
            return _stopped(outcome, request.out)
        summary = summarise(request.out, [_lost(lost, setup.plan) for lost in outcome.lost])
        if summary.pictures == 0:
            folder.discard(request.out)
            raise RunError(_nothing(summary))
        results = document(setup, outcome.workers, summary)
        with written_whole(request.out / folder.RESULTS) as file:
            file.write(to_json(results).encode("utf-8", "replace"))
        settings = perturb.Execution(request.batch_size)
        with perturb.execution(settings), said("drawing the report", quiet=request.quiet):
            write_evaluation(request.out, summary, pictures_of(parts, targets_in(request.out)))
    _print(request, summary, results)
    return ExitCode.IN_PART if summary.failures else ExitCode.DONE


def _run(request: Request) -> tuple[Setup, Parts, Outcome]:
    engine = engines.choose(request.engine, request.device, request.gpus)
    folder.check(request.out)
    named = {
        kind: chosen.read_parts(kind, texts, request.seed)
        for kind, texts in (("methods", request.methods), ("metrics", request.metrics), ("controls", request.controls))
        if texts is not None
    }
    dataset = datasets.open_dataset(request.data or DATA, request.data_root)
    classifier = classifiers.load(request.model or chosen.default_model(dataset), device=engine.own_device)
    plan = plan_of(request, dataset, classifier, named)
    parts = parts_of(plan, dataset, classifier)
    check(parts, plan)
    setup = Setup(request.out, plan, request.data_root, engine.device, request.batch_size)
    with bar(quiet=request.quiet) as progress:
        return setup, parts, run.carry_out(setup, parts, request.workers, progress, engine)


def plan_of(
    request: Request, dataset: Dataset, classifier: Classifier, named: dict[str, tuple[dict[str, Any], ...]]
) -> Plan:
    """The plan of the options, with defaults for the model and the data where no part was named."""
    defaults = {
        "methods": chosen.default_methods(classifier),
        "metrics": chosen.default_metrics(dataset, nothing_named=request.data is None),
        "controls": chosen.CONTROLS if request.controls is None else (),
    }
    limit = request.limit or chosen.default_limit(nothing_named=request.data is None)
    parts = {kind: named.get(kind) or chosen.read_parts(kind, texts, request.seed) for kind, texts in defaults.items()}
    return Plan(
        data=request.data or DATA,
        model=classifier.name,
        target=request.target,
        seed=request.seed or 0,
        limit=limit,
        pictures=len(dataset),
        labels=hashlib.sha256("\n".join(dataset.labels).encode("utf-8", "replace")).hexdigest()[:16],
        methods=parts["methods"],
        controls=parts["controls"],
        metrics=parts["metrics"],
    )


def _lost(lost: Lost, plan: Plan) -> Failure:
    many = min(plan.shard, plan.count - lost.number * plan.shard)
    reason = f"its worker process died twice ({ended(lost.code)})"
    return Failure(f"{many} pictures of shard {lost.number}", None, None, f"{reason}; the same command tries it again")


def _nothing(summary: Summary) -> str:
    first = summary.failures[0].sentence if summary.failures else "no metric could measure anything"
    return f"none of {summary.plan.count} pictures of {summary.plan.data} could be evaluated; the first reason: {first}"


def _stopped(outcome: Outcome, out: Path) -> ExitCode:
    kept = f"{outcome.finished} of {outcome.shards} shards are finished and kept in {out}"
    typer.echo(f"stopped: {kept}; the same command goes on" if outcome.finished else "stopped", err=True)
    return ExitCode.STOPPED


def failure_line(failure: Failure) -> dict[str, str]:
    """What failed and why, as the tables of failures take it: a method or a metric, else the picture."""
    what = " on ".join(each for each in (failure.method, failure.metric) if each)
    return {"method": what or failure.picture, "error": failure.sentence}


def _print(request: Request, summary: Summary, results: dict[str, Any]) -> None:
    print_failures([failure_line(one) for one in summary.failures])
    if request.json:
        typer.echo(to_json(results))
    elif not request.quiet:
        print_summary(summary)
        typer.echo(f"Open {request.out / folder.REPORT}; beside it are results.json and every score (.parquet).")
