"""From the options of ``whylight explain`` to its results."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import typer

from whylight import classifiers, perturb, pictures, registry
from whylight.classifier import Access, Classifier
from whylight.cli._device import device_for
from whylight.cli._failures import ExitCode
from whylight.cli._output import Output, endings_for
from whylight.cli._passes import Asked, Passes, make_ready
from whylight.cli._tables import print_failures, print_items
from whylight.cli._targets import read_targets
from whylight.cli._work import Source, Work, go_through
from whylight.method import Method
from whylight.preparation import Preparation
from whylight.report.files import shown_path
from whylight.report.folder import REPORT, Folder
from whylight.report.results import to_json

DEFAULTS = ("grad_cam", "integrated_gradients", "lime")
"""Three views that fail in different ways: a layer's, the pixels' and that of whole regions."""
DEFAULTS_OF_BLACK_BOX = ("occlusion", "lime")


@dataclass(frozen=True)
class Request:
    """The options as they were given."""

    pictures: tuple[Path, ...]
    model: str | None
    methods: tuple[str, ...]
    targets: tuple[str, ...]
    out: Path
    seed: int | None
    device: str
    batch_size: int | None
    precision: Asked
    regions: bool
    strict: bool
    json: bool
    quiet: bool
    prepare: str | None = None


def carry_out(request: Request) -> ExitCode:
    """Explains, writes and prints; returns the exit code."""
    with redirect_stdout(sys.stderr):  # what a model prints must not stand between the results
        results, output, passes, stopped = _explain(request)
    _print(request, results, output, passes)
    return _exit_code(request, output, stopped=stopped)


def _explain(request: Request) -> tuple[dict[str, Any], Output, Passes, bool]:
    folder = Folder(request.out)
    folder.check()
    named = read_methods(request.methods, request.seed)
    preparation = read_preparation(request.prepare)
    sources, problems = find_sources(request.pictures, transparency=preparation is not None)
    classifier = classifiers.load(request.model, device=device_for(request.device))
    outputs_only = request.precision == "int8"
    methods = named or read_methods(defaults_for(classifier, outputs_only=outputs_only), request.seed)
    wanted = read_targets(request.targets, classifier.labels)
    prepares = preparation is not None
    output = Output(folder, classifier.name, list(methods), endings_for(wanted, classifier.labels), prepares=prepares)
    for path, problem in problems:
        output.add_problem(len(sources), shown_path(path), problem)
    output.check(sources)
    passes = make_ready(request.precision, classifier, list(methods.values()), sources, preparation)
    choose = lambda logits, _: wanted.choose(logits)  # noqa: E731
    work = Work(classifier, methods, choose, request.regions, preparation, passes.stand_in)
    try:
        settings = perturb.Execution(request.batch_size, passes.precision)
        stopped = go_through(work, sources, output.add, settings, quiet=request.quiet)
        plan = plan_of(request, classifier, methods)
        return output.finish(plan, passes.to_plain()), output, passes, stopped
    except Exception:
        folder.discard()
        raise


def read_methods(texts: Sequence[str], seed: int | None) -> dict[str, Method]:
    """Each method by its first description, equal ones once; raises SpecError for one that cannot be read."""
    found: dict[str, Method] = {}
    known: list[dict[str, Any]] = []
    for text in texts:
        method = seeded(registry.read("methods", text), seed)
        if (plain := registry.describe(method)) not in known:
            known.append(plain)
            found[text] = method
    return found


def read_preparation(text: str | None) -> Preparation | None:
    """The preparation that is meant; raises SpecError for one that cannot be read."""
    if text is None:
        return None
    preparation: Preparation = registry.read("preparations", text)
    return preparation


def seeded(part: Any, seed: int | None) -> Any:
    """The part with ``seed`` in every field of that name, also in the parts inside it."""
    if seed is None:
        return part
    changed: dict[str, Any] = {}
    for setting in fields(part):
        value = getattr(part, setting.name)
        if setting.name == "seed":
            changed["seed"] = seed
        elif is_dataclass(value):
            changed[setting.name] = seeded(value, seed)
    return replace(part, **changed)


def defaults_for(classifier: Classifier, *, outputs_only: bool = False) -> tuple[str, ...]:
    """The methods that are used when none is named."""
    return DEFAULTS if classifier.access >= Access.FEATURES and not outputs_only else DEFAULTS_OF_BLACK_BOX


def find_sources(paths: Sequence[Path], *, transparency: bool = False) -> tuple[list[Source], list[tuple[Path, str]]]:
    """The pictures that are meant, in their order, and what was wrong with the rest; no path means the sample.
    ``transparency``: keep it where there is some, as preparations want it."""
    if not paths:
        name, picture = pictures.sample_picture()
        return [Source(0, name, name, lambda: picture)], []
    files, problems = pictures.find_pictures(paths)
    read = partial(pictures.read_picture, transparency=transparency)
    sources = [
        Source(place, shown_path(path), shown_path(Path(path.stem)), partial(read, path))
        for place, path in enumerate(files)
    ]
    return sources, problems


def plan_of(request: Request, classifier: Classifier, methods: dict[str, Method]) -> dict[str, Any]:
    """What was asked for, as plain data, with every setting of every method."""
    return {
        "pictures": [shown_path(path) for path in request.pictures] or [pictures.sample_picture()[0]],
        "model": classifier.name,
        "methods": [registry.describe(method) for method in methods.values()],
        "target": request.targets[0] if len(request.targets) == 1 else list(request.targets),
        "seed": request.seed,
        "regions": request.regions,
        "prepare": request.prepare and registry.describe(read_preparation(request.prepare)),
        "precision": request.precision,
        "batch_size": request.batch_size,
        "device": str(classifier.device),
    }


def _print(request: Request, results: dict[str, Any], output: Output, passes: Passes) -> None:
    print_failures(output.failures)
    for sentence in () if request.quiet else passes.sentences:
        typer.echo(sentence, err=True)
    if request.json:
        typer.echo(to_json(results))
    elif output.explained and not request.quiet:
        print_items(output.explained)
        typer.echo(
            f"Open {request.out / REPORT}; beside it are results.json, the overlays (.png) and the raw maps (.npz)."
        )


def _exit_code(request: Request, output: Output, *, stopped: bool) -> ExitCode:
    if stopped:
        typer.echo(f"stopped: {len(output.explained)} explanations were finished and kept", err=True)
        return ExitCode.STOPPED
    if not output.explained:
        return ExitCode.NOTHING
    flagged = request.strict and any(item["flags"] for item in output.explained)
    return ExitCode.IN_PART if output.failures or flagged else ExitCode.DONE
