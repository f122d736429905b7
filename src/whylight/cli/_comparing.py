"""From the options of ``whylight compare`` to its results."""

import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import typer

from whylight import classifiers, perturb, registry
from whylight.classifier import Classifier
from whylight.cli import _comparison_given as pictures
from whylight.cli._comparison_given import DRAWN, Given
from whylight.cli._comparison_members import Member
from whylight.cli._comparison_output import Output, file_names
from whylight.cli._comparison_question import TOP, Known, Question, choosing, read_question, true_labels
from whylight.cli._comparison_tables import print_agreement
from whylight.cli._device import device_for
from whylight.cli._explaining import defaults_for, read_methods, read_preparation
from whylight.cli._failures import ExitCode
from whylight.cli._progress import bars
from whylight.cli._tables import print_failures
from whylight.cli._work import Work, go_through
from whylight.comparison.answers import Answers, ask
from whylight.comparison.before_after.degraded import degraded
from whylight.degradation import Degradation
from whylight.errors import MethodError, WhylightError
from whylight.pictures import sample_picture
from whylight.report.files import shown_path
from whylight.report.folder import REPORT, Folder
from whylight.report.results import to_json


@dataclass(frozen=True)
class Request:
    """The options as they were given."""

    pictures: tuple[Path, ...]
    data: str | None
    data_root: Path | None
    models: tuple[str, ...]
    methods: tuple[str, ...]
    target: str | None
    score: Literal["all", "limit"]
    limit: int | None
    out: Path
    seed: int | None
    device: str
    batch_size: int | None
    json: bool
    quiet: bool
    prepare: str | None = None
    degrade: str | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    transfer: tuple[str, ...] = ()


def carry_out(request: Request) -> ExitCode:
    """Explains, compares, writes and prints; returns the exit code."""
    with redirect_stdout(sys.stderr):  # what a model prints must not stand between the results
        output, stopped = _explain(request)
        results = output.finish(plan_of(request, output), request.seed or 0)
    _print(request, results, output)
    if stopped:
        typer.echo(f"stopped: {output.complete} pictures were finished and compared", err=True)
        return ExitCode.STOPPED
    if output.found is None:
        return ExitCode.NOTHING
    return ExitCode.IN_PART if output.failures else ExitCode.DONE


def _explain(request: Request) -> tuple[Output, bool]:
    """What was found, and whether it was stopped by Ctrl-C."""
    models: tuple[str | None, ...] = request.models or (None,)
    folder = Folder(request.out)
    folder.check()
    folder.check_free(file_names(len(models)))
    question = read_question(request.target or TOP, models, request.data)
    named = read_methods(request.methods, request.seed)
    if len(models) * (len(named) or 2) < 2:
        raise MethodError("expected at least two methods or models to compare; got one method; add another --method")
    given = given_pictures(request)
    folder.check_free({f"{name}.png" for name in given.steps})
    output = Output(folder, given, question, whole=request.score == "all")
    known = true_labels(given, request.data or "") if question.kind == "label" else None
    for number in _order(len(models), question):
        classifier = loaded(request, models[number])
        methods = named or read_methods(defaults_for(classifier), request.seed)
        choose = choosing(question, classifier, known)
        work = Work(classifier, methods, choose, regions=False, preparation=given.preparation)
        answers = _asked(request, classifier, given)
        if answers is None:
            return output, True
        member = Member(classifier.name, tuple(classifier.labels), methods, answers)
        output.begin(number, member, str(classifier.device))
        if question.kind == "leader" and known is None:
            known = Known(member.labels, output.predicted(member), member.name)
        if go_through(work, given.sources, output.add, perturb.Execution(request.batch_size), quiet=request.quiet):
            return output, True
    return output, False


def loaded(request: Request, model: str | None) -> Classifier:
    """A model, which is given degraded pictures where they are asked for."""
    degradation = read_degradation(request.degrade)
    classifier = classifiers.load(model, device=device_for(request.device))
    return classifier if degradation is None else degraded(classifier, degradation, request.seed or 0)


def read_degradation(text: str | None) -> Degradation | None:
    """The degradation that is meant; raises SpecError for one that cannot be read."""
    if text is None:
        return None
    degradation: Degradation = registry.read("degradations", text)
    return degradation


def _order(models: int, question: Question) -> Iterable[int]:
    """Whoever names the labels for all goes first."""
    return sorted(range(models), key=lambda number: number != question.leader)


def _asked(request: Request, classifier: Classifier, given: Given) -> Answers | None:
    """What the model finds in every picture that it is scored on; None when it was stopped by Ctrl-C."""
    whole = request.score == "all"
    images = given.all_images(classifier) if whole else given.images(classifier)
    count = len(given.dataset or ()) if whole else len(given.sources)
    with bars(count, quiet=request.quiet, what="pictures scored") as shown:
        try:
            with perturb.execution(perturb.Execution(request.batch_size)):
                return ask(classifier, images, shown.done)
        except KeyboardInterrupt:
            return None


def given_pictures(request: Request) -> Given:
    """The pictures that are meant, of which those of a data set are drawn by the seed."""
    preparation = read_preparation(request.prepare)
    if request.data is None:
        if request.score == "all":
            raise WhylightError("--score all scores a whole data set; name it with --data, or leave --score out")
        return pictures.files(request.pictures, request.limit, preparation)
    pictures.check_one(request.pictures, request.data)
    return pictures.drawn(request.data, request.data_root, request.limit or DRAWN, request.seed or 0, preparation)


def plan_of(request: Request, output: Output) -> dict[str, Any]:
    """What was asked for, as plain data, with every setting of every method."""
    methods = {text: method for member in output.members for text, method in member.methods.items()}
    return {
        "pictures": None if request.data else [shown_path(path) for path in request.pictures] or [sample_picture()[0]],
        "data": request.data,
        "models": [member.name for member in output.members],
        "methods": [registry.describe(method) for method in methods.values()],
        "target": request.target or TOP,
        "score": request.score if request.data else None,
        "limit": request.limit or (DRAWN if request.data else None),
        "seed": request.seed,
        "prepare": request.prepare and registry.describe(read_preparation(request.prepare)),
        "degrade": request.degrade and registry.describe(read_degradation(request.degrade)),
        "batch_size": request.batch_size,
        "device": output.device,
    }


def _print(request: Request, results: dict[str, Any], output: Output) -> None:
    print_failures(output.failures)
    if request.json:
        typer.echo(to_json(results))
    elif output.found is not None and not request.quiet:
        print_agreement(results)
        figures = sorted(
            output.folder.written - {REPORT, "results.json"} - {f"{name}.png" for name in output.given.steps}
        )
        figures += ["the steps of the preparation (.steps.png)"] if request.prepare else []
        typer.echo(f"Open {request.out / REPORT}; beside it are results.json and {', '.join(figures)}.")
