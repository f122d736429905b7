"""Importing torchvision where its compiled operators do not match torch (a CPU torch with torchvision from PyPI).

There ``import torchvision`` raises ``operator torchvision::nms does not exist``, because its Python files describe an
operator that its library failed to register. Classifiers and transforms need no such operator: giving the two names a
schema lets the rest load. Where the real operators load nothing is done.
"""

import sys
from importlib import import_module
from types import ModuleType

import torch

from whylight.errors import MissingExtraError

BROKEN = "operator torchvision::nms does not exist"
SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_kept: list[torch.library.Library] = []
"""Schemas vanish with the object that defined them."""


def import_torchvision(wanted_for: str, extra: str = "torchvision") -> ModuleType:
    """The torchvision package; raises MissingExtraError when it is not installed."""
    try:
        return import_module("torchvision")
    except ModuleNotFoundError as error:
        raise MissingExtraError("torchvision", extra, wanted_for) from error
    except RuntimeError as error:
        if BROKEN not in str(error):
            raise
        _define_operators()
        return import_module("torchvision")


def _define_operators() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    # FRAGMENT, since a second owner of the namespace would be refused
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in SCHEMAS:
        library.define(schema)
    _kept.append(library)
