"""The copy of a network in a folder is what its description said, with and without an enhancer, wherever it lies later."""

from pathlib import Path

import pytest
import torch

from whylight.classifier import Classifier
from whylight.classifiers import load, networks
from whylight.classifiers._enhanced_file import Parts, description_of, module_of
from whylight.classifiers._enhanced_file import save as save_enhanced
from whylight.classifiers._network_below import can_be_copied, check_probe, copy_into, load_below, probe
from whylight.classifiers._svm_folder import Description
from whylight.classifiers._svm_parts import pooled
from whylight.classifiers.checkpoint import Recipe, save
from whylight.classifiers.svm import save as save_svm
from whylight.enhancers.unet import UNet
from whylight.errors import ModelError

CPU = torch.device("cpu")
LABELS = ("ant", "bee", "cat")
WHOLE, INSIDE = "", ",enhancer=none"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The description of a checkpoint that holds an enhancer which does something, and its classifier."""
    torch.manual_seed(0)
    recipe = Recipe("small_cnn", LABELS, (28, 28), None, "bilinear", (0.3,), (0.4,), "features")
    save(tmp_path / "inside.safetensors", networks.build("small_cnn", 3, 1, (28, 28)), recipe)
    classifier = load(f"file:{tmp_path}/inside.safetensors")
    unet = UNet(width=2, depth=2)
    network = unet.build(1, (28, 28)).eval()
    save_enhanced(tmp_path / "a.safetensors", Parts(unet, network, description_of(classifier), module_of(classifier)))
    return f"file:{tmp_path}/a.safetensors"


def moved(text: str) -> None:
    """The file is not where it was any more."""
    path = Path(text.partition(":")[2].partition(",")[0])
    path.rename(path.with_name("elsewhere"))


def answers(classifier: Classifier) -> torch.Tensor:
    return classifier.logits(torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(1)))


@pytest.mark.parametrize("part", [WHOLE, INSIDE])
def test_a_copy_is_what_was_described(file: str, part: str, tmp_path: Path) -> None:
    text, folder = file + part, tmp_path / "folder"
    wanted, other = answers(load(text)), answers(load(file + ({WHOLE, INSIDE} - {part}).pop()))
    folder.mkdir()
    assert can_be_copied(text)
    copy_into(folder, text)
    moved(text)
    found = answers(load_below(folder, text, copied=True, device=CPU))
    assert torch.equal(found, wanted)
    assert not torch.allclose(found, other)


@pytest.mark.parametrize("part", [WHOLE, INSIDE])
def test_an_svm_on_an_enhanced_classifier_stands_alone(file: str, part: str, tmp_path: Path) -> None:
    svm = pytest.importorskip("sklearn.svm")
    pytest.importorskip("skops.io")
    network = load(file + part)
    with torch.no_grad():
        features = pooled(network)(torch.rand(30, 1, 28, 28, generator=torch.Generator().manual_seed(2)))
    estimator = svm.SVC(kernel="linear").fit(features.numpy(), [number % 3 for number in range(30)])
    described = Description("features", LABELS, model=file + part)
    save_svm(tmp_path / "svm", described, estimator, features.mean(dim=0), network=network)
    wanted = answers(load(f"svm:{tmp_path}/svm"))
    moved(file)
    assert torch.equal(answers(load(f"svm:{tmp_path}/svm")), wanted)


def test_others_are_loaded_by_their_name(tmp_path: Path) -> None:
    text = "planted:classes=3,size=32"
    assert not can_be_copied(text)
    assert load_below(tmp_path, text, copied=False, device=CPU).name == text


def test_another_network_is_noticed(file: str) -> None:
    said = {"made": "fitted", "changed": file, "again": "fit it again"}
    inside = load(file + INSIDE)
    check_probe(inside, probe(inside), **said)
    with pytest.raises(
        ModelError, match=r"does not answer as it did when it was fitted: .* changed since; fit it again"
    ):
        check_probe(inside, probe(load(file)), **said)
