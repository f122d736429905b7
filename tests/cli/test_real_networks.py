"""The command on real networks and real ImageNet pictures: a CNN, a transformer, and the same transformer as a black box."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from whylight.classifiers import load
from whylight.cli.main import app

pytestmark = [pytest.mark.slow, pytest.mark.data]

DEIT = "timm:deit_tiny_patch16_224,weights={root}/models/deit_tiny_patch16_224.imagenet1k.safetensors"
MOBILENET = "torchvision:mobilenet_v2,weights={root}/models/mobilenet_v2.imagenet1k_tfsame.safetensors"
BLACK_BOX = ("lime:samples=64", "rise:samples=64")
METHODS = ("grad_cam", "integrated_gradients:steps=8,most=8", "kernel_shap:samples=64", *BLACK_BOX)


def explained(pictures: list[Path], model: str, methods: tuple[str, ...], out: Path) -> list[dict[str, Any]]:
    """What ``whylight explain`` writes into results.json."""
    words = ["explain", *map(str, pictures), "--model", model, "--out", str(out), "--quiet"]
    result = CliRunner().invoke(app, [*words, *(word for method in methods for word in ("--method", method))])
    assert result.exit_code == 0, result.output
    items: list[dict[str, Any]] = json.loads((out / "results.json").read_text(encoding="utf-8"))["items"]
    assert len(items) == len(pictures) * len(methods)
    return items


@pytest.fixture(scope="module")
def pictures(data_root: Path) -> list[Path]:
    return sorted((data_root / "imagenet" / "val").glob("*/*.JPEG"))[40:42]


@pytest.mark.parametrize("model", [MOBILENET, DEIT], ids=["mobilenet_v2", "deit_tiny"])
def test_every_kind_of_method_explains_it(model: str, data_root: Path, pictures: list[Path], tmp_path: Path) -> None:
    for item in explained(pictures, model.format(root=data_root), METHODS, tmp_path):
        assert "error" not in item
        assert 0 < item["probability"] <= 1
        assert {"all_zero", "non_finite"}.isdisjoint(item["flags"])
        assert (tmp_path / item["files"]["overlay"]).stat().st_size > 10_000
        assert np.abs(np.load(tmp_path / item["files"]["maps"])["map"]).max() > 0


@pytest.mark.filterwarnings("ignore")  # the exporter warns of its own future
def test_its_export_gives_the_same_maps_as_a_black_box(data_root: Path, pictures: list[Path], tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    described = DEIT.format(root=data_root)
    classifier = load(described)
    assert classifier.module is not None
    exported, names = tmp_path / "deit.onnx", tmp_path / "names.txt"
    batch, example = {0: torch.export.Dim("batch")}, (torch.zeros(2, 3, 224, 224),)
    torch.onnx.export(classifier.module, example, exported, dynamo=True, dynamic_shapes=(batch,), verbose=False)
    names.write_text("\n".join(classifier.labels), encoding="utf-8")
    shorter, interpolation = classifier.resizing.shorter, classifier.resizing.interpolation
    black_box = f"onnx:{exported},labels={names},resize={shorter},interpolation={interpolation}"
    white = explained(pictures, described, BLACK_BOX, tmp_path / "white")
    black = explained(pictures, black_box, BLACK_BOX, tmp_path / "black")
    for first, second in zip(white, black, strict=True):
        assert first["probability"] == pytest.approx(second["probability"], abs=1e-4)
        one, other = (
            np.load(tmp_path / folder / item["files"]["maps"])["map"]
            for folder, item in (("white", first), ("black", second))
        )
        assert np.abs(one - other).max() <= 0.01 * np.abs(one).max()
