"""``whylight train``: what it prints and leaves, and one sentence for every mistake."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from whylight.cli.main import app
from whylight.training.folder import MODEL, TRAINING

Train = Callable[..., Any]
PLANTED = ("--data", "planted:count=60,size=32,classes=3", "--epochs", "2", "--batch-size", "16")


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """``train("--data", …)`` in an empty folder, on a processor."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(
        app, ["train", "classifier", "--device", "cpu", *[str(word) for word in words]]
    )


def photos(folder: Path, **labels: int) -> Path:
    for label, count in labels.items():
        (folder / label).mkdir(parents=True)
        for number in range(count):
            Image.effect_noise((20 + number, 20), 90).convert("RGB").save(folder / label / f"{number}.png")
    return folder


def test_a_first_training(train: Train, tmp_path: Path) -> None:
    answer = train(*PLANTED, "--test", "planted:count=30,size=32,classes=3,seed=7")
    assert answer.exit_code == 0, answer.stderr
    lines = [line for line in answer.stderr.splitlines() if line.startswith("epoch")]
    assert [re.sub(r"[\d.]+", "#", line) for line in lines] == [
        "epoch # of #: loss #, validation # % (loss #), # s"
    ] * 2
    assert "small_cnn, 19,587 parameters, trained on 54 pictures of planted" in answer.stdout
    assert "red horizontal bar" in answer.stdout
    assert "Use it with --model file:whylight-training/model.safetensors" in answer.stdout
    document = json.loads((tmp_path / "whylight-training" / TRAINING).read_text())
    assert document["test"]["pictures"] == 30
    assert document["test"]["data"] == "planted:count=30,size=32,classes=3,seed=7"


def test_what_was_trained_is_a_model_for_every_command(train: Train, tmp_path: Path) -> None:
    train(*PLANTED, "--out", "trained", "--quiet")
    photo = photos(tmp_path / "photos", ant=1) / "ant" / "0.png"
    words = ["explain", str(photo), "--model", f"file:trained/{MODEL}", "--method", "cam", "--no-regions", "--quiet"]
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0, answer.stderr


def test_the_same_command_ends_at_once_and_another_is_refused(train: Train, tmp_path: Path) -> None:
    first = train(*PLANTED, "--json")
    before = (tmp_path / "whylight-training" / MODEL).stat().st_mtime_ns
    again = train(*PLANTED, "--json")
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert (tmp_path / "whylight-training" / MODEL).stat().st_mtime_ns == before
    other = train(*PLANTED, "--rate", "0.5")
    assert other.exit_code == 2
    assert other.stderr == (
        "error: whylight-training holds the training of another plan: rate was 0.001, now 0.5. "
        "Name another folder with --out, or remove this one\n"
    )


def test_quiet_says_nothing(train: Train) -> None:
    answer = train(*PLANTED, "--quiet")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Missing option '--data'"),
        (("--data", "nowhere"), "there is no data set and no folder 'nowhere'"),
        (("--data", "loose"), "none of the 1 pictures has a label; put them into one sub-folder for each label"),
        (("--data", "one"), "needs pictures of at least two labels, and of every label; one has the only label 'ant'"),
        (("--data", "few"), "has 1 picture of its own, and at least 2 different ones are needed"),
        (("--data", "good", "--network", "resnet19"), "there is no network 'resnet19'; there are compact, "),
        (("--data", "good", "--network", "resnet20:depth=3"), "the network resnet20 has no setting 'depth'"),
        (
            ("--data", "good", "--size", "big"),
            "--size must be one side or HEIGHTxWIDTH, such as 64 or 48x64; got 'big'",
        ),
        (("--data", "good", "--validation", "1.5"), "expected a share for validation between 0 and 1; got 1.5"),
        (("--data", "good", "--rate", "-1"), "rate must be above 0; got -1.0"),
        (("--data", "good", "--out", "good"), "good holds what no training wrote, such as ant"),
        (("--data", "good", "--start", "file:gone.safetensors"), "cannot read the weights in gone.safetensors"),
        (("--data", "good", "--device", "warp"), "the device 'warp' cannot be used here"),
        (("--data", "good", "--frozen"), "expected weights that are learnt already with --frozen"),
        (("--data", "good", "--patience", "2", "--validation", "0"), "--patience waits for a better validation"),
        (("--data", "good", "--loss", "hinge"), "Invalid value for '--loss'"),
        (("--data", "good", "--test", "good"), "12 of 12 pictures to train with are test pictures too"),
    ],
)
def test_one_sentence_for_every_mistake(train: Train, tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    photos(tmp_path / "good", ant=6, bee=6)
    photos(tmp_path / "one", ant=3)
    photos(tmp_path / "few", ant=3, bee=1)
    (tmp_path / "loose").mkdir()
    Image.new("RGB", (20, 20)).save(tmp_path / "loose" / "a.png")
    answer = train(*words)
    assert answer.exit_code == 2, answer.stdout
    assert answer.stderr.startswith("error: ")
    assert sentence in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert not (tmp_path / "whylight-training").exists()


def test_a_full_disk_is_said(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("whylight.training.state.write", full)
    answer = train(*PLANTED)
    assert answer.exit_code == 2
    assert answer.stderr.endswith("error: No space left on device\n")


def test_pictures_that_cannot_be_read_are_told(train: Train, tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", ant=6, bee=6)
    (folder / "ant" / "9.png").write_text("words")
    answer = train("--data", folder, "--epochs", "1", "--batch-size", "4")
    assert answer.exit_code == 0, answer.stderr
    assert "left out: number 6 of 13: " in answer.stdout


def test_without_a_kind_the_help_is_shown() -> None:
    answer = CliRunner().invoke(app, ["train"])
    assert answer.exit_code == 0
    assert "classifier" in answer.stdout


def test_training_leaves_the_random_state_alone(train: Train) -> None:
    before = torch.random.get_rng_state()
    train(*PLANTED, "--quiet")
    assert torch.equal(torch.random.get_rng_state(), before)
