"""``whylight train enhancer``: what it prints and leaves, and one sentence for every mistake."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from whylight.cli.main import app
from whylight.training.folder import MODEL, TRAINING

Train = Callable[..., Any]
DATA = "planted:count=60,size=32,classes=3"
PLANTED = ("--data", DATA, "--model", "planted:classes=3,size=32", "--net", "unet:width=2,depth=2")
SHORT = ("--stage1-epochs", "1", "--epochs", "1", "--batch-size", "16")


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """``train("--data", …)`` in an empty folder, on a processor."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(
        app, ["train", "enhancer", "--device", "cpu", *[str(word) for word in words]]
    )


def test_a_first_training(train: Train, tmp_path: Path) -> None:
    test = "planted:count=30,size=32,classes=3,seed=7"
    answer = train(*PLANTED, *SHORT, "--degrade", "gaussian_noise:sigma=0.3", "--test", test)
    assert answer.exit_code == 0, answer.stderr
    lines = [line for line in answer.stderr.splitlines() if line.startswith("epoch")]
    assert [re.sub(r"[\d.]+", "#", line) for line in lines] == [
        f"epoch # of # ({stage}): loss #, validation # % (loss #), PSNR # dB, # s"
        for stage in ("reconstruction", "frozen")
    ]
    said = " ".join(answer.stdout.split())  # lines end where the terminal does
    assert "parameters, trained through planted:classes=3,size=32 (frozen) on 54 pictures of planted" in said
    assert "epoch 2 of 2 is kept" in answer.stdout
    assert "validation, without" in answer.stdout
    assert "Use it with --model file:whylight-training/model.safetensors" in answer.stdout
    document = json.loads((tmp_path / "whylight-training" / TRAINING).read_text())
    assert document["test"]["pictures"] == document["test"]["without"]["pictures"] == 30
    assert document["plan"]["enhancement"]["degrade"] == "gaussian_noise:sigma=0.3"
    assert document["warnings"] == []
    again = train(*PLANTED, *SHORT, "--degrade", "gaussian_noise:sigma=0.3", "--test", test, "--json")
    assert json.loads(again.stdout)["test"] == document["test"]


def test_what_was_trained_is_a_model_for_every_command(train: Train, tmp_path: Path) -> None:
    answer = train(*PLANTED, *SHORT, "--out", "trained", "--quiet")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "", "")
    Image.effect_noise((40, 40), 90).convert("RGB").save(tmp_path / "a.png")
    for model in (f"file:trained/{MODEL}", f"file:trained/{MODEL},enhancer=none"):
        words = ["explain", "a.png", "--model", model, "--method", "grad_cam", "--no-regions", "--quiet"]
        answer = CliRunner().invoke(app, words)
        assert answer.exit_code == 0, answer.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Missing option '--data'"),
        (("--data", DATA, "--mode", "magic"), "Invalid value for '--mode'"),
        (("--data", DATA), "bundled has no label, or several, for "),
        ((*PLANTED, "--weight", "1"), "--weight belongs to the modes recognition_aware, unsupervised, transformer"),
        ((*PLANTED, "--degrade", "fog"), "there is no degradation 'fog'; did you mean"),
        ((*PLANTED, "--degrade", "jpeg:quality=0"), "jpeg: expected a quality from 1 to 95; got 0"),
        ((*PLANTED, "--net", "unet:depth=9"), "unet:depth=9: expected a width of at least 1 and a depth from 1 to 8"),
        ((*PLANTED, "--test", DATA), "60 of 60 pictures to train with are test pictures too"),
        ((*PLANTED, "--model", "file:gone.safetensors"), "cannot read the weights in gone.safetensors"),
        ((*PLANTED, "--mode", "restoration", "--shuffle-labels"), "the mode restoration does not look at labels"),
        ((*PLANTED, "--validation", "0", "--patience", "2"), "--patience waits for a better validation"),
    ],
)
def test_one_sentence_for_every_mistake(train: Train, tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    answer = train(*words)
    assert answer.exit_code == 2, answer.stdout
    assert answer.stderr.startswith("error: ")
    assert sentence in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert not (tmp_path / "whylight-training").exists()


def test_a_classifier_trains_on_random_labels_too(train: Train, tmp_path: Path) -> None:
    words = ["train", "classifier", "--data", DATA, "--epochs", "1", "--batch-size", "16", "--device", "cpu"]
    answer = CliRunner().invoke(app, [*words, "--shuffle-labels", "--quiet"])
    assert answer.exit_code == 0, answer.stderr
    assert json.loads((tmp_path / "whylight-training" / TRAINING).read_text())["plan"]["shuffle_labels"]
    enhancer = CliRunner().invoke(app, ["train", "enhancer", *PLANTED, *SHORT, "--device", "cpu"])
    assert enhancer.exit_code == 2
    assert "holds the training of another plan: it was one of a classifier, now one of an enhancer" in enhancer.stderr


def test_an_enhanced_checkpoint_is_no_start(train: Train) -> None:
    train(*PLANTED, *SHORT, "--out", "trained", "--quiet")
    words = ["train", "classifier", "--data", DATA, "--start", f"file:trained/{MODEL}", "--device", "cpu"]
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 2
    assert "holds an enhancer with its classifier; here the classifier alone is needed" in answer.stderr


def test_enhancers_and_degradations_are_listed() -> None:
    answer = CliRunner().invoke(app, ["list", "enhancers"])
    assert "1,941,139" not in answer.stdout
    assert "unet" in answer.stdout
    assert "--net unet:width=16" in CliRunner().invoke(app, ["list", "enhancers", "unet"]).stdout
    assert "--degrade jpeg:quality=10" in CliRunner().invoke(app, ["list", "degradations", "jpeg"]).stdout
