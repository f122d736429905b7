"""What the localisation metrics share: the regions of a truth, as they can be used, and what chance would give."""

import torch
from jaxtyping import Bool
from torch import Tensor

from whylight.errors import MetricError
from whylight.metric import Truth
from whylight.tensors import flat
from whylight.types import Maps, Scores

Region = Bool[Tensor, "batch height width"]

REFERENCE_SIDE = 224
"""The side of the pictures for which the published settings hold, in pixels."""


def supporting(maps: Maps, truth: Truth | None) -> Region:
    """Where the evidence for the target is known to be, on the maps' device; raises MetricError for a truth of another
    size."""
    assert truth is not None, "Metric.check has refused this"
    return _fitting(maps, truth.supporting)


def hindering(maps: Maps, truth: Truth | None) -> Region:
    """Where the evidence against the target is known to be; nowhere if the truth says nothing of it."""
    known = supporting(maps, truth)
    if truth is None or truth.hindering is None:
        return torch.zeros_like(known)
    return _fitting(maps, truth.hindering)


def _fitting(maps: Maps, region: Bool[Tensor, "pictures rows columns"]) -> Region:
    if region.shape != maps.shape:
        raise MetricError(
            f"expected a truth of the maps' shape {tuple(maps.shape)}; got {tuple(region.shape)}; "
            "resize the masks to the classifier's input size"
        )
    return region.to(maps.device)


def area_share(region: Region) -> Scores:
    """The share of the pixels that the region holds: what an even map would score."""
    return flat(region).float().mean(dim=1)


def where_known(scores: Scores, region: Region) -> Scores:
    """NaN in the place of the scores of pictures of which nothing is known."""
    return torch.where(flat(region).any(dim=1), scores, torch.nan).float()
