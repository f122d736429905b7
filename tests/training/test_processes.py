"""Trainings of classifiers that are killed or stopped, and those of several processes, through the program itself."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from .programs import DATA, Program, answers, steps_of

TRAIN = ("classifier", "--data", DATA, "--batch-size", "16", "--precision", "float32", "--device", "cpu", "--quiet")


@pytest.mark.slow
def test_a_training_that_is_killed_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """It is killed within the first epoch and within the third, of four with five steps each."""
    more = ("--network", "fashion_cnn:width=8", "--epochs", "4", "--augmentation", "shift_flip_erase")
    program = Program((*TRAIN, *more, "--save-every", "0"))
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    program.run(whole)
    deaths = [program.kill(killed, moment) for moment in (2, 13)]
    assert any(steps % 5 > 0 for steps in deaths), f"never within an epoch: {deaths}"
    assert deaths[-1] < 20
    program.run(killed)
    program.check_same_bytes(whole, killed)
    assert answers(whole)["validation"] == answers(killed)["validation"]
    assert steps_of(killed, "validation/accuracy") == [5, 10, 15, 20]


@pytest.mark.slow
def test_ctrl_c_keeps_every_step(tmp_path: Path) -> None:
    out, program = tmp_path / "out", Program((*TRAIN, "--epochs", "500"))
    with subprocess.Popen(program.command(out), stderr=subprocess.PIPE) as process:  # noqa: S603
        while process.poll() is None and not (out / "model.safetensors").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert process.returncode == 130
    assert program.steps_done(out) >= 5
    assert said.endswith(f"of 500 epochs are finished, and all steps are kept in {out}; the same command goes on\n")


@pytest.mark.slow
def test_two_processes_train_what_one_trains(tmp_path: Path) -> None:
    more = ("--loss", "l2_svm", "--augmentation", "shift_flip", "--optimiser", "sgd", "--rate", "0.05")
    program = Program((*TRAIN, "--epochs", "2", *more))
    one, two = tmp_path / "one", tmp_path / "two"
    program.run(one)
    program.run_together(two)
    program.check_same_training(one, two, validation_loss=1e-3)
