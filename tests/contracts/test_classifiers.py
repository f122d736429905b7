"""What every adapter owes, run over every prefix: a new one fails here until it says how to make a small model."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from whylight.classifier import Access, Classifier
from whylight.classifiers import load, prefixes
from whylight.classifiers._svm_folder import Description
from whylight.classifiers._svm_parts import pooled
from whylight.classifiers.checkpoint import Recipe, save
from whylight.classifiers.infodisent import save as save_concepts
from whylight.classifiers.infodisent import with_head
from whylight.classifiers.svm import save as save_svm
from whylight.datasets import open_dataset
from whylight.errors import SpecError
from whylight.nets.compact import MEAN, STD, Compact
from whylight.nets.concepts import Recipe as HeadRecipe
from whylight.nets.concepts import new_head
from whylight.pictures import sample_picture


@dataclass(frozen=True)
class Small:
    """How to write a small model into a folder: gives its description. ``package``: what it needs. ``data``: a data set that
    it answers to, where noise leaves it cold."""

    write: Callable[[Path], str]
    package: str = "torch"
    access: Access = Access.FEATURES
    data: str | None = None


def bundled(_: Path) -> str:
    return "bundled"


def planted(_: Path) -> str:
    return "planted:classes=3"


def checkpoint(folder: Path) -> str:
    path = folder / "trained.safetensors"
    save(path, Compact(3), Recipe("compact", ("a", "b", "c"), (64, 64), 64, "bicubic", MEAN, STD))
    return f"file:{path}"


def function(folder: Path) -> str:
    (folder / "contract_model.py").write_text("def make():\n    return lambda images: images.mean(dim=(2, 3))\n")
    return "python:contract_model:make,size=32"


def onnx(folder: Path) -> str:
    helper = import_module("onnx.helper")
    into = helper.make_tensor_value_info("pictures", 1, ("n", 3, 32, 32))
    out = helper.make_tensor_value_info("answer", 1, ("n", 3))
    nodes = [helper.make_node("ReduceMean", ["pictures"], ["answer"], axes=[2, 3], keepdims=0)]
    graph = helper.make_graph(nodes, "graph", [into], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    import_module("onnx").save(model, folder / "small.onnx")
    return f"onnx:{folder}/small.onnx"


def torchvision(folder: Path) -> str:
    network = import_module("whylight.classifiers.torchvision").build("squeezenet1_1", 3, (64, 64))
    save_file(network.state_dict(), folder / "small.safetensors")
    return f"torchvision:squeezenet1_1,weights={folder}/small.safetensors,classes=3,size=64"


def timm(folder: Path) -> str:
    network = import_module("whylight.classifiers.timm").create("mobilenetv3_small_050", classes=3)
    save_file(network.state_dict(), folder / "small.safetensors")
    return f"timm:mobilenetv3_small_050,weights={folder}/small.safetensors,classes=3,size=64"


def transformers(folder: Path) -> str:
    package = import_module("whylight.classifiers.transformers").import_transformers("this test")
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = package.ViTConfig(image_size=64, patch_size=8, num_labels=3, **sizes)
    package.ViTForImageClassification(config).save_pretrained(folder)
    described = {"size": {"height": 64, "width": 64}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(described))
    return f"hf:{folder}"


def svm(folder: Path) -> str:
    estimator = import_module("sklearn.svm").SVC()
    classifier = load("bundled")
    shown = torch.rand(12, 3, 64, 64)
    with torch.no_grad():
        features = pooled(classifier)(shown)
    estimator.fit(features.numpy(), torch.arange(12).numpy() % 3)
    described = Description("features", ("a", "b", "c"), model="bundled")
    save_svm(folder, described, estimator, features.mean(dim=0), network=classifier)
    return f"svm:{folder}"


def concepts(folder: Path) -> str:
    network = load(checkpoint(folder))
    save_concepts(folder / "concepts", with_head(network, new_head(HeadRecipe(), 192, 3)))
    return f"infodisent:{folder}/concepts"


SMALL = {
    "bundled": Small(bundled),
    "planted": Small(planted, data="planted:classes=3"),
    "file": Small(checkpoint),
    "python": Small(function, access=Access.OUTPUTS),
    "onnx": Small(onnx, "onnxruntime", Access.OUTPUTS),
    "torchvision": Small(torchvision, "torchvision"),
    "timm": Small(timm, "timm"),
    "hf": Small(transformers, "transformers"),
    "svm": Small(svm, "skops"),
    "infodisent": Small(concepts),
}


@pytest.fixture(scope="module", params=sorted(prefixes()))
def text(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    small = SMALL[request.param]
    if find_spec(small.package) is None:
        pytest.skip(f"{small.package} is not installed")
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        made = small.write(folder)
        load(made)  # imports the user's module while its folder is in sight
    return made


@pytest.fixture(scope="module")
def classifier(text: str) -> Classifier:
    return load(text)


@pytest.fixture
def pictures(classifier: Classifier, text: str) -> torch.Tensor:
    data = SMALL[text.partition(":")[0]].data
    if data is not None:
        dataset = open_dataset(data)
        return torch.stack([classifier.fit(dataset[place].picture)[0] for place in range(3)])
    generator = torch.Generator().manual_seed(0)
    return torch.rand(3, 3, *classifier.input_size, generator=generator)


def test_its_name_loads_it_again(classifier: Classifier, text: str, pictures: torch.Tensor) -> None:
    assert classifier.name == text
    assert torch.equal(load(classifier.name).logits(pictures), classifier.logits(pictures))


def test_a_label_a_logit(classifier: Classifier, pictures: torch.Tensor) -> None:
    assert classifier.logits(pictures).shape == (3, len(classifier.labels))
    assert all(isinstance(label, str) and label for label in classifier.labels)


def test_a_batch_answers_as_its_pictures_do_alone(classifier: Classifier, pictures: torch.Tensor) -> None:
    alone = torch.cat([classifier.logits(picture[None]) for picture in pictures])
    assert torch.allclose(classifier.logits(pictures), alone, atol=1e-4)


def test_any_picture_is_brought_to_its_size(classifier: Classifier) -> None:
    image, frame = classifier.fit(sample_picture()[1])
    assert image.shape[1:] == classifier.input_size
    assert image.min() >= 0
    assert image.max() <= 1
    assert frame.size == (300, 451)


def test_access(classifier: Classifier, text: str, pictures: torch.Tensor) -> None:
    assert classifier.access is SMALL[text.partition(":")[0]].access
    if classifier.access is Access.OUTPUTS:
        return
    images = pictures.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(classifier.predict(images).sum(), images)
    assert gradient.abs().sum() > 0
    assert classifier.watch(pictures, torch.tensor([0, 1, 2])).features.ndim == 4


def test_a_network_is_still(classifier: Classifier) -> None:
    if classifier.module is not None:
        assert not any(module.training for module in classifier.module.modules())
        assert not any(parameter.requires_grad for parameter in classifier.module.parameters())


def test_loading_leaves_the_random_state_alone(text: str) -> None:
    state = torch.get_rng_state()
    load(text)
    assert torch.equal(torch.get_rng_state(), state)


def test_an_unknown_setting_is_refused(text: str) -> None:
    joint = ":" if text == "bundled" else ","
    with pytest.raises(SpecError, match="has no setting 'colour'; it has "):
        load(f"{text}{joint}colour=red")
