"""What a Ray actor does: it loads the job once, then works on one shard after another."""

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from whylight.runs.job import Job
from whylight.runs.process import told

DATA = "WHYLIGHT_DATA"


@dataclass(frozen=True)
class Surroundings:
    """Of the process that hands shards out: its folder, where it looks for modules, and where data sets lie. What a plan
    names relative to them must mean the same everywhere."""

    folder: str
    modules: tuple[str, ...]
    data: str | None

    @classmethod
    def here(cls) -> "Surroundings":
        """Of this process."""
        return cls(str(Path.cwd()), tuple(sys.path), os.environ.get(DATA))

    def take(self) -> None:
        """Makes them those of this process; a folder that is not on this machine is done without."""
        with suppress(OSError):
            os.chdir(self.folder)
        sys.path += [place for place in self.modules if place not in sys.path]
        if self.data is not None:
            os.environ[DATA] = self.data


class Worker:
    """An actor. ``job``: what it works on; ``surroundings``: where it was handed out."""

    def __init__(self, job: Job[Any], surroundings: Surroundings) -> None:
        self._job, self._parts = job, None
        surroundings.take()
        torch.set_num_threads(1)  # a sum in one thread has one order

    def version(self) -> str:
        """Of whylight, on the machine where the actor is."""
        return version("whylight")

    def finish(self, number: int) -> tuple[Any, ...]:
        """Works on a shard: ("finished",), or ("failed", kind, words) for what nothing can be done about."""
        try:
            if self._parts is None:
                self._parts = self._job.load()
            self._job.finish(self._parts, number, lambda _steps: None)
        except Exception as error:
            return ("failed", *told(error))
        return ("finished",)
