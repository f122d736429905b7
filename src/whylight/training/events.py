"""Events for TensorBoard: loss and rate over the steps, validation over the epochs.

    tensorboard --logdir FOLDER/events

They are written where the package ``tensorboard`` is installed (``pip install 'whylight[train]'``), and left out where it is
not. A training that goes on marks the events behind its place as void, so that no step is drawn twice.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

EVERY = 20
"""Steps between two events."""

MEASURES = (
    *("validation_loss", "validation_accuracy", "validation_above_entropy", "psnr"),
    *("orthogonality", "zero_weights"),
)
"""What is drawn of an epoch's row."""


Tell = Callable[[str, float, int], None]
"""Called with (name, number, step)."""


@contextmanager
def written(folder: Path, step: int, *, wanted: bool = True) -> Iterator[Tell]:
    """Events from ``step`` on, into a folder, while the block runs."""
    writer = _writer(folder, step) if wanted else None
    try:
        yield (lambda *_: None) if writer is None else writer.add_scalar
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
