"""Exported networks of any form of input answer as the network they came from."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Access
from whylight.classifiers import load, onnx, torchvision
from whylight.errors import ModelError, SpecError
from whylight.frame import Resizing

pytestmark = pytest.mark.skipif(
    find_spec("onnx") is None or find_spec("onnxruntime") is None, reason="onnx or onnxruntime is not installed"
)

TYPES = {"float": 1, "uint8": 2, "float16": 10, "double": 11, "int64": 7}


def weight() -> Tensor:
    return torch.randn(3, 4, generator=torch.Generator().manual_seed(0))


def expected(images: Tensor) -> Tensor:
    return images.mean(dim=(2, 3)) @ weight()


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file whose network averages each channel and multiplies by ``weight``."""
    helper = import_module("onnx.helper")

    def make(
        *, shape: tuple[Any, ...] = ("n", 3, 8, 8), kind: str = "float", last: bool = False, softmax: bool = False
    ) -> Path:
        nodes = [helper.make_node("Cast", ["pictures"], ["numbers"], to=TYPES["float"])]
        nodes += [helper.make_node("ReduceMean", ["numbers"], ["means"], axes=[1, 2] if last else [2, 3], keepdims=0)]
        nodes += [helper.make_node("MatMul", ["means", "weight"], ["product"])]
        nodes += [helper.make_node("Softmax" if softmax else "Identity", ["product"], ["answer"])]
        numbers = import_module("onnx.numpy_helper").from_array(weight().numpy(), "weight")
        into = [helper.make_tensor_value_info("pictures", TYPES[kind], shape)]
        out = [helper.make_tensor_value_info("answer", TYPES["float"], (shape[0], 4))]
        graph = helper.make_graph(nodes, "graph", into, out, [numbers])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        path = tmp_path / "net work.onnx"
        import_module("onnx").save(model, path)
        return path

    return make


IMAGES = torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    "form",
    [{}, {"shape": (1, 3, 8, 8)}, {"shape": (2, 3, 8, 8)}, {"kind": "double"}, {"shape": ("n", 8, 8, 3), "last": True}],
    ids=str,
)
def test_forms_of_input(write: Write, form: dict[str, Any]) -> None:
    classifier = load(f"onnx:{write(**form)},mean=none")
    assert (classifier.access, classifier.labels) == (Access.OUTPUTS, ("0", "1", "2", "3"))
    assert torch.allclose(classifier.logits(IMAGES), expected(IMAGES), atol=1e-5)


def test_a_name_with_commas_in_brackets(write: Write, tmp_path: Path) -> None:
    path = write().rename(tmp_path / "a,b c.onnx")
    assert load(f"onnx:({path}),mean=none").name == f"onnx:({path}),mean=none"


def test_half_precision(write: Write) -> None:
    classifier = load(f"onnx:{write(kind='float16')},mean=none")
    assert torch.allclose(classifier.logits(IMAGES), expected(IMAGES), atol=1e-3)


def test_eight_bits(write: Write) -> None:
    classifier = load(f"onnx:{write(kind='uint8')}")
    images = (IMAGES * 255).round() / 255
    assert torch.allclose(classifier.logits(images), expected(images * 255), atol=1e-2)


def test_pictures_are_normalised_as_for_imagenet_unless_said_otherwise(write: Write) -> None:
    path = write()
    mean, std = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    assert torch.allclose(load(f"onnx:{path}").logits(IMAGES), expected((IMAGES - mean) / std), atol=1e-4)
    own = load(f"onnx:{path},mean=(0.5,0.5,0.5),std=(0.5,0.5,0.5)")
    assert torch.allclose(own.logits(IMAGES), expected(IMAGES * 2 - 1), atol=1e-4)


def test_probabilities_become_logits(write: Write) -> None:
    classifier = load(f"onnx:{write(softmax=True)},mean=none,output=probability")
    assert torch.allclose(classifier.probabilities(IMAGES), expected(IMAGES).softmax(dim=1), atol=1e-5)


def test_size_and_labels(write: Write, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("a\nb\nc\nd")
    classifier = load(f"onnx:{write(shape=('n', 3, 'h', 'w'))},labels={tmp_path}/labels.txt,size=16x24,resize=20")
    assert (classifier.labels, classifier.resizing) == (("a", "b", "c", "d"), Resizing((16, 24), 20))
    with pytest.raises(ModelError, match=r"takes pictures of \(8, 8\) \(height, width\) only; drop size="):
        load(f"onnx:{write()},size=16")
    with pytest.raises(ModelError, match="gives 4 logits but has 3 labels"):
        load(f"onnx:{write()},classes=3")


@pytest.mark.parametrize("form", [{"shape": ("n", 3)}, {"kind": "int64"}])
def test_an_input_that_is_no_picture(tmp_path: Path, form: dict[str, Any]) -> None:
    helper = import_module("onnx.helper")
    entry = {"shape": ("n", 3, 8, 8), "kind": "float"} | form
    into = helper.make_tensor_value_info("pictures", TYPES[entry["kind"]], entry["shape"])
    out = helper.make_tensor_value_info("answer", TYPES[entry["kind"]], entry["shape"])
    graph = helper.make_graph([helper.make_node("Identity", ["pictures"], ["answer"])], "graph", [into], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    import_module("onnx").save(model, tmp_path / "flat.onnx")
    with pytest.raises(
        ModelError, match=r"expected one input of shape \(batch, channel, height, width\) in .*; got pictures: "
    ):
        load(f"onnx:{tmp_path}/flat.onnx")


def test_files_that_cannot_be_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(
        ModelError, match=r"broken\.onnx is not an ONNX file that can be run \(.*\); export it again"
    ) as caught:
        load(f"onnx:{tmp_path}/broken.onnx")
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match=r"there is no file .*nothing\.onnx; onnx: takes the path of an \.onnx file"):
        load(f"onnx:{tmp_path}/nothing.onnx")
    with pytest.raises(SpecError, match="onnx has no setting 'weights'"):
        load("onnx:x.onnx,weights=y")
    assert capfd.readouterr() == ("", "")


def test_threads_are_torchs(write: Write) -> None:
    session = onnx.open_session(write(), torch.device("cpu"))
    assert session.get_session_options().intra_op_num_threads == torch.get_num_threads() == 1


@pytest.mark.slow
@pytest.mark.skipif(find_spec("onnxscript") is None, reason="onnxscript is not installed")
@pytest.mark.filterwarnings("ignore")  # the exporter warns of its own future
def test_an_export_agrees_with_its_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network: nn.Module = torchvision.build("resnet18", 10, (64, 64)).eval()
    images = torch.rand(3, 3, 64, 64)
    batch = {0: torch.export.Dim("batch")}
    torch.onnx.export(network, (images,), tmp_path / "r.onnx", dynamo=True, dynamic_shapes=(batch,), verbose=False)
    with torch.no_grad():
        given = network(images).numpy()
    assert np.abs(load(f"onnx:{tmp_path}/r.onnx,mean=none").logits(images).numpy() - given).max() < 1e-4
