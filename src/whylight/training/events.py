"""Events for TensorBoard: loss and rate over the steps, validation over the epochs.

    tensorboard --logdir FOLDER/events

They are written where the package ``tensorboard`` is installed (``pip install 'whylight[train]'``), and left out where it is
not. A training that goes on marks the events behind its place as void, so that no step is drawn twice.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

EVERY = 20
"""Steps between two events."""


class Events(Protocol):
    """What takes events."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> Any:
        """Notes a number."""


class _Nothing:
    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        """Nobody looks."""


@contextmanager
def written(folder: Path, step: int, *, wanted: bool = True) -> Iterator[Events]:
    """Events from ``step`` on, into a folder, while the block runs."""
    writer = _writer(folder, step) if wanted else None
    try:
        yield writer or _Nothing()
    finally:
        if writer is not None:
            writer.close()


def _writer(folder: Path, step: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what tensorboard's own imports are warned of
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            return None
        return SummaryWriter(str(folder), purge_step=step)
