"""Every model is loaded through one verb, and the prefixes are the files of the folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from whylight import classifiers
from whylight.classifiers import load, prefixes, summaries
from whylight.errors import ModelError, SpecError


def test_the_prefixes() -> None:
    own = {"bundled", "file", "infodisent", "planted", "python", "svm"}
    assert set(prefixes()) == own | {"hf", "onnx", "timm", "torchvision"}
    files = {path.stem for path in Path(next(iter(classifiers.__path__))).glob("[!_]*.py")}
    assert {module.rpartition(".")[2] for module in prefixes().values()} == files - {"enhanced", "module", "networks"}


def test_each_says_what_it_is() -> None:
    assert set(summaries()) == set(prefixes())
    assert all(text.startswith(f"``{prefix}") and text.endswith(".") for prefix, text in summaries().items())


@pytest.mark.parametrize("text", ["resnet18", "model.onnx", "keras:thing", "/some/model.pt"])
def test_an_unknown_prefix(text: str) -> None:
    with pytest.raises(
        SpecError,
        match=r"expected a model as prefix:name, where the prefix is one of file:, python:, infodisent:, onnx:",
    ):
        load(text)


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "xpu"])
def test_a_device_that_is_not_there(device: str) -> None:
    with pytest.raises(
        ModelError, match=rf"the device '{device}' cannot be used here \(.*\); `cpu` always can"
    ) as caught:
        load(device=device)
    assert "\n" not in str(caught.value)


def test_the_folder_offers_no_other_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'lode'"):
        classifiers.lode  # noqa: B018 - looking is enough


def test_a_list_of_models_imports_no_torch() -> None:
    code = "import sys; from whylight.classifiers import summaries; summaries(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own words
