"""The same mask for a black box: cells of a grid are blurred one after the other, the most useful first.

Every cell is tried alone once. Then the cells are taken up greedily: at each step the few that looked best so far are
tried again on top of what is blurred already, and the best one is kept if it lowers the loss (lazy greedy search:
Minoux, 1978). It costs one pass a cell and ``RETRIED`` passes a step, for each picture; it is deterministic.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.methods.perturbation._mask_search import (
    Found,
    Iterates,
    MaskGrid,
    Objective,
    Search,
    Weights,
    area,
    enlarge,
    total_variation,
)
from whylight.types import Images, Logits, Scores, Targets

CELLS = 14
"""Cells along the shorter side: a quarter of the gradient route's, as many passes fewer."""
RETRIED = 8

Losses = Float[Tensor, "batch candidate"]


def greedy_masks(
    classifier: Classifier,
    images: Images,
    targets: Targets,
    fills: tuple[Images, ...],
    objective: Objective,
    weights: Weights,
    search: Search,
) -> Iterates:
    """The masks of a batch by outputs alone, for the same loss as the gradient route; the first fill is used."""
    height, width = images.shape[-2:]
    side = min(CELLS, search.side)
    shape = (round(side * height / min(height, width)), round(side * width / min(height, width)))
    before = classifier.logits(images)
    mask = torch.ones(len(images), 1, *shape, device=images.device)
    evaluate = _evaluator(classifier, images, targets, fills[0], objective, weights, search, before)
    cells = torch.arange(shape[0] * shape[1], device=images.device).expand(len(images), -1)
    start = evaluate(mask[:, None])[:, 0]
    alone = start[:, None] - evaluate(without(mask, cells))
    mask = take_up(mask, start, alone, evaluate, steps=max(1, cells.shape[1] // 5))
    enlarged = enlarge(mask, (height, width), search).clamp(0, 1)
    after = torch.cat(
        [
            chunk.logits
            for chunk in perturb.stream(classifier.predict, images, fills[0], lambda p, _: enlarged[p], range(1))
        ]
    )
    found = Found(enlarged, before, after.clone())
    return {"last": found, "best": found, "average": found}


def take_up(
    mask: MaskGrid, loss: Scores, gains: Losses, evaluate: Callable[[Tensor], Losses], *, steps: int
) -> MaskGrid:
    """Cell after cell, until no retried cell lowers a picture's loss."""
    gains, active = gains.clone(), torch.ones(len(mask), dtype=torch.bool, device=mask.device)
    rows = torch.arange(len(mask), device=mask.device)
    for _ in range(steps):
        likely = gains.topk(min(RETRIED, gains.shape[1]), dim=1).indices
        fresh = loss[:, None] - evaluate(without(mask, likely))
        gains.scatter_(1, likely, fresh)
        gain, place = fresh.max(dim=1)
        active &= gain > 0
        if not active.any():
            break
        chosen = likely[rows, place]
        taken = without(mask, chosen[:, None])[:, 0]
        mask = torch.where(active[:, None, None, None], taken, mask)
        loss = torch.where(active, loss - gain, loss)
        gains[rows, chosen] = -torch.inf
    return mask


def without(mask: MaskGrid, cells: Tensor) -> Float[Tensor, "batch candidate 1 row column"]:
    """Each picture's mask with each of its candidate cells set to 0."""
    candidates = mask.flatten(1)[:, None].repeat(1, cells.shape[1], 1)
    return candidates.scatter(2, cells[:, :, None], 0.0).reshape(*cells.shape, 1, *mask.shape[-2:])


def _evaluator(  # noqa: PLR0917 (everything that a loss is made of)
    classifier: Classifier,
    images: Images,
    targets: Targets,
    fills: Images,
    objective: Objective,
    weights: Weights,
    search: Search,
    before: Logits,
) -> Callable[[Tensor], Losses]:
    """The loss of each candidate mask of each picture."""
    size = (images.shape[-2], images.shape[-1])

    def evaluate(candidates: Tensor) -> Losses:
        losses = torch.empty(candidates.shape[:2], device=images.device)
        for chunk in perturb.stream(
            classifier.predict,
            images,
            fills,
            lambda picture, sample: enlarge(candidates[picture, sample], size, search),
            range(candidates.shape[1]),
        ):
            masks = candidates[chunk.pictures, chunk.samples]
            data = objective(chunk.logits, before[chunk.pictures], targets[chunk.pictures])
            penalty = weights.tv * total_variation(masks, search) + weights.area * area(masks, search)
            losses[chunk.pictures, chunk.samples] = data + penalty
        return losses

    return evaluate
