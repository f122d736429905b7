"""``planted`` is a small network with weights set by hand, for the made pictures of the data set ``planted``.

What speaks for each label and against it is known by construction, so that any method can be checked in seconds.
``planted:classes=6,size=48`` fits the data set of the same settings; without settings it has 4 classes, at 64 × 64.
"""

import torch

from whylight.classifier import Classifier
from whylight.classifiers._normalised import Preparation
from whylight.classifiers._settings import read_settings
from whylight.classifiers.module import still, wrap
from whylight.errors import SpecError
from whylight.frame import Resizing
from whylight.nets.planted import PlantedNet, mark_names
from whylight.spec import Spec

PREFIX = "planted"


def load(given: Spec, *, device: torch.device) -> Classifier:
    """The classifier; raises SpecError for a name, of which it has none, and for settings that there are no marks for."""
    if given.value:
        raise SpecError(f"{PREFIX} takes settings only, as in {PREFIX}:classes=6; got {PREFIX}:{given.value}")
    settings = read_settings(given, ("classes", "size", "layer"))
    classes, (rows, columns) = settings.classes or 4, settings.size or (64, 64)
    if rows != columns:
        raise SpecError(f"{PREFIX} takes one side for its square pictures, as in size=64; got {rows}x{columns}")
    try:
        network = PlantedNet(classes, rows)
    except ValueError as error:
        raise SpecError(f"{PREFIX}: {error}") from error
    preparation = Preparation(Resizing((rows, columns), None), (), ())
    return wrap(still(network, device), mark_names(classes), preparation, name=PREFIX, layer=settings.layer)
