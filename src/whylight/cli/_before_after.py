"""From the options of ``whylight compare --before … --after …`` to its results."""

import sys
from contextlib import redirect_stdout
from typing import Any

import typer

from whylight import perturb
from whylight.classifier import Classifier
from whylight.cli import _before_after_models as models
from whylight.cli._before_after_models import Models
from whylight.cli._before_after_output import Found, finish
from whylight.cli._before_after_pictures import Pictures
from whylight.cli._before_after_tables import print_before_after
from whylight.cli._comparing import Request, given_pictures, plan_of
from whylight.cli._comparison_given import Given
from whylight.cli._comparison_members import Member
from whylight.cli._comparison_output import Output
from whylight.cli._comparison_question import TOP, TRUE, Known, Question, choosing, read_question, true_labels
from whylight.cli._failures import ExitCode
from whylight.cli._progress import Bars, bars
from whylight.cli._tables import print_failures
from whylight.cli._work import Work, go_through
from whylight.comparison.answers import ask, meanings
from whylight.comparison.before_after.degraded import undegraded
from whylight.comparison.before_after.scoring import AFTER, BEFORE, Scoring
from whylight.comparison.before_after.sides import Sides
from whylight.errors import DataError, MethodError
from whylight.method import Method
from whylight.report.before_after_files import file_names
from whylight.report.before_after_numbers import Asked, Scored
from whylight.report.folder import REPORT, Folder
from whylight.report.results import to_json

NAMES = (BEFORE, AFTER)


def carry_out(request: Request) -> ExitCode:
    """Scores, explains, writes and prints; returns the exit code."""
    with redirect_stdout(sys.stderr):  # what a model prints must not stand between the results
        found, stopped = _compare(request)
        if found is None:
            typer.echo("stopped: no picture was finished, and nothing was written", err=True)
            return ExitCode.STOPPED
        results = finish(found, _plan(request, found), request.seed or 0)
    print_failures(found.failures)
    _print(request, results, found)
    if stopped:
        typer.echo(f"stopped: {found.output.complete} pictures were explained; all were scored", err=True)
        return ExitCode.STOPPED
    if results["before_after"] is None:
        return ExitCode.NOTHING
    return ExitCode.IN_PART if found.failures else ExitCode.DONE


def _compare(request: Request) -> tuple[Found | None, bool]:
    """What was found, and whether it was stopped by Ctrl-C."""
    pairs, methods = models.read_pairs(request), models.read_method(request)
    folder = Folder(request.out)
    folder.check()
    folder.check_free(file_names())
    if request.target is not None:
        read_question(request.target, NAMES, request.data)
    given = given_pictures(request)
    asked = models.load(request, pairs)
    labelled = _labelled(request, given, asked)
    question = _question(request, labelled=labelled)
    output = Output(folder, given, question, whole=request.score == "all")
    pictures = Pictures(given, asked.main, output.whole, _clean(request, asked.main))
    with perturb.execution(perturb.Execution(request.batch_size)):
        scored = _score(request, asked, pictures, labelled=labelled)
        if scored is None:
            return None, True
        found = Found(output, asked, pictures, scored, next(iter(methods.values())))
        stopped = _explain(request, found, methods)
    return found, stopped


def _labelled(request: Request, given: Given, asked: Models) -> bool:
    """Whether the data have labels and all classifiers know some of them; raises DataError for one that is only scored and
    has none."""
    for other in (
        *asked.transfer.values(),
        *(side.whole for both in asked.pairs for side in (both.before, both.after)),
    ):
        if not any(meanings(given.labels, tuple(other.labels))):
            raise DataError(
                f"{other.name} is only scored, and {request.data or 'files'} tell no true label that it has; name a data "
                "set with its labels with --data"
            )
    sides = (asked.main.before, asked.main.after)
    return all(any(meanings(given.labels, tuple(side.whole.labels))) for side in sides)


def _question(request: Request, *, labelled: bool) -> Question:
    """Both explain one label: the true one where it is known, else what is found before, unless another is asked for."""
    text = request.target or (TRUE if labelled else f"{TOP}:{BEFORE}")
    question = read_question(text, NAMES, request.data)
    return Question("leader", BEFORE, 0) if question.kind == "top1" else question


def _clean(request: Request, main: Sides) -> Classifier | None:
    """Brings pictures to the input size and leaves them as they are; None where they are not degraded anyway."""
    return None if request.degrade is None else undegraded(main.after.judge)


def _score(request: Request, asked: Models, pictures: Pictures, *, labelled: bool) -> Scored | None:
    """What the classifiers say of every picture that is scored; None when it was stopped by Ctrl-C."""
    classes = len(pictures.given.labels) if labelled else 0
    scoring = Scoring(asked.main, pictures.count, classes, asked.transfer, request.seed or 0)
    passes = 1 + 2 * len(asked.pairs)
    with bars(passes * pictures.count, quiet=request.quiet, what="pictures scored") as shown:
        try:
            for batch in pictures.batches(request.seed or 0, shown.done):
                scoring.add(batch)
            more = [_pair(both, pictures, shown) for both in asked.pairs]
        except KeyboardInterrupt:
            return None
    found = scoring.found()
    main, transfer = asked.main, asked.transfer
    labels = tuple(main.before.whole.labels), tuple(main.after.whole.labels)
    enhancer = f"the enhancer of {main.after.whole.name}"
    others = [
        Asked((name, f"{name} behind {enhancer}"), (tuple(transfer[name].labels),) * 2, answers)
        for name, answers in found.others.items()
    ]
    return Scored(
        found, labels, pictures.truth, pictures.given.labels, pictures.names, (*others, *more), request.seed or 0
    )


def _pair(both: Sides, pictures: Pictures, shown: Bars) -> Asked:
    """More classifiers before and after, each given the pictures in its own form."""
    read = pictures.given.all_images if pictures.whole else pictures.given.images
    first, second = both.before.whole, both.after.whole
    before, after = (ask(each, read(each), shown.done) for each in (first, second))
    return Asked((first.name, second.name), (tuple(first.labels), tuple(second.labels)), (before, after))


def _explain(request: Request, found: Found, methods: dict[str, Method]) -> bool:
    """Where both look, unless one is a black box to the method. Whether it was stopped by Ctrl-C."""
    main, output, settings = found.models.main, found.output, perturb.Execution(request.batch_size)
    sides = (main.before.whole, main.after.whole)
    for number, (name, answers) in enumerate(zip(NAMES, found.scored.sides, strict=True)):
        member = Member(name, tuple(sides[number].labels), methods, answers)
        output.begin(number, member, str(sides[number].device))
    try:
        for classifier in sides:
            found.method.check_access(classifier)
    except MethodError as error:
        found.blind = str(error)
        return False
    for number, classifier in enumerate(sides):
        output.turn_to(number)
        choose = choosing(output.question, classifier, _known(request, found))
        work = Work(classifier, methods, choose, regions=False, preparation=found.pictures.given.preparation)
        if go_through(work, output.given.sources, output.add, settings, quiet=request.quiet):
            return True
    return False


def _known(request: Request, found: Found) -> Known | None:
    """Who says which label is explained; both answers are known by now."""
    question, output = found.output.question, found.output
    if question.kind == "label":
        return true_labels(output.given, request.data or "")
    if question.leader is None:
        return None
    member = output.members[question.leader]
    return Known(member.labels, output.predicted(member), member.name)


def _plan(request: Request, found: Found) -> dict[str, Any]:
    """What was asked for, as plain data."""
    asked = found.models
    plan = plan_of(request, found.output)
    return plan | {
        "models": [asked.main.before.whole.name, asked.main.after.whole.name],
        "target": found.output.question.text,
        "before": [both.before.whole.name for both in (asked.main, *asked.pairs)],
        "after": [both.after.whole.name for both in (asked.main, *asked.pairs)],
        "transfer": list(asked.transfer),
    }


def _print(request: Request, results: dict[str, Any], found: Found) -> None:
    if request.json:
        typer.echo(to_json(results))
    elif results["before_after"] is not None and not request.quiet:
        print_before_after(results)
        figures = sorted(found.output.folder.written - {REPORT, "results.json"})
        typer.echo(f"Open {request.out / REPORT}; beside it are results.json and {', '.join(figures)}.")
