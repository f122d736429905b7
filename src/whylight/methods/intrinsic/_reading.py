"""What each concept of a classifier adds to a label's logit, and where.

    part_k(u) = J_k(u) · ∂logit/∂J_k(u)      contribution c_k = Σ_u part_k(u)      logit = Σ_k c_k + rest

J is the output of the classifier's basis, or of its layer where it has none: there each channel counts as a concept. Where
each concept leaves one number that is weighed (``nets/concepts``), the gradient is the weight at the cells that were taken
and 0 elsewhere: c_k = A_yk v_k, and the rest is the label's bias. For a network that averages J and ends in one linear layer
c_k is that layer's weight times the mean, again exactly. For other networks the rest holds what is not linear.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier, as_grid
from whylight.nets.concepts import basis_of
from whylight.tensors import pick
from whylight.types import Features, Images, Logits, Scores, Targets

MOST = 0.9
"""The share of the positive contributions that an explanation's concepts hold together."""


@dataclass(frozen=True, eq=False)
class Reading:
    """``concepts``: J. ``parts``: what each cell of each concept adds to the target's logit. ``logit``: the target's."""

    concepts: Features
    parts: Features
    logits: Logits
    logit: Scores

    @property
    def contributions(self) -> Float[Tensor, "batch concept"]:
        """What each concept adds to the logit."""
        return self.parts.sum(dim=(2, 3))

    @property
    def rest(self) -> Scores:
        """What no concept accounts for: a bias, and what is not linear."""
        return (self.logit.double() - self.parts.double().sum(dim=(1, 2, 3))).float()

    @property
    def coarse(self) -> Float[Tensor, "batch row column"]:
        """What each cell adds to the logit, over all concepts."""
        return self.parts.sum(dim=1)

    def cells(self) -> Int[Tensor, "batch concept 2"]:
        """(row, column) of the cell that decides each contribution: the one whose part is largest in its direction."""
        towards = self.parts * self.contributions.sign()[:, :, None, None]
        place = towards.flatten(2).argmax(dim=2)
        columns = self.parts.shape[3]
        return torch.stack([place // columns, place % columns], dim=2)


def concept_layer(classifier: Classifier, layer: str | None = None) -> Classifier:
    """The classifier as it is watched for concepts: at its basis, where it has one and no layer is named."""
    found = basis_of(classifier.module)
    if layer is not None:
        return replace(classifier, layer=layer)
    return classifier if found is None else replace(classifier, layer=found[0], to_grid=as_grid)


def read(classifier: Classifier, images: Images, targets: Targets, layer: str | None = None) -> Reading:
    """One forward pass, and a backward pass of what follows the layer."""
    watched = concept_layer(classifier, layer).watch(images, targets)
    parts = watched.features * watched.gradients
    return Reading(watched.features, parts, watched.logits, pick(watched.logits, targets))


def readings(
    classifier: Classifier, images: Images, targets: Targets, layer: str | None = None
) -> Iterator[tuple[int, int, Reading]]:
    """The same in batches that fit into memory: (start, stop, reading)."""
    found: dict[int, Reading] = {}

    def run(start: int, stop: int) -> Tensor:
        found[start] = read(classifier, images[start:stop], targets[start:stop], layer)
        return found[start].logits

    for start, stop, _ in perturb.in_batches(run, len(images), perturb.gradient_batch_size_for(images)):
        yield start, stop, found.pop(start)


def concepts_needed(contributions: Float[Tensor, "batch concept"], share: float = MOST) -> Int[Tensor, " batch"]:
    """The fewest concepts that hold ``share`` of what speaks for the target; 0 where nothing does."""
    ordered = contributions.clamp_min(0).double().sort(dim=1, descending=True).values
    total = ordered.sum(dim=1, keepdim=True)
    before = ordered.cumsum(dim=1) - ordered
    return ((before < share * total * (1 - 1e-9)) & (ordered > 0)).sum(dim=1)
