"""``whylight train infodisent`` and ``whylight concepts`` as they are typed: what they say, write and refuse."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from whylight import classifiers
from whylight.classifiers import networks
from whylight.classifiers.checkpoint import Recipe, save
from whylight.cli.main import app

DATA = "planted:count=36,size=32,classes=3"
Type = Callable[..., Any]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Type:
    """``typed("concepts", …)`` in an empty folder with a small network of the data's labels in ``net.safetensors``."""
    from whylight import datasets

    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    labels = datasets.open_dataset(DATA).labels
    recipe = Recipe("small_cnn", labels, (32, 32), None, "bilinear", (0.5,) * 3, (0.25,) * 3, "features")
    save(tmp_path / "net.safetensors", networks.build("small_cnn", 3, 3, (32, 32)), recipe)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


QUICK = ("--epochs", 1, "--sparse-epochs", 1, "--step-size", 12, "--validation", "0.3", "--device", "cpu")
TRAIN = ("train", "infodisent", "--data", DATA, "--model", "file:net.safetensors", *QUICK)


def test_a_classifier_of_concepts_is_trained_shown_and_corrected(typed: Type, tmp_path: Path) -> None:
    answer = typed(*TRAIN, "--keep", 2)
    assert answer.exit_code == 0, answer.stderr
    assert "validation pictures: " in answer.stdout
    assert "the network below " in answer.stdout
    assert "Use it with --model infodisent:whylight-concepts" in answer.stdout
    document = json.loads((tmp_path / "whylight-concepts" / "training.json").read_text())
    assert document["measures"]["orthogonality"] < 1e-4
    assert document["measures"]["per_label"] <= 2
    assert not list((tmp_path / "whylight-concepts").glob("grids-*"))
    assert classifiers.load("infodisent:whylight-concepts").labels == tuple(document["data"]["labels"])

    shown = json.loads(typed("concepts", "whylight-concepts", "--json").stdout)["concepts"]
    assert len(shown) <= 6
    number = shown[0]["concept"]
    Image.effect_noise((40, 30), 90).convert("RGB").save(tmp_path / "a.png")
    changed = typed(
        "concepts",
        "whylight-concepts",
        "a.png",
        "--name",
        f"{number}=spot",
        "--off",
        number,
        "--data",
        DATA,
        "--limit",
        10,
    )
    assert changed.exit_code == 0, changed.stderr
    assert "accuracy on 10 pictures: before" in changed.stdout
    assert len(list((tmp_path / "whylight-sheets").glob("a-*.png"))) == 1
    assert "concept by concept" in (tmp_path / "whylight-sheets" / "sheets.html").read_text()
    table = typed("concepts", "whylight-concepts", "--concept", number).stdout
    assert "spot" in table
    assert "off" in table


def test_a_decision_is_told_in_another_basis(typed: Type, tmp_path: Path) -> None:
    answer = typed(*TRAIN, "--post-hoc", "--out", "turned", "--json")
    assert answer.exit_code == 0, answer.stderr
    document = json.loads(answer.stdout)
    assert document["largest_change"] < 1e-3
    assert document["curve"][-1] > 0
    assert document["score"]["accuracy"] == document["score"]["below"]
    assert typed("concepts", "turned").exit_code == 0


def test_mistakes_are_said_in_a_sentence(typed: Type) -> None:
    assert typed(*TRAIN, "--rate", 0).stderr.startswith("error: rate must be above 0")
    assert "there is no folder nowhere" in typed("concepts", "nowhere").stderr
    assert typed(*TRAIN).exit_code == 0
    assert "trained otherwise" in typed(*TRAIN, "--seed", 3).stderr
    assert "there are concepts 0 to" in typed("concepts", "whylight-concepts", "--off", 9999).stderr
    assert "as in 17=wheel" in typed("concepts", "whylight-concepts", "--name", "wheel").stderr
    assert "there is no label 'zebra'" in typed("concepts", "whylight-concepts", "--label", "zebra").stderr
