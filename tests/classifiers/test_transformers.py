"""Image classifiers of transformers, from a local folder."""

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from whylight.classifiers import load
from whylight.classifiers._image_processor import prepared
from whylight.classifiers.transformers import import_transformers
from whylight.errors import ModelError, SpecError
from whylight.frame import Resizing
from whylight.pictures import sample_picture

pytestmark = pytest.mark.skipif(find_spec("transformers") is None, reason="transformers is not installed")

PROCESSOR = {
    "image_processor_type": "ViTImageProcessor",
    "do_resize": True,
    "do_normalize": True,
    "do_rescale": True,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.2, 0.3, 0.4],
    "resample": 3,
    "size": {"height": 64, "width": 64},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    transformers = import_transformers("vit")
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, image_size=64, patch_size=8,
        id2label={0: "ant", 1: "bee", 2: "cat"}, label2id={"ant": 0, "bee": 1, "cat": 2},
    )  # fmt: skip
    transformers.ViTForImageClassification(config).save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    return tmp_path


def test_a_folder(folder: Path) -> None:
    classifier = load(f"hf:{folder}")
    assert classifier.labels == ("ant", "bee", "cat")
    assert (classifier.layer, classifier.resizing) == (
        "vit.layers.1.layernorm_before",
        Resizing((64, 64), None, "bicubic"),
    )
    assert classifier.watch(torch.rand(2, 3, 64, 64), torch.tensor([0, 1])).features.shape == (2, 32, 8, 8)
    images = torch.rand(2, 3, 64, 64)
    mean, std = torch.tensor(PROCESSOR["image_mean"]).view(3, 1, 1), torch.tensor(PROCESSOR["image_std"]).view(3, 1, 1)
    network = import_transformers("vit").ViTForImageClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        expected = network((images - mean) / std).logits
    assert torch.allclose(classifier.logits(images), expected, atol=1e-4)


def test_labels_and_layer_from_outside(folder: Path) -> None:
    names = folder / "names.txt"
    names.write_text("a\nb\nc\n")
    classifier = load(f"hf:{folder},labels={names},layer=vit.layers.0.layernorm_before")
    assert (classifier.labels, classifier.layer) == (("a", "b", "c"), "vit.layers.0.layernorm_before")


def test_without_a_description_of_the_preparation(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()
    assert load(f"hf:{folder}").resizing == Resizing((64, 64), None)


@pytest.mark.parametrize(
    ("kind", "described", "expected"),
    [
        ("ViTImageProcessor", {"size": {"height": 40, "width": 60}, "resample": 2}, Resizing((40, 60), None)),
        ("DeiTImageProcessor",
         {"size": {"height": 256, "width": 256}, "resample": 3, "do_center_crop": True,
          "crop_size": {"height": 224, "width": 224}},
         Resizing((224, 224), 256, "bicubic")),
        ("MobileNetV2ImageProcessor",
         {"size": {"shortest_edge": 256}, "resample": 2, "do_center_crop": True, "crop_size": {"height": 224, "width": 224}},
         Resizing((224, 224), 256)),
        ("ConvNextImageProcessor", {"size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3},
         Resizing((224, 224), 256, "bicubic")),
        ("ConvNextImageProcessor", {"size": {"shortest_edge": 384}, "crop_pct": 0.875, "resample": 3},
         Resizing((384, 384), None, "bicubic")),
        ("ViTImageProcessor", {"size": 96, "resample": 2}, Resizing((96, 96), None)),
    ],
)  # fmt: skip
def test_forms_of_the_preparation(tmp_path: Path, kind: str, described: dict[str, Any], expected: Resizing) -> None:
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"image_processor_type": kind} | described))
    import_transformers("the test")
    assert prepared(str(tmp_path), import_module("transformers").ViTConfig()).resizing == expected


def test_no_normalisation(tmp_path: Path) -> None:
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"do_normalize": False}))
    preparation = prepared(str(tmp_path), import_transformers("the test").ViTConfig())
    assert (preparation.mean, preparation.std) == ((), ())


@pytest.mark.parametrize(
    "kind", ["ViTImageProcessor", "ConvNextImageProcessor", "MobileNetV2ImageProcessor", "EfficientNetImageProcessor"]
)
def test_pictures_are_prepared_as_transformers_does(tmp_path: Path, kind: str) -> None:
    """The processors have rounding of their own: nearly all pixels agree."""
    processor = getattr(import_transformers("the test"), kind)()
    processor.save_pretrained(tmp_path)
    _, cat = sample_picture()
    preparation = prepared(str(tmp_path), import_module("transformers").ViTConfig())
    image, _ = preparation.resizing(cat)
    given = processor(cat, return_tensors="pt")["pixel_values"][0]
    mean, std = torch.tensor(preparation.mean).view(3, 1, 1), torch.tensor(preparation.std).view(3, 1, 1)
    assert given.shape == image.shape
    assert (image - (given * std + mean)).abs().mean() <= 1 / 255


def test_weights_that_are_missing_are_not_made_up(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["classifier.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        ModelError, match=r"has no weights for classifier\.weight, so its answers would be random; take a checkpoint"
    ):
        load(f"hf:{folder}")


def test_pickled_weights_are_refused(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"holds no model\.safetensors; .*convert them once"):
        load(f"hf:{folder}")


def test_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"expected config\.json and model\.safetensors in .*; save_pretrained writes both"
    ):
        load(f"hf:{tmp_path}")
    with pytest.raises(
        ModelError, match=r"there is no folder .*nothing; hf: takes a folder that save_pretrained wrote"
    ):
        load(f"hf:{tmp_path}/nothing")
    (tmp_path / "config.json").write_text('{"model_type": "nonsense"}')
    save_file({"a": torch.ones(1)}, tmp_path / "model.safetensors")
    with pytest.raises(
        ModelError, match=r"the folder .* holds no image classifier that can be read \(.*save_pretrained"
    ):
        load(f"hf:{tmp_path}")
    with pytest.raises(SpecError, match="hf has no setting 'classes'"):
        load(f"hf:{tmp_path},classes=3")


def test_a_damaged_file_of_weights(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    for damaged in (whole[:100], whole[: len(whole) // 2], b"nothing of the kind"):
        (folder / "model.safetensors").write_bytes(damaged)
        with pytest.raises(ModelError, match=r"holds no image classifier that can be read \(.*copy its files again$"):
            load(f"hf:{folder}")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("config.json", r"the folder .* holds no image classifier that can be read \(.*not a valid JSON file"),
        (
            "preprocessor_config.json",
            r"preprocessor_config\.json is not JSON that can be read; copy it again, or delete it",
        ),
    ],
)
def test_broken_descriptions(folder: Path, name: str, message: str) -> None:
    (folder / name).write_text("{broken")
    with pytest.raises(ModelError, match=message) as caught:
        load(f"hf:{folder}")
    assert "cannot be fetched" not in str(caught.value)


def test_a_folder_of_another_kind_of_model(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(
        ModelError, match=r"holds no image classifier that can be read .*Unrecognized configuration class"
    ):
        load(f"hf:{folder}")


def test_without_a_network_a_local_folder_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("We couldn't connect to the hub\nCheck your connection")

    monkeypatch.setattr(import_transformers("x").AutoConfig, "from_pretrained", refuse)
    with pytest.raises(
        ModelError, match=r"hf:some/model cannot be fetched \(We couldn't connect to the hub\); give a local folder"
    ):
        load("hf:some/model")
