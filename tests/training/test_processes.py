"""Trainings that are killed, and trainings of several processes, through the program itself."""

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

DATA = "planted:count=100,size=32,classes=3"
TRAIN = [
    "-m",
    "whylight",
    "train",
    "classifier",
    "--data",
    DATA,
    "--batch-size",
    "16",
    "--precision",
    "float32",
    "--quiet",
]
TRAIN += ["--device", "cpu"]


def command(out: Path, *more: str) -> list[str]:
    return [sys.executable, *TRAIN, "--out", str(out), *more]


def steps_done(out: Path) -> int:
    """How many steps the state on the disk has, from (epoch, step) of 5 steps each."""
    try:
        with safe_open(out / "state.safetensors", "pt") as file:
            position = json.loads(file.metadata()["whylight"])
    except (OSError, RuntimeError):  # not there, or replaced between two looks at it
        return 0
    return int(position["epoch"]) * 5 + int(position["step"])


@pytest.mark.slow
def test_a_training_that_is_killed_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """It is killed within the first epoch and within the third, of four with five steps each."""
    more = [
        "--network",
        "fashion_cnn:width=8",
        "--epochs",
        "4",
        "--save-every",
        "0",
        "--augmentation",
        "shift_flip_erase",
    ]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(command(whole, *more), check=True)  # noqa: S603
    deaths = []
    for moment in (2, 13):
        with subprocess.Popen(command(killed, *more)) as process:  # noqa: S603
            while process.poll() is None and steps_done(killed) < moment:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
            process.wait()
        deaths.append(steps_done(killed))
    assert any(steps % 5 > 0 for steps in deaths), f"never within an epoch: {deaths}"
    assert deaths[-1] < 20
    subprocess.run(command(killed, *more), check=True)  # noqa: S603
    assert (whole / "model.safetensors").read_bytes() == (killed / "model.safetensors").read_bytes()
    ours, theirs = (json.loads((out / "training.json").read_text()) for out in (whole, killed))
    assert [row["loss"] for row in ours["curve"]] == [row["loss"] for row in theirs["curve"]]
    assert ours["validation"] == theirs["validation"]
    assert not (killed / "state.safetensors").exists()
    assert not list(killed.glob(".*.part"))
    read = EventAccumulator(str(killed / "events")).Reload()
    assert [event.step for event in read.Scalars("validation/accuracy")] == [5, 10, 15, 20]


@pytest.mark.slow
def test_ctrl_c_keeps_every_step(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with subprocess.Popen(command(out, "--epochs", "500"), stderr=subprocess.PIPE) as process:  # noqa: S603
        while process.poll() is None and not (out / "model.safetensors").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert process.returncode == 130
    assert steps_done(out) >= 5
    assert said.endswith(f"of 500 epochs are finished, and all steps are kept in {out}; the same command goes on\n")


@pytest.mark.slow
def test_two_processes_train_what_one_trains(tmp_path: Path) -> None:
    more = ["--epochs", "2", "--loss", "l2_svm", "--augmentation", "shift_flip", "--optimiser", "sgd", "--rate", "0.05"]
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
        assert row["validation_loss"] == pytest.approx(other["validation_loss"], rel=1e-3)
    first, second = (load_file(out / "model.safetensors") for out in (one, two))
    assert max(float((first[name] - second[name]).abs().max()) for name in first) < 1e-3
