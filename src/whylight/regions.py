"""Where the evidence lies, region by region, and which label each region speaks for.

The strongest hindering pixels (and the strongest supporting ones) fall into connected regions. Each region alone is
blurred; what the classifier then says tells what the region did:

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

SMALLEST = 0.002
"""A region smaller than this share of the picture is left out."""


@dataclass(frozen=True)
class Region:
    """``box``: (left, top, right, bottom) in the classifier's pixels. ``share``: of the picture's pixels. ``before`` and
    ``after``: the target's probability as it is, and with this region blurred. ``label``: the index of the label that
    profits from the region (or that it keeps down), with its own probabilities."""

    sign: Literal["hinders", "supports"]
    box: tuple[int, int, int, int]
    share: float
    before: float
    after: float
    label: int
    label_before: float
    label_after: float


def regions(explanation: Explanation, *, most: int = 5) -> list[list[Region]]:
    """For each picture, up to ``most`` hindering and ``most`` supporting regions, the strongest evidence first."""
    maps = torch.nan_to_num(explanation.maps, nan=0.0, posinf=0.0, neginf=0.0)
    signs: list[Literal["hinders", "supports"]] = []
    owners: list[int] = []
    masks: list[Tensor] = []
    for sign, evidence in (("hinders", -maps), ("supports", maps)):
        for picture, parts in enumerate(_parts(evidence, most)):
            signs += [sign] * len(parts)  # type: ignore[list-item]  # both words are of the Literal
            owners += [picture] * len(parts)
            masks += parts
    found: list[list[Region]] = [[] for _ in range(len(explanation))]
    if masks:
        before, after = _effects(explanation, owners, torch.stack(masks))
        for row, (sign, picture) in enumerate(zip(signs, owners, strict=True)):
            target = int(explanation.targets[picture])
            found[picture].append(_region(sign, masks[row], before[picture], after[row], target))
    return found


def _parts(evidence: Maps, most: int) -> list[list[Tensor]]:
    """Each picture's connected regions of strong evidence, as boolean masks, by the evidence in them."""
    marked = strongest(evidence, SHARE)[:, 0].bool()
    return [_connected(each, mark, most) for each, mark in zip(evidence.cpu(), marked.cpu(), strict=True)]


def _connected(evidence: Tensor, marked: Tensor, most: int) -> list[Tensor]:
    numbers: NDArray[np.int64] = connected(marked.numpy(), connectivity=2)
    parts = [torch.from_numpy(numbers == number) for number in range(1, int(numbers.max()) + 1)]
    large = [part for part in parts if part.sum() >= max(1, SMALLEST * part.numel())]
    return sorted(large, key=lambda part: -float(evidence[part].sum()))[:most]


def _effects(explanation: Explanation, owners: list[int], masks: Tensor) -> tuple[Tensor, Tensor]:
    """Probabilities (picture, label) as they are, and (region, label) with each region blurred."""
    classifier, images = explanation.classifier, explanation.images
    owned = images[owners]
    keep = 1 - masks[:, None].to(images)
    blurred = perturb.stream(
        classifier.predict, owned, masking.fill(images, "blur")[owners], lambda row, _: keep[row], range(1)
    )
    after = torch.cat([chunk.logits.softmax(dim=1) for chunk in blurred])
    return classifier.probabilities(images).cpu(), after.cpu()


def _region(sign: Literal["hinders", "supports"], mask: Tensor, before: Tensor, after: Tensor, target: int) -> Region:
    change = after - before if sign == "supports" else before - after
    change[target] = -torch.inf
    label = int(change.argmax())
    rows, columns = mask.any(dim=1).nonzero(), mask.any(dim=0).nonzero()
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    share = float(mask.float().mean())
    numbers = (float(before[target]), float(after[target]), label, float(before[label]), float(after[label]))
    return Region(sign, box, share, *numbers)
