"""Data sets: each file is one set's published format, and answers to its name (``coco``, ``cifar10:split=train``).

Importing this package imports no torch: ``open_dataset`` and the others are fetched when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whylight.datasets._labels import labels_of as labels_of
    from whylight.datasets._labels import match_labels as match_labels
    from whylight.datasets._open import open_dataset as open_dataset
    from whylight.datasets._truth import truth_of as truth_of

HOMES = {"labels_of": "_labels", "match_labels": "_labels", "open_dataset": "_open", "truth_of": "_truth"}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
