"""Networks by name, with untrained weights: whylight's own, torchvision's and timm's.

Each file of ``whylight/nets`` with a function ``build(classes, channels, size)`` is a network, and its name is the file's.
Further arguments of ``build`` are whole numbers with defaults and stand behind the name: ``deeper_cnn:pools=4``.
"""

import ast
import inspect
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from torch import nn

from whylight import spec
from whylight.classifier import Classifier
from whylight.classifiers._normalised import Normalised
from whylight.errors import ModelError

FOLDER = Path(str(files("whylight") / "nets"))
SIGNATURE = ["classes", "channels", "size"]
ZOOS = ("torchvision", "timm")
COLOURS = 3


@cache
def summaries() -> dict[str, str]:
    """Each of whylight's own networks and the first sentence of its file, read without importing it."""
    found = {}
    for path in sorted(FOLDER.glob("[!_]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(each, ast.FunctionDef) and _builds(each) for each in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
    return found


def _builds(function: ast.FunctionDef) -> bool:
    return function.name == "build" and [each.arg for each in function.args.args][:3] == SIGNATURE


def names() -> tuple[str, ...]:
    """Whylight's own networks, sorted."""
    return tuple(summaries())


def is_of_a_zoo(text: str) -> bool:
    """Whether ``text`` names a network of torchvision or timm."""
    return text.partition(":")[0] in ZOOS


def build(text: str, classes: int, channels: int, size: tuple[int, int]) -> nn.Module:
    """The network that ``text`` describes (``resnet20``, ``torchvision:resnet18``, ``timm:NAME``) for pictures of
    ``channels`` and ``size`` (height, width); its weights are drawn from torch's global random state.

    Raises ModelError for an unknown name or setting, or pictures that it cannot take.
    """
    if is_of_a_zoo(text):
        return _of_a_zoo(text, classes, channels, size)
    described = spec.parse(text)
    if described.name not in names():
        raise ModelError(
            f"there is no network {text!r}; there are {', '.join(names())}, torchvision:NAME and timm:NAME"
        )
    make = import_module(f"whylight.nets.{described.name}").build
    try:
        return cast(nn.Module, make(classes, channels, size, **_settings(make, described)))
    except ValueError as error:
        raise ModelError(f"{text}: {error}") from error


def _of_a_zoo(text: str, classes: int, channels: int, size: tuple[int, int]) -> nn.Module:
    if channels != COLOURS:
        raise ModelError(f"{text} takes pictures of {COLOURS} channels; got {channels}")
    zoo, _, name = text.partition(":")
    if zoo == "torchvision":
        from whylight.classifiers import torchvision

        return torchvision.build(name, classes, size)
    from whylight.classifiers import timm

    return timm.create(name, classes=classes, size=size)


def _settings(make: Callable[..., Any], described: spec.Spec) -> dict[str, int]:
    known = list(inspect.signature(make).parameters)[len(SIGNATURE) :]
    if described.value is not None:
        raise ModelError(f"{described.name} takes settings as key=value; got {described.value!r}")
    for key, text in described.settings.items():
        if key not in known:
            raise ModelError(
                f"the network {described.name} has no setting {key!r}; it has {', '.join(known) or 'none'}"
            )
        if not text.isdecimal() or int(text) == 0:
            raise ModelError(f"{described.name}:{key} must be a whole number above 0; got {text!r}")
    return {key: int(text) for key, text in described.settings.items()}


def layer_of(network: nn.Module) -> str | None:
    """The layer whose output the network's head averages; None where the network does not say."""
    named = getattr(network, "layer", None)
    return named if isinstance(named, str) else None


def normalisation_of(classifier: Classifier) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """The mean and the deviation of each channel that a classifier takes away before its network; None where it says
    nothing of them."""
    predict = classifier.predict
    if not isinstance(predict, Normalised):
        return None
    mean, deviation = (each.flatten().tolist() for each in (predict.mean, predict.std))
    count = classifier.resizing.channels
    return tuple(mean * (count // len(mean))), tuple(deviation * (count // len(deviation)))
