"""Progress of an evaluation on stderr: how much is done, since when, and an estimate of the rest."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

REMEMBERED = 900.0
"""Seconds of work that the estimate rests on: methods differ in cost, and one round of all of them takes minutes."""


@contextmanager
def bar(*, quiet: bool, what: str = "maps and scores") -> Iterator[Callable[[int, int], None]]:
    """A bar that is told (done, in all) while the block runs; nothing is drawn when quiet or not on a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _done, _all: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, speed_estimate_period=REMEMBERED) as progress:
        task = progress.add_task(what, total=None)
        begun = False

        def tell(done: int, whole: int) -> None:
            nonlocal begun
            if not begun:  # what an earlier run did says nothing of this one's speed
                progress.reset(task, completed=done, total=whole)
                begun = True
            progress.update(task, completed=done, total=whole)

        yield tell


@contextmanager
def said(words: str, *, quiet: bool) -> Iterator[None]:
    """Words beside a spinner while the block runs; nothing is drawn when quiet or not on a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield
        return
    with console.status(words):
        yield
