"""``bundled`` is the classifier that whylight ships: a compact network for the ten labels of CIFAR-10, at 64 × 64.

It is what ``whylight explain`` uses when no model is named, and needs no network and no other package.
"""

from importlib.resources import as_file, files

import torch

from whylight.classifier import Classifier
from whylight.classifiers._settings import read_settings
from whylight.classifiers.checkpoint import Recipe, load_file, recipe_of
from whylight.errors import SpecError
from whylight.spec import Spec

PREFIX = "bundled"
WEIGHTS = "compact_cifar10.safetensors"


def load(given: Spec, *, device: torch.device) -> Classifier:
    """The classifier; raises SpecError for a name or settings, of which it has none."""
    if given.value:
        raise SpecError(
            f"{PREFIX} is one classifier and takes no name; got {PREFIX}:{given.value}; write {PREFIX} alone"
        )
    read_settings(given, ())
    with as_file(files("whylight") / "classifiers" / "weights" / WEIGHTS) as path:
        return load_file(path, device=device, name=PREFIX)


def recipe() -> Recipe:
    """What its checkpoint says of itself."""
    with as_file(files("whylight") / "classifiers" / "weights" / WEIGHTS) as path:
        return recipe_of(path)
