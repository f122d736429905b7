"""``python:package.module:factory`` is anything that Python can call: only its outputs are looked at.

The factory takes no arguments and returns a callable from pictures (batch, 3, height, width) in [0, 1] to logits, as a
tensor or a numpy array; attributes ``labels`` and ``input_size`` of the callable are used. It may return a torch module
or a whole ``Classifier`` instead, whose inside can then be looked into.
"""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from whylight.classifier import Classifier
from whylight.classifiers import _zoo
from whylight.classifiers._answers import numbers_in, to_logits
from whylight.classifiers._arguments import check_choice, labels_of, sides_of
from whylight.classifiers._labels import numbered
from whylight.classifiers._normalised import Normalised, Preparation, input_channels
from whylight.classifiers._settings import BLACK_BOX, Output, Settings, read_settings
from whylight.classifiers.module import wrap
from whylight.errors import ModelError, SpecError, WhylightError
from whylight.frame import Resizing
from whylight.spec import Spec
from whylight.types import Images, Logits

PREFIX = "python"
SETTINGS = (*BLACK_BOX, "layer")


def from_function(
    function: Callable[[Images], Any],
    labels: Sequence[str] | None = None,
    *,
    name: str = "function",
    size: int | tuple[int, int] = 224,
    shorter: int | None = None,
    output: Output = "logits",
) -> Classifier:
    """A black box: ``function`` takes pictures (batch, 3, height, width) in [0, 1] and gives (batch, label) numbers.

    ``labels``: one name a number; None counts them by asking once. ``output``: whether the numbers are ``logits``,
    ``probability`` in [0, 1] of which the logarithm is taken, or for ``sigmoid`` one logit a picture, of two labels.

    Raises ModelError when the function fails or answers in another form.
    """
    check_choice("output", output, Output)
    preparation = Preparation(Resizing(sides_of(size), shorter), (), ())
    names = () if labels is None else labels_of(labels)
    return black_box(function, names, preparation, name=name, output=output)


def black_box(
    function: Callable[[Images], Any], labels: tuple[str, ...], preparation: Preparation, *, name: str, output: Output
) -> Classifier:
    """A classifier of which only the outputs are seen, asked once to see that they fit the labels."""
    predict = Normalised(_Called(function, output).eval(), preparation).eval()
    resizing = preparation.resizing
    picture = torch.full((1, resizing.channels, *resizing.size), 0.5)
    if not labels:
        unnamed = Classifier(name, (), predict, resizing=resizing)
        with unnamed.explained_failures(picture), torch.inference_mode():
            labels = numbered(predict(picture).shape[1])
    classifier = Classifier(name, labels, predict, resizing=resizing)
    classifier.logits(picture)
    return classifier


class _Called(nn.Module):
    """A callable whose answer is made a float tensor of logits."""

    def __init__(self, function: Callable[[Images], Any], output: Output) -> None:
        super().__init__()
        self.function, self.output = function, output

    def forward(self, images: Images) -> Logits:
        answer = to_logits(numbers_in(self.function(images)).float().to(images.device), self.output)
        if answer.ndim != 2 or len(answer) != len(images):
            shape = (len(images), "labels")
            way_out = "; output=sigmoid is for one logit a picture" if answer.shape == images.shape[:1] else ""
            message = f"expected numbers of shape {shape} from the function; got {tuple(answer.shape)}{way_out}"
            raise ModelError(message)
        return answer


def load(given: Spec, *, device: torch.device) -> Classifier:
    """The classifier; raises SpecError without a factory's name, ModelError when it is not there or fails."""
    settings = read_settings(given, SETTINGS)
    made = _make(given)
    name = f"{PREFIX}:{given.value}"
    if isinstance(made, Classifier):
        return made
    labels = _zoo.labels_of(settings, tuple(str(label) for label in getattr(made, "labels", ())))
    if isinstance(made, nn.Module):
        made = made.to(device)
        labels = labels or numbered(2 if settings.output == "sigmoid" else getattr(made, "num_classes", 0))
        preparation = _preparation(made, settings, input_channels(made))
        return wrap(made, labels, preparation, name=name, layer=settings.layer, output=settings.output)
    if not callable(made):
        raise ModelError(
            f"expected {given.value} to return a callable, a torch module or a Classifier; got {type(made).__name__}"
        )
    return black_box(made, labels, _preparation(made, settings, 3), name=name, output=settings.output)


def _preparation(made: Any, settings: Settings, channels: int) -> Preparation:
    size = getattr(made, "input_size", (224, 224))
    return Preparation(Resizing(sides_of(size, "input_size"), None, channels=channels), (), ()).changed(settings)


def _make(given: Spec) -> Any:
    module_name, colon, attribute = (given.value or "").partition(":")
    if not module_name or not colon or not attribute:
        raise SpecError(f"expected {PREFIX}:package.module:factory, with two colons; got {PREFIX}:{given.value or ''}")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # as `python -m` would, so that a file beside the user is found
    module = _imported(module_name)
    if not hasattr(module, attribute):
        message = f"the module {module_name} has no {attribute!r}; name a function in it that makes the classifier"
        raise ModelError(message)
    return _called(given, getattr(module, attribute))


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        message = f"there is no module {error.name!r}; run from the folder that holds it, or install it"
        raise ModelError(message) from error
    except Exception as error:  # anything may go wrong in a user's own code
        raise ModelError(f"importing {name} failed with {_reason(error)}") from error


def _called(given: Spec, factory: Any) -> Any:
    if not callable(factory):
        raise ModelError(f"expected {given.value} to be a function without arguments; got {type(factory).__name__}")
    try:
        return factory()
    except WhylightError:
        raise
    except Exception as error:  # likewise
        raise ModelError(f"{given.value}() failed with {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
