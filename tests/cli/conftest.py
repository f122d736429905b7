"""The program run in process, with a tiny network in the place of the classifier that is loaded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from whylight import classifiers
from whylight.classifier import Classifier
from whylight.cli.main import app

Run = Callable[..., Any]
QUICK = ("--method", "grad_cam", "--method", "occlusion:window=16,stride=16")


@pytest.fixture
def run(convolution: Classifier, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """``run("explain", …)`` in an empty folder; the answer has ``exit_code``, ``stdout`` and ``stderr``."""
    monkeypatch.setattr(classifiers, "load", lambda text, *, device: convolution, raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with two pictures that are good and two that are broken."""
    folder = tmp_path / "my album"
    folder.mkdir()
    Image.effect_noise((40, 30), 90).convert("RGB").save(folder / "grün 猫.png")
    Image.effect_noise((30, 50), 90).save(folder / "b.jpg")
    (folder / "empty.png").touch()
    (folder / "words.jpg").write_text("no picture")
    return folder
