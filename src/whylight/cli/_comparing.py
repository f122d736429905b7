"""From the options of ``whylight compare`` to its results."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from whylight import classifiers, perturb, registry
from whylight.classifier import Classifier
from whylight.cli._comparison_output import FIGURE, Output
from whylight.cli._comparison_tables import print_agreement
from whylight.cli._explaining import defaults_for, device_for, find_sources, read_methods
from whylight.cli._failures import ExitCode
from whylight.cli._progress import bars
from whylight.cli._tables import print_failures
from whylight.cli._targets import Wanted, read_target
from whylight.cli._work import Source, Work, run
from whylight.dataset import Dataset
from whylight.errors import MethodError, PictureError, TargetError, WhylightError
from whylight.pictures import sample_picture
from whylight.report.files import shown_path
from whylight.report.folder import REPORT, Folder
from whylight.report.results import to_json
from whylight.tensors import generator

DRAWN = 50
"""So many pictures of a data set are compared unless another number is asked for."""


@dataclass(frozen=True)
class Request:
    """The options as they were given."""

    pictures: tuple[Path, ...]
    data: str | None
    data_root: Path | None
    models: tuple[str, ...]
    methods: tuple[str, ...]
    target: str
    limit: int | None
    out: Path
    seed: int | None
    device: str
    batch_size: int | None
    json: bool
    quiet: bool


def carry_out(request: Request) -> ExitCode:
    """Explains, compares, writes and prints; returns the exit code."""
    with redirect_stdout(sys.stderr):  # what a model prints must not stand between the results
        output, stopped = _explain(request)
        results = output.finish(plan_of(request, output), request.seed or 0)
    _print(request, results, output)
    if stopped:
        typer.echo(f"stopped: {output.complete} pictures were finished and compared", err=True)
        return ExitCode.STOPPED
    if output.agreement is None:
        return ExitCode.NOTHING
    return ExitCode.IN_PART if output.failures else ExitCode.DONE


def _explain(request: Request) -> tuple[Output, bool]:
    folder = Folder(request.out)
    folder.check()
    folder.check_free({FIGURE})
    models: tuple[str | None, ...] = request.models or (None,)
    _check_target(request.target, models)
    named = read_methods(request.methods, request.seed)
    _check_enough(len(models) * (len(named) or 2))
    sources, problems = _sources(request)
    output = Output(folder, sources, problems)
    for model in models:
        classifier = classifiers.load(model, device=device_for(request.device))
        methods = named or read_methods(defaults_for(classifier), request.seed)
        work = Work(classifier, methods, _wanted(request.target, classifier), regions=False)
        output.begin(classifier, methods, alone=len(models) == 1)
        if _run(request, work, sources, output):
            return output, True
    return output, False


def _run(request: Request, work: Work, sources: Sequence[Source], output: Output) -> bool:
    """Whether the work was stopped by Ctrl-C."""
    with bars(len(sources) * len(work.methods), quiet=request.quiet) as shown:
        settings = perturb.Execution(request.batch_size, progress=shown.passes)
        try:
            with perturb.execution(settings):
                for result in run(work, sources, shown):
                    output.add(result)
        except KeyboardInterrupt:
            return True
    return False


def _check_target(text: str, models: Sequence[str | None]) -> None:
    if len(models) > 1 and text.strip().lower() == "top1":
        raise TargetError(
            f"{len(models)} models may each find another label most probable, so their maps would explain different "
            "questions; name one label for all with --target"
        )


def _check_enough(explained: int) -> None:
    if explained < 2:
        raise MethodError("expected at least two methods or models to compare; got one method; add another --method")


def _wanted(text: str, classifier: Classifier) -> Wanted:
    wanted = read_target(text, classifier.labels)
    if wanted.top > 1:
        raise TargetError(f"compare explains one label of each picture, and --target {text} asks for {wanted.top}")
    return wanted


def _sources(request: Request) -> tuple[list[Source], list[tuple[str, str]]]:
    """The pictures that are meant, and (name, reason) of those that are none."""
    if request.data is None:
        sources, problems = find_sources(request.pictures)
        return sources[: request.limit], [(shown_path(path), problem) for path, problem in problems]
    if request.pictures:
        raise WhylightError("expected pictures or --data; got both; leave one of them out")
    return _drawn(request.data, request.data_root, request.limit or DRAWN, request.seed or 0), []


def _drawn(text: str, root: Path | None, limit: int, seed: int) -> list[Source]:
    """Pictures of a data set in an order drawn by the seed: the same that ``whylight evaluate`` takes."""
    import torch

    from whylight.datasets import open_dataset

    dataset = open_dataset(text, root)
    places = torch.randperm(len(dataset), generator=generator(seed, 0)).tolist()[:limit]
    return [_source(dataset, number, place) for number, place in enumerate(places)]


def _source(dataset: Dataset, number: int, place: int) -> Source:
    try:
        name = dataset[place].name
    except PictureError:  # told when it is its turn
        name = f"number {place} of {len(dataset)}"
    return Source(number, name, name, lambda: dataset[place].picture)


def plan_of(request: Request, output: Output) -> dict[str, Any]:
    """What was asked for, as plain data, with every setting of every method."""
    return {
        "pictures": None if request.data else [shown_path(path) for path in request.pictures] or [sample_picture()[0]],
        "data": request.data,
        "models": list(output.models),
        "methods": [registry.describe(method) for method in output.methods.values()],
        "target": request.target,
        "limit": request.limit or (DRAWN if request.data else None),
        "seed": request.seed,
        "batch_size": request.batch_size,
        "device": output.device,
    }


def _print(request: Request, results: dict[str, Any], output: Output) -> None:
    print_failures(output.failures)
    if request.json:
        typer.echo(to_json(results))
    elif output.agreement is not None and not request.quiet:
        print_agreement(results)
        typer.echo(f"Open {request.out / REPORT}; beside it are results.json and {FIGURE}.")
