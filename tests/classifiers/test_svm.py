"""Hybrids of a network and an SVM, their folders, and masks; scikit-learn's decision values are the oracle."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers import load
from whylight.classifiers._network_below import NETWORK
from whylight.classifiers._svm_folder import DESCRIPTION, SVM_FILE, Description
from whylight.classifiers._svm_parts import class_maps, pooled, weight_maps
from whylight.classifiers.checkpoint import Recipe
from whylight.classifiers.checkpoint import save as save_checkpoint
from whylight.classifiers.svm import assemble, save
from whylight.errors import LayerError, ModelError, SpecError
from whylight.explanation import explain
from whylight.methods.cam._head import find_head
from whylight.methods.cam.cam import CAM
from whylight.methods.gradient.weight_map import WeightMap
from whylight.methods.perturbation.occlusion import Occlusion
from whylight.nets.compact import MEAN, STD, Compact
from whylight.nets.pixel_svm import MaskedPixels, top_share
from whylight.types import Images

svm = pytest.importorskip("sklearn.svm")
pytest.importorskip("skops.io")
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer, Normalizer, StandardScaler  # noqa: E402

LABELS = ("a", "b", "c")
SIZE = (16, 16)
PREPARED: dict[str, Callable[[Any], Any]] = {
    "raw": lambda head: head,
    "standard": lambda head: make_pipeline(StandardScaler(), head),
    "l2": lambda head: make_pipeline(Normalizer(), head),
}


def pictures(count: int, channels: int = 3, size: tuple[int, int] = (32, 32)) -> Images:
    return torch.rand(count, channels, *size, generator=torch.Generator().manual_seed(count))


def coloured(count: int = 30) -> tuple[Images, Any]:
    """Pictures that are told apart by their colour, with noise; and their labels."""
    label = torch.arange(count) % 3
    shown = pictures(count)
    shown[torch.arange(count), label] = shown[torch.arange(count), label] * 0.5 + 0.5
    return shown, label.numpy()


def features_of(model: Classifier, images: Images) -> Tensor:
    with torch.no_grad():
        found: Tensor = pooled(model)(images)
    return found


def fitted(model: Classifier, head: Any) -> tuple[Any, Tensor]:
    """An estimator on the model's features, and their mean."""
    shown, label = coloured()
    features = features_of(model, shown)
    return head.fit(features.numpy(), label), features.mean(dim=0)


@pytest.mark.parametrize("preparation", PREPARED)
def test_a_hybrid_gives_the_decision_values_and_cam_is_exact(preparation: str, convolution: Classifier) -> None:
    estimator, typical = fitted(convolution, PREPARED[preparation](svm.LinearSVC(C=5.0, max_iter=50_000)))
    hybrid = assemble(Description("features", LABELS), estimator, typical, network=convolution)
    images, targets = pictures(4), torch.tensor([0, 1, 2, 0])
    wanted = estimator.decision_function(features_of(convolution, images).numpy())
    logits = hybrid.logits(images)
    assert np.abs(logits.numpy() - wanted).max() <= 1e-5 * np.abs(wanted).max()
    head = find_head(hybrid, images, None)
    coarse = torch.einsum("n,nk,nkrc->nrc", head.scale, head.weight[targets], head.features)
    found = coarse.double().mean(dim=(1, 2)) + head.bias[targets]
    assert np.abs(found.numpy() - wanted[range(4), targets]).max() <= 1e-5 * np.abs(wanted).max()
    assert CAM()(hybrid, images, targets).details["completeness"].max() < 1e-3


def test_a_hybrid_is_an_ordinary_classifier(convolution: Classifier) -> None:
    estimator, typical = fitted(convolution, make_pipeline(StandardScaler(), svm.SVC()))
    hybrid = assemble(Description("features", LABELS), estimator, typical, network=convolution)
    images = pictures(2)
    explanation = explain(hybrid, Occlusion(window=16), images, "b")
    assert explanation.maps.isfinite().all()
    assert hybrid.input_size == convolution.input_size
    leaf = images.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(hybrid.predict(leaf)[:, 0].sum(), leaf)
    assert gradient.abs().sum() > 0


def test_only_networks_with_such_a_layer_have_features(convolution: Classifier, black_box: Classifier) -> None:
    with pytest.raises(ModelError, match="black box is a black box: an SVM needs the features"):
        pooled(black_box)
    with pytest.raises(LayerError, match="has no layer '9'"):
        pooled(convolution, "9")


@pytest.fixture
def network(tmp_path: Path) -> Classifier:
    torch.manual_seed(0)
    path = tmp_path / "network.safetensors"
    save_checkpoint(path, Compact(3), Recipe("compact", LABELS, (32, 32), None, "bilinear", MEAN, STD))
    return load(f"file:{path}")


@pytest.fixture
def folder(network: Classifier, tmp_path: Path) -> Path:
    """An SVM on the network's features, as ``whylight train svm`` leaves it."""
    estimator, typical = fitted(network, make_pipeline(StandardScaler(), svm.SVC()))
    save(tmp_path / "svm", Description("features", LABELS, model=network.name), estimator, typical, network=network)
    return tmp_path / "svm"


def test_a_folder_is_the_classifier_even_without_the_networks_own_file(folder: Path, network: Classifier) -> None:
    images = pictures(3)
    first = load(f"svm:{folder}").logits(images)
    estimator, typical = fitted(network, make_pipeline(StandardScaler(), svm.SVC()))
    wanted = assemble(Description("features", LABELS), estimator, typical, network=network).logits(images)
    assert torch.allclose(first, wanted, atol=1e-5)
    Path(network.name.partition(":")[2]).unlink()
    moved = folder.rename(folder.with_name("moved"))
    assert torch.equal(load(f"svm:{moved}").logits(images), first)


def changed(folder: Path, **values: Any) -> None:
    plain = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    (folder / DESCRIPTION).write_text(json.dumps(plain | values), encoding="utf-8")


def test_a_folder_that_is_not_whole_is_told(folder: Path, tmp_path: Path) -> None:
    text = f"svm:{folder}"
    with pytest.raises(ModelError, match=r"there is no folder .*nowhere; `whylight train svm"):
        load(f"svm:{tmp_path}/nowhere")
    with pytest.raises(ModelError, match=r"holds no svm\.json, so no SVM of `whylight train svm`"):
        load(f"svm:{tmp_path}")
    with pytest.raises(SpecError, match="has no setting 'c'"):
        load(f"{text},c=3")
    changed(folder, format=2)
    with pytest.raises(ModelError, match="has format 2; this whylight reads format 1"):
        load(text)
    changed(folder, format=1, keep=3)
    with pytest.raises(ModelError, match="does not say what this whylight needs to know"):
        load(text)
    changed(folder, keep=None, labels=["a", "b"])
    with pytest.raises(ModelError, match="the SVM has 3 scores but 2 labels"):
        load(text)
    changed(folder, labels=list(LABELS), probe=[9.0, 9.0, 9.0])
    with pytest.raises(ModelError, match="does not answer as it did when it was fitted"):
        load(text)
    (folder / DESCRIPTION).write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"svm\.json is damaged"):
        load(text)


def test_a_damaged_file_is_told(folder: Path) -> None:
    content = (folder / SVM_FILE).read_bytes()
    (folder / SVM_FILE).write_bytes(content[:100])
    with pytest.raises(ModelError, match="is no complete skops file"):
        load(f"svm:{folder}")
    (folder / SVM_FILE).unlink()
    with pytest.raises(ModelError, match=r"cannot read .*svm\.skops: No such file"):
        load(f"svm:{folder}")
    (folder / SVM_FILE).write_bytes(content)
    (folder / NETWORK).unlink()
    with pytest.raises(ModelError, match="cannot read the weights in"):
        load(f"svm:{folder}")


def test_a_file_that_could_run_code_is_refused(folder: Path) -> None:
    import skops.io

    (folder / SVM_FILE).write_bytes(skops.io.dumps(make_pipeline(FunctionTransformer(np.linalg.norm), svm.SVC())))
    with pytest.raises(
        ModelError, match=r"holds numpy\.linalg\.norm, which is no part of a fitted SVM, so it is refused"
    ):
        load(f"svm:{folder}")


def grey(count: int = 40) -> tuple[Images, Any]:
    """Pictures with a bright corner that names the label."""
    label = np.arange(count) % 3
    shown = pictures(count, 1, SIZE) * 0.6
    for number, (top, left) in enumerate([(0, 0), (0, 8), (8, 0)]):
        shown[label == number, :, top : top + 8, left : left + 8] += 0.4
    return shown, label


@pytest.fixture
def small() -> Classifier:
    """A network for grey pictures that ends in a linear layer on averages."""
    torch.manual_seed(1)
    layers = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU())
    network = nn.Sequential(layers, nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3)).eval()
    network.requires_grad_(requires_grad=False)
    resizing = replace(Classifier("x", LABELS, network).resizing, size=SIZE, shorter=None, channels=1)
    return Classifier("small", LABELS, network, network, "1", resizing=resizing)


def pixels(keep: float | None = None, model: str | None = None) -> Description:
    return Description("pixels", LABELS, keep=keep, model=model, size=SIZE, channels=1)


def test_an_svm_on_pixels_and_its_weight_map_are_exact() -> None:
    shown, label = grey()
    estimator = make_pipeline(StandardScaler(), svm.LinearSVC()).fit(shown.flatten(1).numpy(), label)
    typical = torch.from_numpy(estimator[0].mean_).float()
    classifier = assemble(pixels(), estimator, typical)
    wanted = estimator.decision_function(shown[:4].flatten(1).numpy().astype(np.float64))
    assert np.allclose(classifier.logits(shown[:4]), wanted, rtol=1e-5, atol=1e-5)
    maps = WeightMap()(classifier, shown[:3], torch.tensor([0, 1, 2])).maps.double()
    found = maps.sum(dim=(1, 2)).numpy() + estimator[1].intercept_
    assert np.allclose(found, wanted[range(3), range(3)], rtol=1e-5, atol=1e-4)


def test_a_masked_svm_sees_what_the_map_marks(small: Classifier) -> None:
    shown, label = grey()
    maps = class_maps(small)
    chosen = small.logits(shown).argmax(dim=1)
    mask = top_share(CAM()(small, shown, chosen).maps, 0.3)
    assert torch.equal(top_share(maps(shown), 0.3), mask)
    assert (mask.flatten(1).sum(dim=1) == round(0.3 * 256)).all()
    estimator = svm.LinearSVC().fit((shown * mask).flatten(1).numpy(), label)
    classifier = assemble(pixels(0.3, "small"), estimator, torch.zeros(256), network=small)
    wanted = estimator.decision_function((shown * mask).flatten(1).numpy())
    assert np.allclose(classifier.logits(shown), wanted, atol=1e-4)
    assert explain(classifier, Occlusion(window=8), shown[:2]).maps.isfinite().all()
    assert WeightMap()(classifier, shown[:2], torch.tensor([0, 1])).maps[(mask[:2, 0] == 0)].abs().max() == 0


def test_its_own_weight_map_can_be_the_mask(tmp_path: Path) -> None:
    shown, label = grey()
    rows = shown.flatten(1).numpy()
    full = make_pipeline(StandardScaler(), svm.LinearSVC()).fit(rows, label)
    plain = assemble(pixels(), full, torch.from_numpy(full[0].mean_).float())
    own = WeightMap()(plain, shown, plain.logits(shown).argmax(dim=1)).maps
    assert torch.allclose(weight_maps(plain)(shown), own, atol=1e-5)
    mask = top_share(own, 0.2)
    estimator = svm.SVC().fit((shown * mask).flatten(1).numpy(), label)
    save(tmp_path / "masked", pixels(0.2), estimator, torch.zeros(256), mask=full)
    loaded = load(f"svm:{tmp_path}/masked")
    assert isinstance(loaded.module, MaskedPixels)
    assert torch.allclose(loaded.module.mask(shown), mask)
    assert loaded.logits(shown).argmax(dim=1).tolist() == estimator.predict((shown * mask).flatten(1).numpy()).tolist()


def test_only_a_network_whose_map_is_its_decision_masks(transformer: Classifier, convolution: Classifier) -> None:
    class_maps(convolution)
    for model, layer in ((transformer, None), (convolution, "1")):
        with pytest.raises(ModelError, match=r"masks need a network that averages the output of"):
            class_maps(model, layer)


def test_of_equal_values_the_first_stay() -> None:
    mask = top_share(torch.zeros(1, 2, 5), 0.3)
    assert mask.flatten().tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    assert top_share(torch.zeros(1, 2, 5), 0.001).sum() == 1
