"""torchvision's classifiers, with local weights, its own, or none to be had."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import save_file

from whylight.classifiers import _torchvision, load, torchvision
from whylight.classifiers._settings import Settings
from whylight.errors import MissingExtraError, ModelError, SpecError
from whylight.frame import Resizing
from whylight.pictures import sample_picture

pytestmark = pytest.mark.skipif(find_spec("torchvision") is None, reason="torchvision is not installed")

SMALL = "squeezenet1_1"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / f"{SMALL}.safetensors"
    save_file(torchvision.build(SMALL, 1000, (224, 224)).state_dict(), path)
    return path


def test_local_weights(weights: Path) -> None:
    classifier = load(f"torchvision:{SMALL},weights={weights}")
    assert classifier.name == f"torchvision:{SMALL},weights={weights}"
    assert (len(classifier.labels), classifier.labels[281]) == (1000, "tabby")
    assert (classifier.layer, classifier.resizing) == ("features", Resizing((224, 224), 256))
    assert classifier.module is not None
    assert not any(parameter.requires_grad for parameter in classifier.module.parameters())
    mean, std = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    image, _ = classifier.fit(sample_picture()[1])
    with torch.no_grad():
        assert torch.allclose(classifier.logits(image[None]), classifier.module((image[None] - mean) / std), atol=1e-4)


def test_labels_and_layer_from_outside(tmp_path: Path) -> None:
    path, names = tmp_path / "own.safetensors", tmp_path / "names.txt"
    save_file(torchvision.build(SMALL, 2, (224, 224)).state_dict(), path)
    names.write_text("cat\ndog\n")
    classifier = load(f"torchvision:{SMALL},weights={path},labels={names},layer=features.7,size=128,resize=130")
    assert (classifier.labels, classifier.layer) == (("cat", "dog"), "features.7")
    assert classifier.resizing == Resizing((128, 128), 130)
    assert load(f"torchvision:{SMALL},weights={path},classes=2").labels == ("0", "1")
    with pytest.raises(
        ModelError,
        match=r"do not fit torchvision:squeezenet1_1: 2 of another shape .*; give the number of labels as classes=N",
    ):
        load(f"torchvision:{SMALL},weights={path}")
    with pytest.raises(ModelError, match=r"classes=3, but .*names\.txt has 2 names; drop classes="):
        load(f"torchvision:{SMALL},weights={path},labels={names},classes=3")


@pytest.mark.parametrize(
    ("settings", "version"),
    [
        (Settings(weights=Path("converted.safetensors")), "IMAGENET1K_V1"),
        (Settings(weights=Path("mobilenet_v2-7ebf99e0.safetensors")), "IMAGENET1K_V2"),
        (Settings(weights=Path("converted.safetensors"), version="IMAGENET1K_V2"), "IMAGENET1K_V2"),
        (Settings(), "IMAGENET1K_V2"),
        (Settings(version="IMAGENET1K_V1"), "IMAGENET1K_V1"),
    ],
)
def test_which_version_is_meant(settings: Settings, version: str) -> None:
    found = torchvision.published("mobilenet_v2", settings)
    assert found.name == version
    assert torchvision.prepared(found).resizing.shorter == {"IMAGENET1K_V1": 256, "IMAGENET1K_V2": 232}[version]


@pytest.mark.parametrize("name", ["resnet18", "inception_v3", "swin_t", "vit_b_16", "efficientnet_b0"])
def test_pictures_are_prepared_as_torchvision_does(name: str) -> None:
    version = torchvision.published(name, Settings())
    preparation = torchvision.prepared(version)
    _, cat = sample_picture()
    image, _ = preparation.resizing(cat)
    mean, std = torch.tensor(preparation.mean).view(3, 1, 1), torch.tensor(preparation.std).view(3, 1, 1)
    transforms = version.transforms()
    transforms.antialias = True
    expected = transforms(cat) * std + mean
    assert (image - expected).abs().max() <= 1 / 255


def test_its_own_weights_come_without_pickled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    torch.manual_seed(1)
    state = torchvision.build(SMALL, 1000, (224, 224)).state_dict()

    def give(self: object, **how: Any) -> dict[str, torch.Tensor]:
        asked.append(how)
        return state

    monkeypatch.setattr(import_module("torchvision.models._api").WeightsEnum, "get_state_dict", give)
    classifier = load(f"torchvision:{SMALL}")
    assert asked == [{"progress": True, "check_hash": True, "weights_only": True}]
    assert classifier.module is not None
    assert torch.equal(classifier.module.state_dict()["features.0.weight"], state["features.0.weight"])


def test_without_a_network_local_weights_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, **_: Any) -> None:
        raise URLError("[Errno -3] Temporary failure in name resolution")

    monkeypatch.setattr(import_module("torchvision.models._api").WeightsEnum, "get_state_dict", refuse)
    message = (
        r"the weights of torchvision:squeezenet1_1 cannot be fetched \(.*name resolution.*\); give local ones: "
        r"torchvision:squeezenet1_1,weights=FILE\.safetensors"
    )
    with pytest.raises(ModelError, match=message):
        load(f"torchvision:{SMALL}")


def test_what_is_not_known(weights: Path) -> None:
    with pytest.raises(ModelError, match=r"torchvision has no classifier 'resnet19'; did you mean resnet1.*\?"):
        load("torchvision:resnet19")
    with pytest.raises(ModelError, match="squeezenet1_1 has no version 'V3'; it has IMAGENET1K_V1"):
        load(f"torchvision:{SMALL},weights={weights},version=V3")
    with pytest.raises(
        SpecError, match="expected a model's name behind torchvision:, as in torchvision:resnet18; got nothing"
    ):
        load("torchvision:")
    with pytest.raises(
        SpecError, match=r"classes=5 needs weights trained for them: give torchvision:resnet18,weights=FILE"
    ):
        load("torchvision:resnet18,classes=5")
    with pytest.raises(
        ModelError, match=r"do not fit torchvision:alexnet: 12 missing .*; is it of another architecture\?"
    ):
        load(f"torchvision:alexnet,weights={weights}")


def test_densenet_shows_what_its_head_sees() -> None:
    torch.manual_seed(0)
    network = torchvision.build("densenet121", 10, (224, 224)).eval()
    plain = import_module("torchvision.models").densenet121(num_classes=10).eval()
    plain.load_state_dict(network.state_dict())
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(network(images), plain(images))
        assert network.get_submodule("features")(images).min() == 0


def test_the_import_is_mended_only_for_its_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(error: Exception) -> None:
        def raise_it(name: str) -> ModuleType:
            raise error

        monkeypatch.setattr(_torchvision, "import_module", raise_it)

    fail(ModuleNotFoundError("No module named 'torchvision'"))
    with pytest.raises(
        MissingExtraError, match=r"the model needs the package torchvision, .*`pip install 'whylight\[torchvision\]'`"
    ):
        _torchvision.import_torchvision("the model")
    fail(RuntimeError("something else"))
    with pytest.raises(RuntimeError, match="something else"):
        _torchvision.import_torchvision("the model")
