"""Progress on stderr: how many explanations are done, an estimate, and the passes of the method at work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@dataclass(frozen=True)
class Bars:
    """What the work tells: ``begin`` a method, ``passes`` made, explanations ``done``."""

    begin: Callable[[str], None]
    passes: Callable[[int, int], None] | None
    done: Callable[[int], None]


@contextmanager
def bars(total: int, *, quiet: bool, what: str = "explanations") -> Iterator[Bars]:
    """Two bars for ``total`` explanations, or ``what`` it is, while the block runs; nothing is drawn when quiet or not on a
    terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield Bars(lambda _: None, None, lambda _: None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        whole = progress.add_task(what, total=total)
        inner = progress.add_task("passes", total=None)

        def begin(method: str) -> None:
            progress.reset(inner, description=method.replace("[", r"\["), total=None)

        yield Bars(
            begin,
            lambda done, count: progress.update(inner, completed=done, total=count),
            lambda count: progress.advance(whole, count),
        )
