"""Adapters: each file makes a ``Classifier`` from one kind of model, and answers to one prefix (``timm:resnet50``).

Importing this package imports no torch: ``load`` and the others are fetched when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whylight.classifiers._load import load as load
    from whylight.classifiers._prefixes import prefixes as prefixes
    from whylight.classifiers._prefixes import summaries as summaries
    from whylight.classifiers.function import from_function as from_function
    from whylight.classifiers.module import from_module as from_module

HOMES = {
    "load": "_load",
    "prefixes": "_prefixes",
    "summaries": "_prefixes",
    "from_function": "function",
    "from_module": "module",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
