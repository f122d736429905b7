"""A torch module that the user has is wrapped without being changed."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from whylight.classifier import Access
from whylight.classifiers._arguments import Numbers, per_channel
from whylight.classifiers.module import from_module, still
from whylight.errors import LayerError, ModelError
from whylight.types import Features

LABELS = ("ant", "bee", "cat")


def network(channels: int = 3) -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(channels, 6, 3, 2),
        nn.ReLU(),
        nn.Conv2d(6, 8, 3),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 3),
    ).eval()


def test_pictures_are_normalised_inside() -> None:
    images = torch.rand(2, 3, 32, 32)
    classifier = from_module(network(), LABELS, mean=(0.5, 0.4, 0.3), std=(0.1, 0.2, 0.3), size=32)
    mean, std = torch.tensor([0.5, 0.4, 0.3]).view(3, 1, 1), torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)
    with torch.no_grad():
        expected = network()((images - mean) / std)
    assert torch.allclose(classifier.logits(images), expected, atol=1e-5)
    assert (classifier.name, classifier.layer, classifier.access) == ("Sequential", "3", Access.FEATURES)


@pytest.mark.parametrize(
    ("mean", "std"),
    [
        (torch.full((3,), 0.5), torch.full((3,), 0.25)),
        (np.full(3, 0.5), np.full(3, 0.25, dtype=np.float32)),
        ([0.5] * 3, (0.25,) * 3),
        (0.5, 0.25),
        (torch.tensor(0.5), 0.25),
    ],
)
def test_mean_and_std_in_any_form(mean: Numbers, std: Numbers) -> None:
    images = torch.rand(2, 3, 32, 32)
    expected = from_module(network(), LABELS, size=32).logits((images - 0.5) / 0.25)
    given = from_module(network(), LABELS, mean=mean, std=std, size=32)
    torch.testing.assert_close(given.logits(images), expected, atol=1e-5, rtol=1e-5)
    assert given.resizing.channels == 3


@pytest.mark.parametrize("given", ["grey", [], [0.5, None, 0.5], float("nan"), {"r": 1}, np.array([["a"]])])
def test_mean_and_std_must_be_numbers(given: Any) -> None:
    with pytest.raises(
        ModelError, match=r"expected mean as one number, or one a channel, for pixels in .*; got"
    ) as caught:
        per_channel("mean", given, 3)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [{"mean": (0.5, 0.5, 0.5)}, {"std": (0.5, 0.5, 0.5)}])
def test_mean_and_std_come_together(given: dict[str, Numbers]) -> None:
    with pytest.raises(ModelError, match="normalisation needs both mean and std, or neither; got mean"):
        from_module(network(), LABELS, size=32, mean=given.get("mean"), std=given.get("std"))


def test_a_network_for_a_sigmoid_has_two_labels_with_opposite_evidence() -> None:
    single = nn.Sequential(*list(network())[:-1], nn.Linear(8, 1)).eval()
    images = torch.rand(2, 3, 32, 32)
    classifier = from_module(single, ("no", "yes"), size=32, output="sigmoid")
    with torch.no_grad():
        expected = single(images).sigmoid()[:, 0]
    torch.testing.assert_close(classifier.probabilities(images)[:, 1], expected)
    no, yes = (classifier.watch(images, torch.full((2,), index)).gradients for index in (0, 1))
    assert yes.abs().sum() > 0
    torch.testing.assert_close(no, -yes)
    with pytest.raises(ModelError, match=r"Sequential gives one logit z a picture, .*set output=sigmoid"):
        from_module(single, ("no", "yes"), size=32)


def test_without_a_mean_pictures_stay_as_they_are() -> None:
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.allclose(from_module(network(), LABELS, size=32).logits(images), network()(images), atol=1e-5)


def test_the_network_is_not_changed() -> None:
    mine = network()
    before = {name: tensor.clone() for name, tensor in mine.state_dict().items()}
    classifier = from_module(mine, LABELS, size=32)
    classifier.watch(torch.rand(1, 3, 32, 32), torch.tensor([0]))
    assert classifier.module is mine
    assert all(torch.equal(tensor, before[name]) for name, tensor in mine.state_dict().items())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in mine.parameters())


def test_grey_pictures() -> None:
    classifier = from_module(network(1), LABELS, mean=(0.3,), std=(0.3,), size=(28, 20))
    assert classifier.logits(torch.rand(2, 1, 28, 20)).shape == (2, 3)
    assert from_module(network(1), LABELS, size=28).resizing.channels == 1


@pytest.mark.parametrize(("channels", "given"), [(3, 1), (1, 3), (3, 4)])
def test_the_wrong_number_of_channels_is_said(channels: int, given: int) -> None:
    classifier = from_module(network(channels), LABELS, size=32)
    with pytest.raises(
        ModelError, match=rf"expected pictures with {channels} channels?; got {given}; `Classifier.fit` turns"
    ):
        classifier.logits(torch.rand(1, given, 32, 32))


def test_a_network_in_training_mode_is_refused() -> None:
    with pytest.raises(ModelError, match=r"Sequential is in training mode, .*call \.eval\(\) on the network first"):
        from_module(network().train(), LABELS, size=32)
    partly = network()
    partly[2].train()
    with pytest.raises(ModelError, match="in training mode"):
        from_module(partly, LABELS, size=32)


def test_labels_must_fit() -> None:
    with pytest.raises(ModelError, match="mine gives 3 logits but has 2 labels; give it one label a logit"):
        from_module(network(), ("ant", "bee"), size=32, name="mine")


def test_answers_that_are_no_numbers() -> None:
    broken = network()
    nn.init.constant_(broken.get_parameter("6.bias"), float("nan"))
    with pytest.raises(ModelError, match="answered NaN or infinity; check its weights and its normalisation"):
        from_module(broken, LABELS, size=32)


@pytest.mark.parametrize(("mean", "std"), [((0.5, 0.5, 0.5), (0.2, 0.2)), ((0.5,), (0.0,))])
def test_mean_and_std_must_fit(mean: tuple[float, ...], std: tuple[float, ...]) -> None:
    with pytest.raises(ModelError, match="expected one mean and one std above 0 for each channel; got mean"):
        from_module(network(len(mean)), LABELS, mean=mean, std=std, size=32)


def test_a_layer_by_hand() -> None:
    classifier = from_module(network(), LABELS, size=32, layer="1")
    assert classifier.watch(torch.rand(1, 3, 32, 32), torch.tensor([0])).features.shape == (1, 6, 15, 15)
    with pytest.raises(LayerError, match="Sequential has no layer 'conv9'; among its 7 layers are"):
        from_module(network(), LABELS, size=32, layer="conv9")
    with pytest.raises(LayerError, match="expected a layer whose output is a grid"):
        from_module(network(), LABELS, size=32, layer="6")


def test_a_reshape_by_hand() -> None:
    def turned(activations: Tensor) -> Features:
        return activations.transpose(2, 3)

    classifier = from_module(network(), LABELS, size=(32, 16), to_grid=turned)
    assert classifier.watch(torch.rand(1, 3, 32, 16), torch.tensor([0])).features.shape == (1, 8, 5, 13)


class Answer:
    """What networks of transformers return."""

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits


class Wrapped(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inside = network()

    def forward(self, images: Tensor) -> Answer:
        return Answer(self.inside(images))


def test_logits_are_taken_out_of_an_answer() -> None:
    assert from_module(Wrapped().eval(), LABELS, size=32).layer == "inside.3"


class Packed(nn.Module):
    """Answers as networks with several results do."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.inside, self.kind = network(), kind

    def forward(self, images: Tensor) -> object:
        logits = self.inside(images)
        return {
            "mapping": {"logits": logits, "loss": None},
            "tuple": (logits, images),
            "list": [logits],
            "scores": {"scores": logits},
            "empty": (),
            "nothing": None,
        }[self.kind]


@pytest.mark.parametrize("kind", ["mapping", "tuple", "list"])
def test_logits_are_taken_out_of_mappings_and_tuples(kind: str) -> None:
    images = torch.rand(2, 3, 32, 32)
    classifier = from_module(Packed(kind).eval(), LABELS, size=32)
    assert classifier.layer == "inside.3"
    with torch.no_grad():
        torch.testing.assert_close(classifier.logits(images), network()(images))


@pytest.mark.parametrize(("kind", "got"), [("scores", "dict"), ("empty", "tuple"), ("nothing", "NoneType")])
def test_an_answer_without_logits(kind: str, got: str) -> None:
    with pytest.raises(
        ModelError, match=f"a mapping or an object with `logits`, or a tuple that begins with a tensor; got {got}$"
    ):
        from_module(Packed(kind).eval(), LABELS, size=32)


class OptionA(nn.Module):
    """A residual block without parameters in its shortcut, as in the CIFAR networks of He et al.: no zoo has it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 6, 3, 2, 1), nn.Conv2d(6, 6, 3, 1, 1)
        self.head = nn.Linear(6, 3)

    def forward(self, images: Tensor) -> Tensor:
        shortcut = functional.pad(images[:, :, ::2, ::2], (0, 0, 0, 0, 1, 2))
        features = functional.relu(self.second(functional.relu(self.first(images))) + shortcut)
        logits: Tensor = self.head(features.mean(dim=(2, 3)))
        return logits


def test_a_network_with_functional_layers() -> None:
    classifier = from_module(OptionA().eval(), LABELS, size=32)
    assert classifier.layer == "second"
    assert classifier.watch(torch.rand(1, 3, 32, 32), torch.tensor([2])).features.shape == (1, 6, 16, 16)


def test_networks_that_we_load_are_still() -> None:
    quiet = still(network().train(), torch.device("cpu"))
    assert not quiet.training
    assert not any(parameter.requires_grad for parameter in quiet.parameters())
    assert quiet.get_parameter("2.weight").is_contiguous(memory_format=torch.channels_last)
