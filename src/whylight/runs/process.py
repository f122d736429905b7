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

from whylight import perturb
from whylight.errors import WhylightError
from whylight.runs import shards
from whylight.runs.setup import Parts, Setup, load
from whylight.runs.work import Tell, carry_out


def finish_shard(setup: Setup, parts: Parts, number: int, tell: Tell) -> None:
    """Works on a shard and writes its file."""
    with perturb.execution(perturb.Execution(setup.batch_size)):
        found = carry_out(parts, setup.plan.target, shards.cut(setup.plan)[number], tell)
    shards.write(setup.folder, number, found)


def serve(setup: Setup, pipe: Connection) -> None:
    """Answers each number of a shard with ("steps", count) as it goes and ("finished", number) in the end, and what
    nothing can be done about with ("failed", kind, words)."""
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout = sys.stderr  # what a model prints must not stand between the results
    torch.set_num_threads(1)
    try:
        parts = load(setup)
        while (number := pipe.recv()) is not None:
            finish_shard(setup, parts, number, _teller(pipe))
            pipe.send(("finished", number))
    except EOFError:  # the parent is gone
        return
    except WhylightError as error:
        pipe.send(("failed", "whylight", (str(error),)))
    except OSError as error:
        pipe.send(("failed", "system", (error.errno, error.strerror, error.filename)))
    except Exception as error:
        pipe.send(("failed", "unexpected", (f"{type(error).__name__}: {error}",)))


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
