"""A classifier's answers are checked, and watching a layer leaves no trace."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Access, Classifier, as_grid
from whylight.errors import LayerError, ModelError
from whylight.types import Images


def test_access(convolution: Classifier, black_box: Classifier) -> None:
    assert convolution.access is Access.FEATURES
    assert black_box.access is Access.OUTPUTS
    assert black_box.device == torch.device("cpu")


def test_it_prints_in_one_line(convolution: Classifier) -> None:
    assert len(repr(convolution)) < 400


def test_logits_are_those_of_the_network(convolution: Classifier, images: Images) -> None:
    assert convolution.module is not None
    with torch.no_grad():
        expected = convolution.module(images)
    assert torch.allclose(convolution.logits(images), expected, atol=1e-5)
    assert torch.allclose(convolution.probabilities(images).sum(dim=1), torch.ones(3))


def test_training_mode_is_refused(convolution: Classifier, images: Images) -> None:
    assert convolution.module is not None
    convolution.module.get_submodule("3").train()
    with pytest.raises(ModelError, match=r"in training mode, .*; call \.eval\(\) on the network first"):
        convolution.logits(images)
    with pytest.raises(ModelError, match="in training mode"):
        convolution.watch(images, torch.zeros(3, dtype=torch.long))


def test_labels_must_fit_the_logits(convolution: Classifier, images: Images) -> None:
    wrong = replace(convolution, labels=("ant", "bee"))
    with pytest.raises(ModelError, match="gives 5 logits but has 2 labels; give it one label a logit"):
        wrong.logits(images)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_answers_must_be_finite(black_box: Classifier, images: Images, value: float) -> None:
    broken = replace(black_box, predict=lambda images: torch.full((len(images), 5), value))
    with pytest.raises(ModelError, match="answered NaN or infinity; check its weights and its normalisation"):
        broken.logits(images)


def test_answers_must_be_logits(black_box: Classifier, images: Images) -> None:
    with pytest.raises(
        ModelError, match=r"expected logits of shape \(pictures, labels\) from black box; got \(3, 3, 32, 32\)"
    ):
        black_box.check_logits(images)
    with pytest.raises(ModelError, match="from black box; got ndarray"):
        black_box.check_logits(images.numpy())


def test_the_wrong_number_of_channels(convolution: Classifier) -> None:
    with pytest.raises(
        ModelError, match=r"failed on pictures of shape \(1, 32, 32\) \(channel, height, width\): "
    ) as caught:
        convolution.logits(torch.rand(2, 1, 32, 32))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("error", [KeyError("no entry"), AttributeError("no entry"), OSError("no entry")])
def test_whatever_a_network_raises_is_said_in_a_sentence(
    black_box: Classifier, images: Images, error: Exception
) -> None:
    def fail(_: Images) -> Tensor:
        raise error

    expected = rf"black box failed on pictures of shape \(3, 32, 32\) .*: {type(error).__name__}: .?no entry"
    with pytest.raises(ModelError, match=expected):
        replace(black_box, predict=fail).logits(images)


def test_our_own_sentences_and_a_lack_of_memory_pass_as_they_are(black_box: Classifier, images: Images) -> None:
    with pytest.raises(LayerError, match=r"^a sentence$"), black_box.explained_failures(images):
        raise LayerError("a sentence")
    with pytest.raises(MemoryError), black_box.explained_failures(images):
        raise MemoryError


def test_one_logit_a_picture_is_refused(black_box: Classifier, images: Images) -> None:
    single = replace(black_box, predict=lambda given: given.mean(dim=(1, 2, 3))[:, None], labels=("a", "b"))
    with pytest.raises(
        ModelError, match=r"gives one logit z a picture, .*return \[-z/2, z/2\] .*or set output=sigmoid"
    ):
        single.logits(images)


@pytest.mark.parametrize("fixture", ["convolution", "transformer"])
def test_watching_gives_autograds_gradients(fixture: str, images: Images, request: pytest.FixtureRequest) -> None:
    classifier: Classifier = request.getfixturevalue(fixture)
    assert classifier.module is not None
    assert classifier.layer is not None
    kept: list[Tensor] = []

    def keep(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        kept.append(output)
        return output.clone()

    hook = classifier.module.get_submodule(classifier.layer).register_forward_hook(keep)
    logits = classifier.predict(images.clone().requires_grad_())
    hook.remove()
    targets = torch.tensor([0, 3, 1])
    (expected,) = torch.autograd.grad(logits.gather(1, targets[:, None]).sum(), kept[0])
    watched = classifier.watch(images, targets)
    assert torch.allclose(watched.gradients, classifier.to_grid(expected), atol=1e-6)
    assert torch.allclose(watched.features, classifier.to_grid(kept[0]), atol=1e-6)
    assert torch.allclose(watched.logits, logits, atol=1e-5)


def test_watching_leaves_no_trace(convolution: Classifier, images: Images) -> None:
    assert convolution.module is not None
    convolution.watch(images, torch.zeros(3, dtype=torch.long))
    assert all(parameter.grad is None for parameter in convolution.module.parameters())
    assert not any(module._forward_hooks for module in convolution.module.modules())
    assert torch.is_grad_enabled()


def test_no_trace_after_a_failure(convolution: Classifier) -> None:
    assert convolution.module is not None
    with pytest.raises(ModelError):
        convolution.watch(torch.rand(1, 7, 8, 8), torch.zeros(1, dtype=torch.long))
    assert not any(module._forward_hooks for module in convolution.module.modules())


class Branching(nn.Module):
    """One layer that is used, one that is not, and one whose result is thrown away."""

    def __init__(self) -> None:
        super().__init__()
        self.used, self.idle, self.ignored = nn.Conv2d(3, 5, 1), nn.Conv2d(3, 5, 1), nn.Conv2d(3, 5, 1)

    def forward(self, images: Tensor) -> Tensor:
        self.ignored(images)
        logits: Tensor = self.used(images).mean(dim=(2, 3))
        return logits


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("idle", "the layer 'idle' was not reached in a forward pass of branching"),
        ("ignored", "no logit of branching depends on the output of its layer 'ignored'"),
        ("nothing", "branching has no layer 'nothing'; among its 3 layers are used, idle, ignored"),
        (None, "no layer with a grid was found in branching; name one, as in grad_cam:layer=NAME"),
    ],
)
def test_layers_that_cannot_be_watched(images: Images, layer: str | None, message: str) -> None:
    network = Branching().eval()
    classifier = Classifier("branching", tuple("abcde"), network, network)
    with pytest.raises(LayerError, match=message):
        classifier.watch(images, torch.zeros(3, dtype=torch.long), layer)


def test_the_end_of_a_name_names_a_layer_where_no_other_ends_so() -> None:
    inner = nn.Sequential(nn.Conv2d(3, 5, 1), nn.Flatten())
    network = nn.ModuleDict({"enhancer": nn.Sequential(nn.ReLU()), "classifier": nn.ModuleDict({"features": inner})})
    classifier = Classifier("nested", tuple("ab"), lambda images: images, network)
    assert classifier.layer_name("features.0") == "classifier.features.0"
    assert classifier.layer_name("classifier.features.0") == "classifier.features.0"
    assert classifier.submodule("features.1") is inner[1]
    with pytest.raises(LayerError, match=r"several layers that end in '0': enhancer\.0, classifier\.features\.0"):
        classifier.layer_name("0")
    with pytest.raises(LayerError, match=r"has no layer 'eatures\.0'"):
        classifier.layer_name("eatures.0")


def test_a_black_box_has_no_layers(black_box: Classifier, images: Images) -> None:
    with pytest.raises(LayerError, match="black box is a black box: it has no layers to look into"):
        black_box.watch(images, torch.zeros(3, dtype=torch.long))


def test_a_grid_has_four_axes() -> None:
    with pytest.raises(LayerError, match=r"expected a layer whose output is a grid .*; got shape \(2, 17, 12\)"):
        as_grid(torch.zeros(2, 17, 12))
