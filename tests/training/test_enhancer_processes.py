"""Trainings of enhancers that are killed, and those of several processes, through the program itself."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]  # it publishes no types

TRAIN = [
    *("-m", "whylight", "train", "enhancer", "--data", "planted:count=100,size=32,classes=3"),
    *("--model", "planted:classes=3,size=32", "--batch-size", "16", "--precision", "float32", "--quiet"),
    *("--device", "cpu", "--stage1-epochs", "2", "--epochs", "2"),
]
STEPS = 5


def command(out: Path, *more: str) -> list[str]:
    return [sys.executable, *TRAIN, "--out", str(out), *more]


def steps_done(out: Path) -> int:
    """How many steps the state on the disk has."""
    try:
        with safe_open(out / "state.safetensors", "pt") as file:
            position = json.loads(file.metadata()["whylight"])
    except (OSError, RuntimeError):  # not there, or replaced between two looks at it
        return 0
    return int(position["epoch"]) * STEPS + int(position["step"])


@pytest.mark.slow
def test_a_training_that_is_killed_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """It is killed within each of its stages, of two epochs with five steps each."""
    more = ["--net", "unet:width=4,norm=true", "--degrade", "gaussian_noise", "--mode", "joint", "--save-every", "0"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(command(whole, *more), check=True)  # noqa: S603
    deaths = []
    for moment in (2, 12):
        with subprocess.Popen(command(killed, *more)) as process:  # noqa: S603
            while process.poll() is None and steps_done(killed) < moment:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
            process.wait()
        deaths.append(steps_done(killed))
    assert 0 < deaths[0] < deaths[1] < 20
    subprocess.run(command(killed, *more), check=True)  # noqa: S603
    assert (whole / "model.safetensors").read_bytes() == (killed / "model.safetensors").read_bytes()
    ours, theirs = (json.loads((out / "training.json").read_text()) for out in (whole, killed))
    assert [row["loss"] for row in ours["curve"]] == [row["loss"] for row in theirs["curve"]]
    assert ours["validation"] == theirs["validation"]
    assert not (killed / "state.safetensors").exists()
    read = EventAccumulator(str(killed / "events")).Reload()
    assert [event.step for event in read.Scalars("psnr")] == [5, 10, 15, 20]
    assert [event.step for event in read.Scalars("validation/above_entropy")] == [5, 10]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["joint", "transformer"])
def test_two_processes_train_what_one_trains(tmp_path: Path, mode: str) -> None:
    more = ["--net", "unet:width=4", "--degrade", "gaussian_noise", "--mode", mode, "--optimiser", "sgd"]
    more += ["--rate", "0.01", "--stage1-rate", "0.05"]
    one, two = tmp_path / "one", tmp_path / "two"
    subprocess.run(command(one, *more), check=True)  # noqa: S603
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    answer = subprocess.run(  # noqa: S603
        [*torchrun, *TRAIN, "--out", str(two), *more],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    ours, theirs = (json.loads((out / "training.json").read_text()) for out in (one, two))
    assert (ours["run"]["processes"], theirs["run"]["processes"]) == (1, 2)
    for row, other in zip(ours["curve"], theirs["curve"]):
        assert row["loss"] == pytest.approx(other["loss"], rel=1e-4)
        assert row["psnr"] == pytest.approx(other["psnr"], rel=1e-3)
    first, second = (load_file(out / "model.safetensors") for out in (one, two))
    assert max(float((first[name] - second[name]).abs().max()) for name in first) < 1e-3
