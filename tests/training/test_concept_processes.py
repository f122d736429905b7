"""Trainings of concepts that are killed, and those of several processes, through the program itself."""

from pathlib import Path

import pytest

from .programs import DATA, Program, answers, drawn_network, steps_of

TRAIN = ("infodisent", "--data", DATA, "--step-size", "16", "--epochs", "2", "--sparse-epochs", "2", "--keep", "3")
QUIET = ("--device", "cpu", "--quiet")


@pytest.mark.slow
def test_a_training_that_is_killed_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """It is killed within each of its stages, of two epochs with five steps each."""
    model = ("--model", drawn_network(tmp_path / "drawn.safetensors"))
    program = Program((*TRAIN, *QUIET, *model, "--save-every", "0"), model="head.safetensors")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    program.run(whole)
    deaths = [program.kill(killed, moment) for moment in (2, 12)]
    assert 0 < deaths[0] < deaths[1] < 20
    program.run(killed)
    program.check_same_bytes(whole, killed)
    ours, theirs = answers(whole), answers(killed)
    assert ours["score"] == theirs["score"]
    assert ours["measures"] == theirs["measures"]
    assert not list(killed.glob("grids-*"))
    assert not (killed / "model.safetensors").exists()
    assert steps_of(killed, "validation/accuracy") == steps_of(killed, "zero_weights") == [5, 10, 15, 20]


@pytest.mark.slow
def test_two_processes_train_what_one_trains(tmp_path: Path) -> None:
    """Where a maximum is drawn, each process has draws of its own."""
    model = ("--model", drawn_network(tmp_path / "drawn.safetensors"), "--drawing", "hard", "--penalty", "0.01")
    program = Program((*TRAIN, *QUIET, *model), model="head.safetensors")
    one, two = tmp_path / "one", tmp_path / "two"
    program.run(one)
    program.run_together(two)
    program.check_same_training(one, two, validation_loss=1e-3)
    assert answers(one)["score"]["pictures"] == answers(two)["score"]["pictures"] == 9
