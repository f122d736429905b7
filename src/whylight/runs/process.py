"""What a worker process does: it works on one shard after another until its parent has no more, or is gone."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from typing import Any

import torch

from whylight.errors import RunError, WhylightError
from whylight.runs.job import Job


def serve(job: Job[Any], pipe: Connection) -> None:
    """Answers each number of a shard with ("steps", count) as it goes and ("finished", number) in the end, and what
    nothing can be done about with ("failed", kind, words)."""
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout = sys.stderr  # what a model prints must not stand between the results
    torch.set_num_threads(1)
    try:
        parts = job.load()
        while (number := pipe.recv()) is not None:
            job.finish(parts, number, _teller(pipe))
            pipe.send(("finished", number))
    except EOFError:  # the parent is gone
        return
    except Exception as error:
        pipe.send(("failed", *told(error)))


def told(error: Exception) -> tuple[str, tuple[object, ...]]:
    """An exception as (kind, words), which any process can read."""
    if isinstance(error, WhylightError):
        return "whylight", (str(error),)
    if isinstance(error, OSError):
        return "system", (error.errno, error.strerror, error.filename)
    return "unexpected", (f"{type(error).__name__}: {error}",)


def raised(kind: str, words: tuple[object, ...]) -> Exception:
    """The exception that ``told`` told of."""
    if kind == "system":
        return OSError(*words)
    return RunError(str(words[0])) if kind == "whylight" else RuntimeError(str(words[0]))


def _teller(pipe: Connection) -> Callable[[int], None]:
    def tell(count: int) -> None:
        pipe.send(("steps", count))

    return tell


def _end_with_parent() -> None:
    """Ends this process when its parent is gone, also in the middle of a shard: nobody waits for it any more."""
    parent: Any = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
