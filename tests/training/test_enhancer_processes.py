"""Trainings of enhancers that are killed, and those of several processes, through the program itself."""

from pathlib import Path

import pytest

from .programs import DATA, Program, answers, steps_of

TRAIN = ("enhancer", "--data", DATA, "--batch-size", "16", "--precision", "float32", "--device", "cpu", "--quiet")
STAGES = ("--stage1-epochs", "2", "--epochs", "2", "--degrade", "gaussian_noise")


@pytest.mark.slow
def test_a_training_that_is_killed_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """It is killed within each of its stages, of two epochs with five steps each."""
    more = ("--model", "planted:classes=3,size=32", "--net", "unet:width=4,norm=true", "--mode", "joint")
    program = Program((*TRAIN, *STAGES, *more, "--save-every", "0"))
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    program.run(whole)
    deaths = [program.kill(killed, moment) for moment in (2, 12)]
    assert 0 < deaths[0] < deaths[1] < 20
    program.run(killed)
    program.check_same_bytes(whole, killed)
    assert answers(whole)["validation"] == answers(killed)["validation"]
    assert steps_of(killed, "psnr") == [5, 10, 15, 20]
    assert steps_of(killed, "validation/above_entropy") == [5, 10]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["joint", "transformer"])
def test_two_processes_train_what_one_trains(tmp_path: Path, mode: str) -> None:
    """The enhancer begins with the picture itself, so that the classifier sees enough for the second stage to learn much."""
    model = ("--model", "planted:classes=3,size=32", "--net", "unet:width=4,depth=2,change=1", "--mode", mode)
    weight = ("--weight", "1") if mode == "transformer" else ()
    rates = ("--optimiser", "sgd", "--rate", "0.001", "--stage1-rate", "0.01")
    program = Program((*TRAIN, *STAGES, *model, *weight, *rates))
    one, two = tmp_path / "one", tmp_path / "two"
    program.run(one)
    program.run_together(two)
    program.check_same_training(one, two, psnr=1e-3, validation_loss=1e-3)
    first, second = (row["loss"] for row in answers(one)["curve"] if row["stage"] == mode)
    assert second < 0.9 * first
