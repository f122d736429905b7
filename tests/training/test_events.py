"""Events for TensorBoard, over trainings that go on."""

import os
from pathlib import Path

import pytest

from whylight.training import events

from .programs import curve_of


def test_a_training_that_goes_on_at_once_is_read_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process may have the lower number, which stands in the file's name behind the second."""
    for process, steps in ((200, range(5)), (100, range(3, 8))):
        monkeypatch.setattr(os, "getpid", lambda process=process: process)
        with events.written(tmp_path, steps[0]) as tell:
            for step in steps:
                tell("loss", float(process), step)
    assert curve_of(tmp_path, "loss") == [*((step, 200) for step in range(3)), *((step, 100) for step in range(3, 8))]


def test_nothing_is_written_where_nobody_asked(tmp_path: Path) -> None:
    with events.written(tmp_path, 0, wanted=False) as tell:
        tell("loss", 1.0, 0)
    assert list(tmp_path.iterdir()) == []
