"""Progress of a training on stderr: a bar with an estimate on a terminal, and a line for each epoch everywhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

REMEMBERED = 300.0
"""Seconds of work that the estimate rests on."""


@dataclass(frozen=True)
class Bars:
    """What a training tells: pictures ``read`` and ``steps`` made, of how many, and the row of an ``epoch``."""

    read: Callable[[int, int], None]
    steps: Callable[[int, int], None]
    epoch: Callable[[dict[str, Any], int], None]


@contextmanager
def bars(*, quiet: bool) -> Iterator[Bars]:
    """Bars while the block runs; without a terminal only the lines of epochs are written, and nothing when quiet."""
    console = Console(stderr=True, highlight=False)
    if quiet:
        yield Bars(lambda _done, _all: None, lambda _done, _all: None, lambda _row, _epochs: None)
        return

    def epoch(row: dict[str, Any], epochs: int) -> None:
        console.print(line_of(row, epochs), soft_wrap=True)

    if not console.is_terminal:
        yield Bars(lambda _done, _all: None, lambda _done, _all: None, epoch)
        return
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()),
        *(TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()),
    )
    with Progress(*columns, console=console, transient=True, speed_estimate_period=REMEMBERED) as progress:
        yield Bars(_teller(progress, "reading pictures"), _teller(progress, "training"), epoch)


def _teller(progress: Progress, words: str) -> Callable[[int, int], None]:
    """A bar that appears when it is first told something; what an earlier run did says nothing of this one's speed."""
    task = progress.add_task(words, total=None, visible=False)
    begun = False

    def tell(done: int, whole: int) -> None:
        nonlocal begun
        if not begun:
            progress.reset(task, completed=done, total=whole, visible=True)
            begun = True
        progress.update(task, completed=done, total=whole, visible=done < whole)

    return tell


def line_of(row: dict[str, Any], epochs: int) -> str:
    """An epoch in words."""
    stage = f" ({row['stage']})" if "stage" in row else ""
    words = f"epoch {row['epoch']} of {epochs}{stage}: loss {row['loss']:.4f}"
    if "validation_accuracy" in row:
        words += f", validation {100 * row['validation_accuracy']:.2f} % (loss {row['validation_loss']:.4f})"
    if "psnr" in row:
        words += f", PSNR {row['psnr']:.1f} dB"
    return f"{words}, {row['seconds']:.0f} s"
