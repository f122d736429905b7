"""A verdict on maps: can the picture be believed?

It costs a handful of forward passes. The strongest supporting tenth of the pixels is blurred, then the strongest hindering
tenth, and the target's probability is read each time. As a control, regions of the very same shape are blurred elsewhere:
if the marked pixels matter no more than those, the map says nothing about this classifier. A mask that a method searched
for is applied as it is, with the fill that it was found with.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.method import Evidence
from whylight.tensors import flat, target_output
from whylight.types import Flags, Images, Maps, Masks, Scores, Targets

SHARE = 0.1
"""The largest share of the pixels that is blurred."""
ELSEWHERE = 4
"""How many shifted copies of the supporting region are blurred as a control."""

FLAGS = {
    "non_finite": "the map holds NaN or infinity",
    "all_zero": "the map is zero everywhere: it says nothing",
    "saturated": "the probability is at its limit and no deletion moves it: effects cannot be measured here",
    "layer_not_reached": "the layer was not reached, or the target does not depend on it",
    "low_fit": "the surrogate explains less than 30 % of what the classifier does (R² below 0.3)",
    "incomplete": "the map's sum misses the change of the output by more than 5 %",
    "unstable": "two seeds agree with a correlation below 0.5: take more samples",
    "fill_dependent": "a second fill keeps less than half of the gain: the mask may fit its own blur only",
    "no_better_than_elsewhere": "blurring the marked pixels does no more than blurring the same shape elsewhere",
    "low_confidence": "the answer for the prepared picture is not to be relied on: the reasons stand beside its steps",
}
"""Every flag and what it means."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """The target's probability as it is, without the supporting pixels, without the hindering pixels, and without regions
    of the supporting shape elsewhere (mean of four; of the hindering shape where nothing supports), each in [0, 1]; and
    the flags of each picture."""

    probability: Scores
    without_supporting: Scores
    without_hindering: Scores
    without_elsewhere: Scores
    flags: tuple[tuple[str, ...], ...]

    def __getitem__(self, chosen: slice) -> "Verdict":
        return Verdict(
            self.probability[chosen],
            self.without_supporting[chosen],
            self.without_hindering[chosen],
            self.without_elsewhere[chosen],
            self.flags[chosen],
        )


def judge(classifier: Classifier, images: Images, targets: Targets, evidence: Evidence) -> Verdict:
    """The verdict on the maps of some pictures: 3 + 4 forward passes a picture."""
    maps = torch.nan_to_num(evidence.maps, nan=0.0, posinf=0.0, neginf=0.0)
    supporting, hindering = (_taken(sign * maps, of_mask=evidence.fill is not None) for sign in (1, -1))
    has_support = flat(supporting).any(dim=1)
    region = torch.where(has_support[:, None, None, None], supporting, hindering)
    removals = [torch.zeros_like(supporting), supporting, hindering, *shifted(region, ELSEWHERE)]
    kept = 1 - torch.stack(removals).to(images)
    scores = torch.empty(len(removals), len(images), device=images.device)
    fills = masking.fill(images, "blur") if evidence.fill is None else evidence.fill
    for chunk in perturb.stream(
        classifier.predict, images, fills, lambda picture, sample: kept[sample, picture], range(len(removals))
    ):
        scores[chunk.samples, chunk.pictures] = target_output(chunk.logits, targets[chunk.pictures])
    probability, without_supporting, without_hindering = scores[0], scores[1], scores[2]
    without_elsewhere = scores[3:].mean(dim=0)
    raised = _flags(evidence, probability, scores)
    no_better = torch.where(
        has_support, without_supporting >= without_elsewhere, without_hindering <= without_elsewhere
    )
    raised["no_better_than_elsewhere"] = no_better & ~raised["saturated"] & ~raised["all_zero"]
    flags = tuple(tuple(name for name in FLAGS if name in raised and bool(raised[name][i])) for i in range(len(images)))
    return Verdict(probability, without_supporting, without_hindering, without_elsewhere, flags)


def _taken(maps: Maps, *, of_mask: bool) -> Masks:
    """The share of each pixel that is taken away: all of the strongest tenth, or what a mask says."""
    return maps.clamp(0, 1)[:, None] if of_mask else strongest(maps, SHARE)


def strongest(maps: Maps, share: float) -> Masks:
    """1 on the ``share`` of each picture's pixels with the largest positive values (fewer if fewer are positive)."""
    values = flat(maps)
    count = max(1, round(share * values.shape[1]))
    order = values.argsort(dim=1, descending=True, stable=True)[:, :count]
    marked = torch.zeros_like(values, dtype=torch.bool).scatter_(1, order, value=True) & (values > 0)
    return marked.to(maps.dtype).reshape(maps.shape)[:, None]


def shifted(region: Masks, copies: int) -> list[Masks]:
    """The same shape elsewhere: the region moved around each picture, wrapping at the borders.

    Of sixteen steps that cover the picture evenly and share no period with it, those are taken that overlap least with
    the region itself: a map of stripes or a grid, moved by a half or a quarter of the side, would be compared with itself.
    """
    height, width = region.shape[-2:]
    # the plane's golden ratio: Roberts' R2 sequence
    steps = torch.tensor([[0.7548776662, 0.5698402910]], dtype=torch.float64) * torch.arange(1, 17)[:, None]
    moves = ((steps % 1) * torch.tensor([height, width])).round().long()
    overlaps = [flat(region.roll((int(down), int(right)), dims=(-2, -1)) * region).sum(dim=1) for down, right in moves]
    least = torch.stack(overlaps).argsort(dim=0, stable=True)[:copies]
    return [_moved(region, moves.to(region.device)[chosen]) for chosen in least]


def _moved(region: Masks, by: Int[Tensor, "batch 2"]) -> Masks:
    """Each picture's region moved by its own (down, right)."""
    height, width = region.shape[-2:]
    rows = (torch.arange(height, device=region.device) - by[:, :1]) % height
    columns = (torch.arange(width, device=region.device) - by[:, 1:]) % width
    pictures = torch.arange(len(region), device=region.device)[:, None, None]
    return region[pictures, 0, rows[:, :, None], columns[:, None, :]][:, None]


def _flags(evidence: Evidence, probability: Scores, scores: Tensor) -> dict[str, Flags]:
    maps, details = evidence.maps, evidence.details
    no = torch.zeros_like(probability, dtype=torch.bool)
    empty = (flat(maps) == 0).all(dim=1)
    at_limit = (probability > 1 - 1e-4) | (probability < 1e-4)
    return {
        "non_finite": ~flat(torch.isfinite(maps)).all(dim=1),
        "all_zero": empty,
        "saturated": at_limit & ((scores - probability).abs() < 1e-3).all(dim=0),
        "low_fit": (details["r2"] < 0.3) & ~empty if "r2" in details else no,
        "incomplete": details["completeness"] > 0.05 if "completeness" in details else no,
        "fill_dependent": details["second_fill_share"] < 0.5 if "second_fill_share" in details else no,
        "unstable": (details["seed_agreement"] < 0.5) & ~empty if "seed_agreement" in details else no,
    }
