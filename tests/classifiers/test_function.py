"""Anything that Python can call is a classifier, of which only the outputs are looked at."""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from whylight.classifier import Access
from whylight.classifiers import from_function, load
from whylight.classifiers._arguments import check_choice, check_network, labels_of, sides_of
from whylight.classifiers._settings import Output
from whylight.errors import ModelError, SpecError
from whylight.frame import Resizing

NUMBERS = itertools.count()

SOURCE = """
import numpy as np
import torch
from torch import nn
from whylight.classifiers import from_module

def answer(images):
    return torch.stack([images.mean(dim=(1, 2, 3)), images[:, 0].mean(dim=(1, 2))], dim=1)

class Named:
    labels = ["dark", "red"]
    input_size = (20, 30)
    def __call__(self, images):
        return np.asarray(answer(images), dtype=np.float64)

def plain(): return answer
def named(): return Named()
def network(): return nn.Sequential(nn.Conv2d(3, 4, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
def training(): return network().train()
def whole(): return from_module(network(), "abcd", size=16)
def number(): return 7
def needy(argument): return answer
def broken(): raise KeyError("no such key")
def certain(): return lambda images: torch.tensor([[1.0, 0.0]]).expand(len(images), 2)
def flat(): return lambda images: images.mean(dim=(1, 2, 3))
def words(): return lambda images: "cat"
def failing(): return lambda images: images.reshape(7, 7, 7)
def endless(): return lambda images: answer(images) / 0
def mapped(): return lambda images: {"logits": answer(images)}
def tupled(): return lambda images: (answer(images), None)
def lettered(): return lambda images: {"scores": answer(images)}
def oddly():
    made = Named()
    made.labels = 5
    return made
def sized():
    made = Named()
    made.input_size = 0
    return made
def single(): return lambda images: 4 * images.mean(dim=(1, 2, 3))
def column(): return nn.Sequential(nn.Conv2d(3, 1, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
def five(): return nn.Sequential(nn.Conv2d(5, 4, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
def missing(): return lambda images: {}["logits"]
constant = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"my_model_{next(NUMBERS)}"
    (tmp_path / f"{name}.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield name
    sys.modules.pop(name, None)


def test_a_callable(module: str) -> None:
    classifier = load(f"python:{module}:plain,size=16")
    assert classifier.access is Access.OUTPUTS
    assert (classifier.labels, classifier.resizing) == (("0", "1"), Resizing((16, 16), None))
    assert classifier.logits(torch.full((2, 3, 16, 16), 0.25)).tolist() == [[0.25, 0.25]] * 2


def test_a_callable_with_attributes_that_answers_in_numpy(module: str) -> None:
    classifier = load(f"python:{module}:named")
    assert (classifier.labels, classifier.input_size) == (("dark", "red"), (20, 30))
    assert classifier.logits(torch.ones(1, 3, 20, 30)).dtype == torch.float32


def test_labels_and_normalisation_from_outside(module: str, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("a\nb\n")
    classifier = load(f"python:{module}:plain,labels=labels.txt,size=8,mean=(1,1,1),std=(2,2,2)")
    assert classifier.labels == ("a", "b")
    assert classifier.logits(torch.zeros(1, 3, 8, 8)).tolist() == [[-0.5, -0.5]]


def test_probabilities_become_logits(module: str) -> None:
    classifier = load(f"python:{module}:certain,output=probability,size=8")
    assert classifier.probabilities(torch.zeros(1, 3, 8, 8))[0].tolist() == pytest.approx([1, 0])


@pytest.mark.parametrize("factory", ["mapped", "tupled"])
def test_logits_are_taken_out_of_an_answer(module: str, factory: str) -> None:
    expected = load(f"python:{module}:plain,size=8").logits(torch.ones(2, 3, 8, 8))
    assert torch.equal(load(f"python:{module}:{factory},size=8").logits(torch.ones(2, 3, 8, 8)), expected)


def test_one_logit_for_a_sigmoid_is_two_labels(module: str) -> None:
    classifier = load(f"python:{module}:single,output=sigmoid,size=8")
    images = torch.rand(3, 3, 8, 8)
    assert classifier.labels == ("0", "1")
    torch.testing.assert_close(classifier.probabilities(images)[:, 1], (4 * images.mean(dim=(1, 2, 3))).sigmoid())
    looked_into = load(f"python:{module}:column,output=sigmoid,size=8")
    assert (looked_into.access, looked_into.labels) == (Access.FEATURES, ("0", "1"))


def test_one_probability_is_two_labels() -> None:
    classifier = from_function(lambda images: images.mean(dim=(1, 2, 3))[:, None], size=8, output="probability")
    assert classifier.probabilities(torch.full((1, 3, 8, 8), 0.3))[0].tolist() == pytest.approx([0.7, 0.3])


@pytest.mark.parametrize("size", [0, -1, True, (8, 0), (8,), 2.5, "8"])
def test_a_size_that_is_none(size: Any) -> None:
    with pytest.raises(ModelError, match=r"expected size as one side or \(height, width\), whole numbers above 0; got"):
        sides_of(size)


def test_labels_and_networks_of_another_kind() -> None:
    with pytest.raises(ModelError, match="expected labels as a sequence of names, one a logit; got int"):
        labels_of(5)
    with pytest.raises(ModelError, match=r"expected a torch\.nn\.Module; got int; whylight\.from_function takes any"):
        check_network(5)
    assert labels_of(range(2)) == ("0", "1")


def test_an_output_that_is_not_known() -> None:
    with pytest.raises(ModelError, match="expected output to be one of logits, probability, sigmoid; got 'proba'"):
        check_choice("output", "proba", Output)
    with pytest.raises(ModelError, match="expected size as one side"):
        from_function(lambda images: images.mean(dim=(2, 3)), size=0)


def test_a_torch_module_can_be_looked_into(module: str) -> None:
    classifier = load(f"python:{module}:network,size=16,classes=4,layer=0")
    assert (classifier.access, classifier.layer, len(classifier.labels)) == (Access.FEATURES, "0", 4)


def test_a_whole_classifier_is_taken_as_it_is(module: str) -> None:
    classifier = load(f"python:{module}:whole")
    assert (classifier.labels, classifier.input_size) == (("a", "b", "c", "d"), (16, 16))


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("nothing", r"the module \w+ has no 'nothing'; name a function in it that makes the classifier"),
        ("constant", r"expected \w+:constant to be a function without arguments; got int"),
        ("number", r"expected \w+:number to return a callable, a torch module or a Classifier; got int"),
        ("needy", r"\w+:needy\(\) failed with TypeError: .* missing 1 required positional argument"),
        ("broken", r"\w+:broken\(\) failed with KeyError: 'no such key'"),
        ("training", r"python:\w+:training is in training mode, .*call \.eval\(\)"),
        (
            "flat",
            r"expected numbers of shape \(1, 'labels'\) from the function; got \(1,\); output=sigmoid is for one logit",
        ),
        (
            "words",
            "expected a tensor or a numpy array of logits, a mapping .* or a tuple that begins with a tensor; got str",
        ),
        ("failing", r"python:\w+:failing failed on pictures of shape \(3, 224, 224\)"),
        ("lettered", "expected a tensor .* or a tuple that begins with a tensor; got dict"),
        ("missing", r"python:\w+:missing failed on pictures of shape \(3, 224, 224\) .*: KeyError: 'logits'"),
        ("oddly", r"python:\w+:oddly cannot be loaded: TypeError: 'int' object is not iterable"),
        ("sized", r"expected input_size as one side or \(height, width\), whole numbers above 0; got 0"),
        ("column,size=8,classes=2", r"gives one logit z a picture, .*return \[-z/2, z/2\].*set output=sigmoid"),
        ("five,size=8,classes=4", r"python:\w+:five,.* takes pictures of 5 channels, but picture files have 1 or 3"),
        ("plain,output=sigmoid", r"output=sigmoid is for one logit a picture; got numbers of shape \(1, 2\)"),
        ("endless", "answered NaN or infinity; check its weights"),
        ("plain,classes=3", "gives 2 logits but has 3 labels; give it one label a logit"),
    ],
)
def test_what_goes_wrong_is_said(module: str, factory: str, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        load(f"python:{module}:{factory}")
    assert "\n" not in str(caught.value)


def test_a_module_that_is_not_there_or_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(ModelError, match=r"there is no module 'nowhere_to_be'; run from the folder that holds it"):
        load("python:nowhere_to_be:factory")
    (tmp_path / "breaks_at_once.py").write_text("1 / 0")
    with pytest.raises(ModelError, match="importing breaks_at_once failed with ZeroDivisionError: division by zero"):
        load("python:breaks_at_once:factory")


@pytest.mark.parametrize("text", ["python:", "python:module", "python::factory", "python:module:"])
def test_the_spelling(text: str) -> None:
    with pytest.raises(SpecError, match=r"expected python:package\.module:factory, with two colons; got"):
        load(text)


def test_from_python() -> None:
    def mean_colour(images: Tensor) -> object:
        return np.asarray(images.mean(dim=(2, 3)))

    classifier = from_function(mean_colour, ("red", "green", "blue"), size=12, name="colours")
    assert (classifier.name, classifier.labels) == ("colours", ("red", "green", "blue"))
    assert classifier.logits(torch.ones(1, 3, 12, 12)).tolist() == [[1, 1, 1]]
