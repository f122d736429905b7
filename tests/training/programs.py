"""Trainings through the program itself: whole, killed at given steps, and of two processes; and what each of them left.

A training that nobody kills runs in the process of the tests, which has imported already what it needs.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]  # it publishes no types
from typer.testing import CliRunner

from whylight.classifiers import networks
from whylight.classifiers.checkpoint import Recipe, save
from whylight.cli.main import app
from whylight.datasets import open_dataset

ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}
"""As the tests themselves: a sum over more threads has other roundings."""
DATA = "planted:count=100,size=32,classes=3"
STATE, ANSWERS = "state.safetensors", "training.json"


@dataclass(frozen=True)
class Program:
    """``words``: behind ``whylight train``, without ``--out``. ``steps``: of an epoch. ``model``: the file with what was
    learnt."""

    words: tuple[str, ...]
    steps: int = 5
    model: str = "model.safetensors"

    def command(self, out: Path, *launcher: str) -> list[str]:
        """Of a training into ``out``; ``launcher``: words between Python and the program."""
        return [sys.executable, *launcher, "-m", "whylight", "train", *self.words, "--out", str(out)]

    def run(self, out: Path) -> None:
        """To the end, in this process."""
        answer = CliRunner().invoke(app, ["train", *self.words, "--out", str(out)])
        assert answer.exit_code == 0, answer.output

    def run_together(self, out: Path) -> None:
        """To the end, in two processes."""
        launcher = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone")
        answer = subprocess.run(  # noqa: S603
            self.command(out, *launcher),
            env=ONE_THREAD,
            check=False,
            capture_output=True,
            text=True,
        )
        assert answer.returncode == 0, answer.stderr[-3000:]

    def kill(self, out: Path, moment: int) -> int:
        """Begins or goes on, and is killed when at least ``moment`` steps are kept; returns how many are."""
        with subprocess.Popen(self.command(out), env=ONE_THREAD) as process:  # noqa: S603
            while process.poll() is None and self.steps_done(out) < moment:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
            process.wait()
        return self.steps_done(out)

    def steps_done(self, out: Path) -> int:
        """How many steps the state on the disk has."""
        try:
            with safe_open(out / STATE, "pt") as file:
                position = json.loads(file.metadata()["whylight"])
        except (OSError, RuntimeError):  # not there, or replaced between two looks at it
            return 0
        return int(position["epoch"]) * self.steps + int(position["step"])

    def check_same_bytes(self, whole: Path, killed: Path) -> None:
        """What a killed training left in the end is what one left that was not, and nothing else."""
        assert (whole / self.model).read_bytes() == (killed / self.model).read_bytes()
        ours, theirs = answers(whole), answers(killed)
        assert [row["loss"] for row in ours["curve"]] == [row["loss"] for row in theirs["curve"]]
        assert not (killed / STATE).exists()
        assert not list(killed.glob(".*.part"))

    def check_same_training(self, one: Path, two: Path, **near: float) -> None:
        """Two processes trained what one trained, up to rounding; ``near``: how near numbers of each epoch's row are."""
        ours, theirs = answers(one), answers(two)
        assert (ours["run"]["processes"], theirs["run"]["processes"]) == (1, 2)
        assert len(ours["curve"]) == len(theirs["curve"])
        for row, other in zip(ours["curve"], theirs["curve"]):
            for name, share in {"loss": 1e-4, **near}.items():
                assert row[name] == pytest.approx(other[name], rel=share)
        first, second = (load_file(out / self.model) for out in (one, two))
        assert max(float((first[name] - second[name]).abs().max()) for name in first) < 1e-3


def answers(out: Path) -> dict[str, Any]:
    """``training.json``."""
    plain: dict[str, Any] = json.loads((out / ANSWERS).read_text())
    return plain


def steps_of(out: Path, name: str) -> list[int]:
    """The steps of a curve for TensorBoard."""
    return [step for step, _ in curve_of(out / "events", name)]


def curve_of(events: Path, name: str) -> list[tuple[int, float]]:
    """Steps and numbers of a curve, as TensorBoard reads it."""
    read = EventAccumulator(str(events)).Reload()
    return [(event.step, event.value) for event in read.Scalars(name)]


def drawn_network(path: Path) -> str:
    """A classifier of the data's labels that knows nothing yet, so that there is something to learn; its description."""
    torch.manual_seed(0)
    recipe = Recipe(
        "small_cnn", open_dataset(DATA).labels, (32, 32), None, "bilinear", (0.5,) * 3, (0.25,) * 3, "features"
    )
    save(path, networks.build("small_cnn", 3, 3, (32, 32)), recipe)
    return f"file:{path}"
