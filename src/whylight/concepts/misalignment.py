"""Whether a concept looks where its box is: what happens to it when only pixels outside of the box are changed.

    PAC    (a - a') / a      how much of the activation a at the concept's strongest cell is lost there
    PLC    1 - IoU           of the box before and after: for boxes of one cell, whether the strongest cell is another one

The pixels outside are moved by at most ``radius`` in the direction that lowers the activation at the cell (projected
gradient descent with signs). 0 is a concept that depends on its box alone; larger receptive fields make both larger.

Sacha et al., 2024, "Interpretability benchmark for evaluating spatial misalignment of prototypical parts explanations",
arXiv:2308.08162. Its optimiser and its sizes were not at hand: the numbers compare models here, not with the paper.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.concepts.prototypes import concept_grids
from whylight.errors import LayerError, MetricError
from whylight.methods.intrinsic._reading import concept_layer, readings
from whylight.tensors import pick
from whylight.types import Images, Scores


@dataclass(frozen=True, eq=False)
class Misaligned:
    """One number a picture, for the concept that speaks most for its most probable label; ``label_kept``: whether that is
    still the most probable one."""

    activation_change: Scores
    location_change: Scores
    label_kept: Scores


def misalignment(classifier: Classifier, images: Images, *, radius: float = 0.1, steps: int = 10) -> Misaligned:
    """``images``: at the classifier's input size. ``radius``: the most that a number of a pixel may move. ``steps``: one
    forward and one backward pass each.

    Raises MetricError for settings out of range.
    """
    if not (0 < radius <= 1 and steps >= 1):
        raise MetricError(f"expected a radius above 0 and at most 1, and at least 1 step; got {radius} and {steps}")
    answers = classifier.logits(images).argmax(dim=1)
    concept, cell, grid, before = _chosen(classifier, images, answers)
    outside = ~boxes(cell, grid, (images.shape[-2], images.shape[-1]))[:, None]
    at = concept * grid[0] * grid[1] + cell
    moved = images.clone()
    for _ in range(steps):
        moved = _step(classifier, images, moved, outside, at, radius, 2.5 * radius / steps)
    after = torch.cat([concept_grids(classifier, part) for part in moved.split(perturb.batch_size_for(images))])
    own = after.flatten(2)[torch.arange(len(images)), concept]
    lost = (before - pick(own, cell)) / before.clamp_min(1e-8)
    kept = classifier.logits(moved).argmax(dim=1) == answers
    return Misaligned(lost, (own.argmax(dim=1) != cell).float(), kept.float())


def boxes(cell: Int[Tensor, " batch"], grid: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """True on the pixels of each picture's cell, as (batch, height, width)."""
    down = torch.arange(size[0], device=cell.device) * grid[0] // size[0]
    across = torch.arange(size[1], device=cell.device) * grid[1] // size[1]
    row, column = cell // grid[1], cell % grid[1]
    return (down[None] == row[:, None])[:, :, None] & (across[None] == column[:, None])[:, None]


def _chosen(classifier: Classifier, images: Images, targets: Tensor) -> tuple[Tensor, Tensor, tuple[int, int], Scores]:
    """The concept that speaks most for each target, its strongest cell, the grid and the activation there."""
    concepts, cells, strength = [], [], []
    grid = (1, 1)
    for _, _, reading in readings(classifier, images, targets):
        concept = reading.contributions.argmax(dim=1)
        own = reading.concepts.flatten(2)[torch.arange(len(concept)), concept]
        grid = (reading.concepts.shape[2], reading.concepts.shape[3])
        concepts.append(concept)
        cells.append(own.argmax(dim=1))
        strength.append(own.amax(dim=1))
    return torch.cat(concepts), torch.cat(cells), grid, torch.cat(strength)


def _step(
    classifier: Classifier, images: Images, moved: Images, outside: Tensor, at: Tensor, radius: float, size: float
) -> Images:
    """The pictures after one step against the activation at ``at``, numbers of the flattened grid."""
    layer = concept_layer(classifier)

    def predict(given: Images) -> Tensor:
        seen: list[Tensor] = []

        def note(_module: object, _inputs: object, output: object) -> None:
            if not isinstance(output, Tensor):
                raise LayerError(f"expected a layer whose output is one tensor; got {type(output).__name__}")
            seen.append(output)

        hook = layer.submodule().register_forward_hook(note)
        try:
            classifier.predict(given)
        finally:
            hook.remove()
        return layer.to_grid(seen[-1]).flatten(1)

    found = torch.zeros_like(moved)
    chunks = perturb.stream_gradients(
        predict,
        lambda start, stop: moved[start:stop],
        len(moved),
        lambda grids, start, stop: pick(grids, at[start:stop]),
    )
    for start, stop, gradients, _ in chunks:
        found[start:stop] = gradients
    stepped = moved - size * found.sign() * outside
    return images + (stepped.clamp(0, 1) - images).clamp(-radius, radius)
