"""``whylight train svm`` as it is typed: what it says, writes and refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from whylight.classifiers import networks
from whylight.classifiers.checkpoint import Recipe, save
from whylight.cli._failures import ExitCode
from whylight.cli.main import app

pytest.importorskip("sklearn")
pytest.importorskip("skops.io")
DATA = "planted:count=36,size=32,classes=3"
LABELS = ("a", "b", "c")
Train = Callable[..., Any]


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Train:
    """``train("--pixels", …)`` on planted pictures, in an empty folder with a small network in ``net.safetensors``."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    recipe = Recipe("small_cnn", LABELS, (32, 32), None, "bilinear", (0.5,) * 3, (0.25,) * 3, "features")
    save(tmp_path / "net.safetensors", networks.build("small_cnn", 3, 3, (32, 32)), recipe)
    words = ("train", "svm", "--data", DATA, "--device", "cpu", "--validation", "0.3")
    return lambda *more: CliRunner().invoke(app, [*words, *map(str, more)])


def test_a_first_svm(train: Train, tmp_path: Path) -> None:
    answer = train("--features", "file:net.safetensors", "--kernel", "rbf", "--c", 1, "--c", 10)
    assert answer.exit_code == 0, answer.stderr
    assert "rbf SVM on features of file:net.safetensors, C = " in answer.stdout
    assert "fitted to 36 pictures" in answer.stdout
    assert "Use it with --model svm:whylight-svm" in answer.stdout
    assert "fitting C = 10 to" in answer.stderr
    assert json.loads((tmp_path / "whylight-svm" / "training.json").read_text())["finished"]
    again = train("--features", "file:net.safetensors", "--kernel", "rbf", "--c", 1, "--c", 10, "--json")
    assert json.loads(again.stdout)["kernel"] == "rbf"
    assert train("--pixels", "--quiet").stderr.startswith("error: whylight-svm holds an SVM that was fitted otherwise")


def test_masks_are_a_table_and_a_figure(train: Train, tmp_path: Path) -> None:
    answer = train("--pixels", "--mask", "file:net.safetensors", "--keep", 0.2, "--keep", 1, "--controls", "--out", "m")
    assert answer.exit_code == 0, answer.stderr
    for words in ("pixels kept", "shape alone", "another's mask", "random mask", "20 %", "100 %"):
        assert words in answer.stdout
    assert (tmp_path / "m" / "masks.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "m" / "keep-20" / "svm.json").exists()


def test_end_to_end_is_a_network_with_a_margin(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def carry_out(request: Any) -> ExitCode:
        seen.append(request)
        return ExitCode.DONE

    monkeypatch.setattr("whylight.cli._training.carry_out", carry_out)
    answer = train("--features", "file:net.safetensors", "--end-to-end", "--c", 2, "--out", "e")
    assert answer.exit_code == 0, answer.stderr
    assert seen[0].wish.changes == {"loss": "l2_svm", "penalty": 2.0}
    assert seen[0].wish.start == "file:net.safetensors"
    assert seen[0].out == Path("e")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "expected either --features MODEL or --pixels (with or without --mask); got neither"),
        (("--pixels", "--features", "file:net.safetensors"), "got both"),
        (("--pixels", "--keep", "0.5"), "--keep goes with --mask; leave it out or give that too"),
        (("--pixels", "--controls"), "--controls goes with --mask"),
        (("--features", "file:net.safetensors", "--size", "16"), "--size goes with pixels alone"),
        (("--pixels", "--layer", "features"), "--layer goes with a model"),
        (("--pixels", "--end-to-end"), "--end-to-end goes with --features"),
        (("--features", "file:net.safetensors", "--end-to-end", "--kernel", "rbf"), "trains a linear SVM"),
        (("--pixels", "--c", "0"), "expected C and gamma above 0"),
        (("--pixels", "--mask", "self", "--keep", "1.5"), "above 0 and at most 1; got [1.5]"),
        (("--pixels", "--c", "1", "--c", "2", "--validation", "0"), "choosing among 2 values of C needs validation"),
        (("--features", "file:net.safetensors", "--layer", "nowhere"), "has no layer 'nowhere'"),
        (("--features", "nonsense"), "expected a model as prefix:name"),
        (("--pixels", "--test", DATA), "are test pictures too"),
    ],
)
def test_one_sentence_for_every_mistake(train: Train, words: tuple[str, ...], sentence: str) -> None:
    answer = train(*words)
    assert answer.exit_code == 2
    said = answer.stderr.strip().splitlines()
    assert said[-1].startswith("error: ")
    assert sentence in said[-1]
    assert not Path("whylight-svm").exists()
