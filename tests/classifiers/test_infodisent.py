"""Classifiers of concepts: heads on other networks, networks in another basis, their folders and what people change."""

import json
from pathlib import Path

import pytest
import torch

from whylight.classifier import Classifier
from whylight.classifiers import load
from whylight.classifiers._concept_edits import FILE, Edits, read_edits, write_edits
from whylight.classifiers._concept_folder import DESCRIPTION, HEAD
from whylight.classifiers.checkpoint import Recipe as NetworkRecipe
from whylight.classifiers.checkpoint import save as save_checkpoint
from whylight.classifiers.infodisent import ConceptClassifier, edited, features_of, post_hoc, save, with_head
from whylight.errors import LayerError, ModelError, SpecError
from whylight.nets.compact import MEAN, STD, Compact
from whylight.nets.concept_basis import Basis, random_basis
from whylight.nets.concepts import ConceptHead, ConceptNet, Recipe, new_head
from whylight.types import Images

LABELS = ("a", "b", "c")
REAL = (
    ("bundled", 192),
    ("torchvision:squeezenet1_1,weights={root}/models/squeezenet1_1.imagenet1k.safetensors", 512),
    ("torchvision:mobilenet_v2,weights={root}/models/mobilenet_v2.imagenet1k_tfsame.safetensors", 1280),
    ("timm:deit_tiny_patch16_224,weights={root}/models/deit_tiny_patch16_224.imagenet1k.safetensors", 192),
)


def noise(classifier: Classifier, count: int = 2) -> Images:
    shape = (count, classifier.resizing.channels, *classifier.input_size)
    return torch.rand(shape, generator=torch.Generator().manual_seed(5))


def test_plain_settings_are_the_classifier_itself(convolution: Classifier, images: Images) -> None:
    linear = convolution.submodule("7")
    recipe = Recipe(basis="identity", pooling="mean", signs="free", bias=True)
    head = ConceptHead(recipe, Basis(12, None), linear.get_parameter("weight"), linear.get_parameter("bias"))
    same = with_head(convolution, head)
    assert torch.allclose(same.logits(images), convolution.logits(images), rtol=1e-4, atol=1e-5)


def test_the_network_below_is_left_as_it_was(convolution: Classifier, images: Images) -> None:
    assert convolution.module is not None
    before = {name: each.clone() for name, each in convolution.module.state_dict().items()}
    with_head(convolution, new_head(Recipe(), 12, 5)).logits(images)
    post_hoc(convolution, Basis(12, None, random_basis(12, 0))).logits(images)
    assert all(torch.equal(each, before[name]) for name, each in convolution.module.state_dict().items())
    assert all(each.requires_grad for each in convolution.module.parameters())
    assert not any(len(module._forward_hooks) for module in convolution.module.modules())


def test_a_transformer_gives_its_patches(transformer: Classifier, images: Images) -> None:
    features = features_of(transformer)
    with torch.no_grad():
        grid, logits = features.look(images)
    assert grid.shape == (3, 12, 4, 4)
    assert torch.allclose(logits, transformer.logits(images), atol=1e-6)
    assert with_head(transformer, new_head(Recipe(), 12, 2), labels=("x", "y")).logits(images).shape == (3, 2)


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize(("text", "features"), REAL)
def test_real_networks_answer_as_before_in_any_basis(text: str, features: int, data_root: Path) -> None:
    if text.startswith("timm"):
        pytest.importorskip("timm")
    plain = load(text.format(root=data_root))
    turned = post_hoc(plain, Basis(features, None, random_basis(features, 1)))
    images = noise(plain)
    before, after = plain.logits(images), turned.logits(images)
    assert (after - before).abs().max() <= 1e-3 * before.abs().max()
    assert turned.module is not None


@pytest.fixture
def network(tmp_path: Path) -> Classifier:
    torch.manual_seed(0)
    path = tmp_path / "network.safetensors"
    save_checkpoint(path, Compact(3), NetworkRecipe("compact", LABELS, (32, 32), None, "bilinear", MEAN, STD))
    return load(f"file:{path}")


@pytest.fixture
def folder(network: Classifier, tmp_path: Path) -> Path:
    head = new_head(Recipe(), 192, 3, start=random_basis(192, 2))
    head.prune(20)
    save(tmp_path / "concepts", with_head(network, head), {"epochs": 1})
    return tmp_path / "concepts"


def test_a_folder_is_the_classifier_even_without_the_networks_own_file(
    folder: Path, network: Classifier, tmp_path: Path
) -> None:
    (tmp_path / "network.safetensors").unlink()
    found = load(f"infodisent:{folder}")
    assert isinstance(found, ConceptClassifier)
    net = found.module
    assert isinstance(net, ConceptNet)
    assert found.labels == LABELS
    assert found.name == f"infodisent:{folder}"
    assert ((net.head.weights() > 0).sum(dim=1) == 20).all()
    head = new_head(Recipe(), 192, 3, start=random_basis(192, 2))
    head.prune(20)
    assert torch.allclose(found.logits(noise(found)), with_head(network, head).logits(noise(found)), atol=1e-4)


def test_another_basis_is_kept_in_a_folder_too(network: Classifier, tmp_path: Path) -> None:
    save(tmp_path / "turned", post_hoc(network, Basis(192, None, random_basis(192, 2))))
    found = load(f"infodisent:{tmp_path / 'turned'}")
    assert torch.allclose(found.logits(noise(found)), network.logits(noise(found)), rtol=1e-3, atol=1e-4)


def test_what_people_say_of_concepts_is_kept_and_applied(folder: Path) -> None:
    plain = load(f"infodisent:{folder}")
    images = noise(plain)
    whole = plain.logits(images)
    assert isinstance(plain.module, ConceptNet)
    used = int(plain.module.head.weights().sum(dim=0).argmax())
    edits = Edits().named(used, "  a   wheel ").switched(used, off=True).marked(used, spurious=True)
    write_edits(folder, edits)
    assert read_edits(folder, 192) == edits
    assert edits.title(used) == "a wheel"
    assert Edits().title(3) == "concept 3"
    changed = load(f"infodisent:{folder}")
    assert isinstance(changed, ConceptClassifier)
    assert changed.edits == edits
    assert not torch.allclose(changed.logits(images), whole)
    assert torch.equal(load(f"infodisent:{folder},edits=none").logits(images), whole)
    assert torch.equal(edited(changed, Edits()).logits(images), whole)
    undone = edits.named(used, "").switched(used, off=False).marked(used, spurious=False)
    assert undone == Edits()


def test_a_concept_switched_off_changes_a_network_in_another_basis(network: Classifier) -> None:
    turned = post_hoc(network, Basis(192, None, random_basis(192, 2)))
    images = noise(network)
    off = edited(turned, Edits().switched(4, off=True))
    assert not torch.allclose(off.logits(images), network.logits(images))


def test_damage_and_mistakes_are_said_in_a_sentence(folder: Path, network: Classifier, black_box: Classifier) -> None:
    with pytest.raises(SpecError, match="has no setting 'layer'; it has edits"):
        load(f"infodisent:{folder},layer=4")
    with pytest.raises(SpecError, match="edits can only be none"):
        load(f"infodisent:{folder},edits=all")
    with pytest.raises(ModelError, match="there is no folder"):
        load(f"infodisent:{folder / 'nowhere'}")
    with pytest.raises(ModelError, match="black box, and concepts need the features"):
        with_head(black_box, new_head(Recipe(), 12, 5))
    with pytest.raises(ModelError, match="the head has 4 logits but there are 3 labels"):
        with_head(network, new_head(Recipe(), 192, 4))
    with pytest.raises(LayerError, match=r"the basis has 12 channels, but the layer 'features' gives \(192"):
        with_head(network, new_head(Recipe(), 12, 3))
    with pytest.raises(SpecError, match="at most 60 letters"):
        Edits().named(1, "x" * 61)
    (folder / FILE).write_text('{"format": 1, "concepts": {"900": {"off": true}}}')
    with pytest.raises(ModelError, match="remove it to begin again"):
        load(f"infodisent:{folder}")
    (folder / FILE).unlink()
    plain = json.loads((folder / DESCRIPTION).read_text())
    (folder / DESCRIPTION).write_text(json.dumps(plain | {"probe": [9.0, 9.0, 9.0]}))
    with pytest.raises(ModelError, match="does not answer as it did"):
        load(f"infodisent:{folder}")
    (folder / DESCRIPTION).write_text(json.dumps(plain | {"kind": "other"}))
    with pytest.raises(ModelError, match="does not say what this whylight needs"):
        load(f"infodisent:{folder}")
    (folder / DESCRIPTION).write_text(json.dumps(plain | {"labels": ["a", "b"]}))
    with pytest.raises(ModelError, match=rf"{HEAD} does not hold what"):
        load(f"infodisent:{folder}")
