"""Parts of a picture that are taken away together: superpixels, squares or single pixels; and random subsets of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from whylight.explanation import Explanation
from whylight.metric import Metric
from whylight.metrics.faithfulness._answers import Answers, Output, expect, under_masks
from whylight.segments import segment
from whylight.tensors import correlation, flat, generator
from whylight.types import Images, Maps, Masks, Scores, Segments

Cut = Literal["slic", "grid", "pixels"]

ROUNDING = 1e-6
"""A spread of the answers below this share of the largest is that of single precision."""


def cut(metric: Metric, images: Images, kind: str, count: int) -> Segments:
    """Each picture in about ``count`` superpixels (``slic``) or squares (``grid``), or in its single pixels.

    Raises MetricError for another word or a count below 1.
    """
    words = get_args(Cut)
    expect(metric, f"parts of {', '.join(words)} and a count of at least 1", holds=kind in words and count >= 1)
    if kind == "pixels":
        height, width = images.shape[-2:]
        return torch.arange(height * width, device=images.device).reshape(1, height, width).expand(len(images), -1, -1)
    return segment(images, kind, count)


def totals(maps: Maps, parts: Segments) -> Float[Tensor, "batch part"]:
    """The sum of the map over each part, in double precision; 0 for the parts that a picture does not have."""
    values = torch.nan_to_num(flat(maps)).double()
    sums = torch.zeros(len(maps), int(parts.max()) + 1, dtype=torch.float64, device=maps.device)
    return sums.scatter_add_(1, flat(parts), values)


@dataclass(frozen=True, eq=False)
class Subsets:
    """Random subsets of each picture's parts. ``taken``: whether a part is in the subset that a change takes away; change 0
    takes nothing."""

    parts: Segments
    taken: Bool[Tensor, "batch change part"]
    dtype: torch.dtype

    @classmethod
    def draw(cls, parts: Segments, sizes: Sequence[float], seed: int, dtype: torch.dtype) -> "Subsets":
        """For each of the ``sizes``, a subset of that share of the parts, at least one part and not all.

        What is drawn depends on how many parts a picture has, and on nothing else of it.
        """
        counts = [int(each.max()) + 1 for each in parts]
        tables = {count: _table(count, sizes, seed) for count in set(counts)}
        if len(tables) == 1:  # one table for all, however many pictures there are
            return cls(parts, tables[counts[0]].to(parts.device).expand(len(parts), -1, -1), dtype)
        taken = torch.zeros(len(parts), len(sizes) + 1, max(counts), dtype=torch.bool)
        for row, count in enumerate(counts):
            taken[row, :, :count] = tables[count]
        return cls(parts, taken.to(parts.device), dtype)

    def __call__(self, pictures: Tensor, changes: Tensor) -> Masks:
        """0 on the parts that are taken away, 1 elsewhere."""
        gone = self.taken[pictures, changes].gather(1, flat(self.parts)[pictures])
        return (~gone).to(self.dtype).reshape(-1, 1, *self.parts.shape[-2:])

    def sums(self, maps: Maps) -> Answers:
        """The sum of the map over each subset."""
        return torch.stack([taken.double() @ total for taken, total in zip(self.taken, totals(maps, self.parts))])


def _table(count: int, sizes: Sequence[float], seed: int) -> Bool[Tensor, "change part"]:
    drawn = torch.rand(len(sizes), count, generator=generator(seed, count))
    taken = torch.zeros(len(sizes) + 1, count, dtype=torch.bool)
    for row, size in enumerate(sizes):
        chosen = drawn[row].topk(max(1, min(count - 1, round(size * count)))).indices
        taken[row + 1, chosen] = True
    return taken


def sums_and_losses(
    explanation: Explanation, fills: Images, subsets: Subsets, output: Output
) -> tuple[Answers, Answers]:
    """The map's sum over each subset, and f(x) - f(x without it): one pass each, and one for f(x)."""
    answers = under_masks(explanation, fills, subsets, subsets.taken.shape[1], output).double()
    return subsets.sums(explanation.maps)[:, 1:], answers[:, :1] - answers[:, 1:]


def correlated(sums: Answers, losses: Answers) -> Scores:
    """Pearson's correlation over the changes; NaN where either side does not change beyond rounding."""
    scores = correlation(sums, losses)
    for side in (sums, losses):
        spread = side.amax(dim=1) - side.amin(dim=1)
        scores = torch.where(spread > ROUNDING * side.abs().amax(dim=1), scores, torch.nan)
    return scores
