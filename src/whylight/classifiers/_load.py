"""One verb for every kind of model: its description in, a classifier out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module

import torch

from whylight.classifier import Classifier
from whylight.classifiers._prefixes import prefixes
from whylight.errors import ModelError, SpecError, WhylightError
from whylight.perturb import is_out_of_memory
from whylight.spec import parse

BUNDLED = "bundled"


def load(text: str | None = None, *, device: str = "cpu") -> Classifier:
    """The classifier that ``text`` describes (``timm:resnet50,weights=FILE.safetensors``); None is the bundled one.

    Its weights do not move any more: evaluation mode, no gradients of their own, channels-last. ``device``: where torch
    runs it, such as ``cpu`` or ``cuda:0``.

    Raises SpecError for a description that cannot be read, ModelError for a model that cannot be loaded, LayerError for
    a ``layer=`` that it does not have, MissingExtraError when its zoo is not installed.
    """
    text = text or BUNDLED
    given = parse(text.replace(",", ":", 1) if text.startswith(f"{BUNDLED},") else text)
    if given.name not in prefixes():
        known = ", ".join(f"{prefix}:" for prefix in prefixes() if prefix != BUNDLED)
        raise SpecError(
            f"expected a model as prefix:name, where the prefix is one of {known} (or {BUNDLED}, the classifier that "
            f"whylight ships); got {text!r}"
        )
    adapter = import_module(prefixes()[given.name])
    chosen = check_device(device)
    with torch.random.fork_rng(devices=[]), _explained(text):  # networks draw weights before they are given theirs
        classifier: Classifier = adapter.load(given, device=chosen)
    if classifier.resizing.channels not in (1, 3):
        raise ModelError(
            f"{text} takes pictures of {classifier.resizing.channels} channels, but picture files have 1 or 3; in Python "
            "whylight.explain takes tensors of any number of channels"
        )
    return replace(classifier, name=text)


@contextmanager
def _explained(text: str) -> Iterator[None]:
    """Whatever a zoo or a user's own code raises while a model is loaded, as a ModelError."""
    try:
        yield
    except WhylightError:
        raise
    except Exception as error:  # their exceptions have no common base but this one
        if is_out_of_memory(error):
            raise
        first = next(iter(str(error).strip().splitlines()), "no reason given")
        raise ModelError(f"{text} cannot be loaded: {type(error).__name__}: {first}") from error


def check_device(name: str) -> torch.device:
    """The device; raises ModelError when there is none of this name, or this machine's torch cannot use it."""
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"the device {name!r} cannot be used here ({reason}); `cpu` always can") from error
    return device
