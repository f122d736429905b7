"""Events for TensorBoard: loss and rate over the steps, validation over the epochs.

    tensorboard --logdir FOLDER/events

They are written where the package ``tensorboard`` is installed (``pip install 'whylight[train]'``), and left out where it is
not. A training that goes on marks the events behind its place as void, so that no step is drawn twice.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

EVERY = 20
"""Steps between two events."""

NAME = "events.out.tfevents."
"""What the names of TensorBoard's files begin with; seconds, the machine and the process follow."""

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
        _wait_for_a_later_name(folder)
        return SummaryWriter(str(folder), purge_step=step)


def _wait_for_a_later_name(folder: Path) -> None:
    """TensorBoard reads files in the order of their names, which begin with whole seconds: what goes on within the second in
    which another file began could be read before that, and void it."""
    names = (path.name.removeprefix(NAME).split(".")[0] for path in folder.glob(f"{NAME}*"))
    latest = max((int(name) for name in names if name.isdigit()), default=0)
    now = time.time()
    if latest == int(now):
        time.sleep(latest + 1 - now)
