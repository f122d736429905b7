"""What the parameter randomisation tests share: the maps of a network that loses its training layer by layer."""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from whylight.errors import MetricError
from whylight.explanation import Explanation
from whylight.metric import Measured
from whylight.metrics._similarity import Similarity, likeness, says_nothing, view
from whylight.metrics.randomisation._network import Layer, kept, layers_of, randomise
from whylight.types import Maps

Order = Literal["top_down", "bottom_up", "independent"]


def stages_of(layers: list[Layer], order: Order, most: int) -> list[list[Layer]]:
    """The layers in at most ``most`` nearly equal groups; from the logits to the picture for ``top_down``."""
    ordered = layers[::-1] if order == "top_down" else layers
    count = min(most, len(ordered))
    edges = [len(ordered) * edge // count for edge in range(count + 1)] if count else []
    return [ordered[start:stop] for start, stop in pairwise(edges)]


def randomised_maps(
    explanation: Explanation, explain: Callable[[], Maps], order: Order, most: int, seed: int
) -> list[Maps]:
    """The maps that ``explain`` makes after each stage; ``independent`` brings the layers of the stage before back.

    The network is as it was when this returns or fails. Raises MetricError for a network without weights.
    """
    network = explanation.classifier.module
    assert network is not None, "Metric.check has refused this"
    stages = stages_of(layers_of(network), order, most)
    if not stages:
        raise MetricError(f"{explanation.classifier.name} has no weights that could be drawn anew")
    made = []
    with kept(network) as restore:
        for stage in stages:
            if order == "independent":
                restore()
            randomise(stage, seed)
            made.append(explain())
    return made


def compared(original: Maps, after: list[Maps], order: Order, kind: Similarity, *, absolute: bool) -> Measured:
    """The mean similarity over the stages, and the similarities as a curve, which begins with 1 for a cascade."""
    first = view(original, kind, absolute=absolute)
    alike = [likeness(first, view(maps, kind, absolute=absolute), kind) for maps in after]
    curve: Float[Tensor, "batch step"] = torch.stack(alike, dim=1)
    scores = curve.mean(dim=1)
    if order != "independent":
        whole = torch.ones_like(scores).masked_fill(says_nothing(first), torch.nan)
        curve = torch.cat([whole[:, None], curve], dim=1)
    return Measured(scores, {"similarity": curve})


def check_settings(name: str, stages: int, samples: int = 1, noise: float = 0.0) -> None:
    """Raises MetricError for settings out of range."""
    if stages < 1 or samples < 1 or noise < 0:
        given = f"stages={stages}" + (f", samples={samples}, noise={noise}" if name.startswith("smooth") else "")
        raise MetricError(f"{name} expects stages and samples of at least 1 and noise of at least 0; got {given}")
