"""Bad models on the real command: one sentence, exit code 2, and nothing left behind."""

import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from typer.testing import CliRunner

from whylight.cli.main import app

from .sentences import MODELS

FACTORIES = """
import sys
import torch
from torch import nn


def network(channels=3):
    layers = nn.Sequential(nn.Conv2d(channels, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)).eval()
    layers.input_size, layers.labels = 32, ["a", "b", "c"]
    return layers


def channels():
    inner = network(5)
    return with_size(lambda images: inner(images))


def with_size(function):
    function.input_size = 32
    return function


def labels():
    wrong = network()
    wrong.labels = ["a", "b"]
    return wrong


def nan():
    return with_size(lambda images: torch.full((len(images), 3), float("nan")))


def training():
    return network().train()


def raising():
    raise RuntimeError("no\\ndisk")


def ending():
    sys.exit(3)


def nothing():
    return None


number = 3
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a picture and everything that ``MODELS`` names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "fac", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    Image.effect_noise((40, 30), 90).save("noise.png")
    Path("fac.py").write_text(FACTORIES, encoding="utf-8")
    torch.save({"weight": torch.zeros(2)}, "pickle.pth")
    save_file({"weight": torch.zeros(20)}, "keys.safetensors")
    whole = Path("keys.safetensors").read_bytes()
    Path("header.safetensors").write_bytes(whole[:20])
    Path("short.safetensors").write_bytes(whole[:-4])
    Path("broken.onnx").write_bytes(b"not a model")
    return tmp_path


@pytest.mark.parametrize("model", MODELS)
def test_a_bad_model_is_one_sentence(folder: Path, model: str) -> None:
    before = {path.name for path in folder.iterdir()}
    words = ["explain", "noise.png", "--model", model, "--method", "occlusion:window=16,stride=16"]
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("error: ")
    assert MODELS[model] in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert {path.name for path in folder.iterdir()} == before


@pytest.mark.usefixtures("folder")
def test_the_network_itself_is_good() -> None:
    answer = CliRunner().invoke(app, ["explain", "noise.png", "--model", "python:fac:network", "--method", "grad_cam"])
    assert (answer.exit_code, answer.stderr) == (0, "")
