"""From the options of ``whylight judge`` to the loop of showing, asking and keeping."""

import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from whylight import classifiers, datasets, perturb
from whylight.classifier import Classifier
from whylight.cli._device import device_for
from whylight.cli._evaluating import DATA
from whylight.cli._evaluation_parts import default_model
from whylight.cli._explaining import read_methods
from whylight.cli._failures import ExitCode
from whylight.cli._judging_screen import Screen
from whylight.cli._keys import keys
from whylight.errors import StoreError
from whylight.feedback.candidates import Candidate, candidates_for
from whylight.feedback.session import Session
from whylight.store import Filter, Store
from whylight.whole import check_writable

OUT = Path("whylight-judge")


@dataclass(frozen=True)
class Request:
    """The options as they were given."""

    data: str | None
    data_root: Path | None
    model: str | None
    methods: tuple[str, ...]
    store: str
    person: str | None
    learning: bool
    seed: int
    out: Path | None
    device: str
    batch_size: int | None


def carry_out(request: Request) -> ExitCode:
    """Shows and asks until the person quits or every picture is done; returns the exit code."""
    named = tuple(read_methods(request.methods, None))
    out = request.out or (None if sys.stdout.isatty() else OUT)
    if out is not None:
        check_writable(out)
    dataset = datasets.open_dataset(request.data or DATA, request.data_root)
    classifier = classifiers.load(request.model or default_model(dataset), device=device_for(request.device))
    options = options_for(classifier, named)
    screen = Screen(out)
    with Store(request.store) as store, perturb.execution(perturb.Execution(request.batch_size)):
        session = Session(
            store,
            dataset,
            request.data or DATA,
            classifier,
            options,
            (request.person or logged_in()).strip(),
            request.seed,
            request.learning,
        )
        began, code = datetime.now(UTC), ExitCode.DONE
        try:
            _loop(session, screen)
        except KeyboardInterrupt:
            code = ExitCode.STOPPED
            screen.tell("stopped")
        ups, downs = (store.count(Filter(person=session.person, up=up, since=began)) for up in (True, False))
        screen.tell(f"{ups} up and {downs} down in this session; {store.count()} verdicts stand in {store.where}")
    return ExitCode.IN_PART if session.problems and code == ExitCode.DONE else code


def options_for(classifier: Classifier, named: Sequence[str]) -> tuple[Candidate, ...]:
    """The candidates of the named methods, or of those that suit the classifier."""
    return candidates_for(len(classifier.labels), classifier.access, named)


def logged_in() -> str:
    """The name of who runs the program; raises StoreError where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise StoreError("the system does not say who is logged in; give your name with --person") from error


def _loop(session: Session, screen: Screen) -> None:
    """One key, one answer, until the person quits, the input ends or no picture is left."""
    if session.next() is None:
        screen.tell("every picture is judged" if not session.problems else "no picture could be shown")
        _tell_problems(session)
        return
    screen.show(session)
    for key in keys(screen.ask):
        told = len(session.problems)
        if key == "q":
            return
        if key == "z":
            screen.tell("undone" if session.undo() else "there is nothing to undo")
        elif key in ("u", "d"):
            session.judge(up=key == "u")
        elif key == "s":
            session.next()
        else:
            screen.tell(f"{key!r} is no key here")
            continue
        _tell_problems(session, told)
        if session.shown is None:
            screen.tell("every picture is judged")
            return
        screen.show(session)


def _tell_problems(session: Session, told: int = 0) -> None:
    for sentence in dict.fromkeys(session.problems[told:]):
        typer.echo(f"left out: {sentence}", err=True)
