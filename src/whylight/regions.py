"""Where the evidence lies, region by region, and which label each region speaks for.

The strongest hindering pixels (and the strongest supporting ones) fall into connected regions; those of a mask are where
it takes most away. Each region alone is blurred (a hindering region of a mask gets what the mask put there); what the
classifier then says tells what the region did:

    a hindering region   the target gains without it; the label that loses most is the one that profits from the region
    a supporting region  the target loses without it; the label that gains most is the rival that it keeps down
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.measure import label as connected
from torch import Tensor

from whylight import masking, perturb
from whylight.explanation import Explanation
from whylight.types import Maps
from whylight.verdict import SHARE, strongest

MARKED = (0.6, 0.5)
"""A mask's regions are where it takes more than this away: the second where the first leaves none."""
SMALLEST = 0.002
"""A region smaller than this share of the picture is left out."""


Sign = Literal["hinders", "supports"]
HINDERS: Sign = "hinders"
SUPPORTS: Sign = "supports"


@dataclass(frozen=True)
class Region:
    """``box``: (left, top, right, bottom) in the classifier's pixels. ``place``: (column, row) of its pixel that is nearest
    to its middle. ``share``: of the classifier's pixels. ``before`` and ``after``: the target's probability as it is, and
    with this region blurred. ``label``: the index of the label that
    profits from the region (or that it keeps down), with its own probabilities."""

    sign: Sign
    box: tuple[int, int, int, int]
    place: tuple[int, int]
    share: float
    before: float
    after: float
    label: int
    label_before: float
    label_after: float


def regions(explanation: Explanation, *, most: int = 5) -> list[list[Region]]:
    """For each picture, up to ``most`` hindering and ``most`` supporting regions, the strongest evidence first. It costs
    one forward pass a region."""
    maps = torch.nan_to_num(explanation.maps, nan=0.0, posinf=0.0, neginf=0.0)
    parts = [
        (picture, sign, mask)
        for sign, evidence in ((HINDERS, -maps), (SUPPORTS, maps))
        for picture, masks in enumerate(_parts(evidence, most, of_mask=explanation.evidence.perturbed is not None))
        for mask in masks
    ]
    found: list[list[Region]] = [[] for _ in range(len(explanation))]
    if parts:
        before, after = _effects(explanation, parts)
        for row, (picture, sign, mask) in enumerate(parts):
            target = int(explanation.targets[picture])
            found[picture].append(_region(sign, mask, before[picture], after[row], target))
    return found


def _parts(evidence: Maps, most: int, *, of_mask: bool) -> list[list[Tensor]]:
    """Each picture's connected regions of strong evidence, as boolean masks, by the evidence in them."""
    if of_mask:
        each_level = [[_connected(each, each > level, most) for each in evidence.cpu()] for level in MARKED]
        return [clear or faint for clear, faint in zip(*each_level, strict=True)]
    marked = strongest(evidence, SHARE)[:, 0].bool().cpu()
    return [_connected(each, mark, most) for each, mark in zip(evidence.cpu(), marked, strict=True)]


def _connected(evidence: Tensor, marked: Tensor, most: int) -> list[Tensor]:
    numbers: NDArray[np.int64] = connected(marked.numpy(), connectivity=2)
    parts = [torch.from_numpy(numbers == number) for number in range(1, int(numbers.max()) + 1)]
    large = [part for part in parts if part.sum() >= max(1, SMALLEST * part.numel())]
    return sorted(large, key=lambda part: -float(evidence[part].sum()))[:most]


def _effects(explanation: Explanation, parts: list[tuple[int, Sign, Tensor]]) -> tuple[Tensor, Tensor]:
    """Probabilities (picture, label) as they are, and (region, label) with each region blurred."""
    classifier, images, perturbed = explanation.classifier, explanation.images, explanation.evidence.perturbed
    blur = masking.fill(images, "blur")
    fills = {SUPPORTS: blur, HINDERS: blur if perturbed is None else perturbed}
    owners = [picture for picture, _, _ in parts]
    filled = torch.stack([fills[sign][picture] for picture, sign, _ in parts])
    keep = 1 - torch.stack([mask for _, _, mask in parts])[:, None].to(images)
    chunks = perturb.stream(classifier.predict, images[owners], filled, lambda row, _: keep[row], range(1))
    after = torch.cat([chunk.logits.softmax(dim=1) for chunk in chunks])
    return classifier.probabilities(images).cpu(), after.cpu()


def _region(sign: Sign, mask: Tensor, before: Tensor, after: Tensor, target: int) -> Region:
    change = after - before if sign == SUPPORTS else before - after
    change[target] = -torch.inf
    label = int(change.argmax())
    pixels = mask.nonzero()
    (top, left), (bottom, right) = pixels.amin(dim=0).tolist(), (pixels.amax(dim=0) + 1).tolist()
    middle = (pixels - pixels.float().mean(dim=0)).square().sum(dim=1).argmin()
    row, column = pixels[middle].tolist()
    share = float(mask.float().mean())
    numbers = (float(before[target]), float(after[target]), label, float(before[label]), float(after[label]))
    return Region(sign, (left, top, right, bottom), (column, row), share, *numbers)
