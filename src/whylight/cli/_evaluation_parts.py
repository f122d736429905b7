"""The parts that ``whylight evaluate`` takes: those that were named, or sensible ones for the model and the data."""

from collections.abc import Sequence
from typing import Any

from whylight import registry
from whylight.classifier import Access, Classifier
from whylight.cli._explaining import seeded
from whylight.dataset import Dataset

METHODS = ("grad_cam", "integrated_gradients", "smooth_grad", "occlusion", "lime")
"""One of each family, the quickest of each."""
METHODS_OF_BLACK_BOX = ("occlusion", "rise", "lime", "kernel_shap")
METRICS = ("deletion", "insertion", "road", "hindering_faithfulness", "gini")
"""Those that ask a method again and again for other maps, such as max_sensitivity, cost ten times more: they have to be
named."""
METRICS_OF_TRUTH = ("relevance_mass", "relevance_rank", "pointing_game")
"""With data that say where the evidence is."""
METRICS_OF_NOTHING_NAMED = ("deletion", "insertion", "gini", "relevance_mass", "pointing_game")
LIMIT, LIMIT_OF_NOTHING_NAMED = 50, 16
"""With nothing named, a first look that takes seconds."""
CONTROLS = ("random_map", "centred_gaussian", "edge_map")


def read_parts(kind: str, texts: Sequence[str], seed: int | None) -> tuple[dict[str, Any], ...]:
    """Each part as plain data with all its settings, equal ones once; raises SpecError for one that cannot be read."""
    found: list[dict[str, Any]] = []
    for text in texts:
        plain = registry.describe(seeded(registry.read(kind, text), seed))
        if plain not in found:
            found.append(plain)
    return tuple(found)


def default_methods(classifier: Classifier) -> tuple[str, ...]:
    """The methods that are evaluated when none is named."""
    return METHODS if classifier.access >= Access.FEATURES else METHODS_OF_BLACK_BOX


def default_metrics(dataset: Dataset, *, nothing_named: bool) -> tuple[str, ...]:
    """The metrics that are used when none is named; ``nothing_named``: neither are the data."""
    if nothing_named:
        return METRICS_OF_NOTHING_NAMED
    return METRICS + (METRICS_OF_TRUTH if dataset.has_truth else ())


def default_limit(*, nothing_named: bool) -> int:
    """How many pictures are evaluated when no number is given."""
    return LIMIT_OF_NOTHING_NAMED if nothing_named else LIMIT


def default_model(dataset: Dataset) -> str | None:
    """The classifier that is evaluated when none is named: the one that planted pictures are made for, else the included
    one (None)."""
    if registry.name_of(dataset) != "planted":
        return None
    made: Any = dataset
    return f"planted:classes={made.classes},size={made.size}"
