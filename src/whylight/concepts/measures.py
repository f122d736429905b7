"""Measures of concepts: how few decide, how far each is a thing of its own.

    concepts an explanation    the fewest that hold 90 % of what speaks for the label
    concepts a label           those with A_yk > 0.01 max_k A_yk
    sparsity                   the share of the weights that are 0
    RV(X, Y)                   tr(Xᵀ Y Yᵀ X) / √(tr((Xᵀ X)²) tr((Yᵀ Y)²)), the mean over pairs of concepts; X and Y are their
                               (pictures × cells) maps with centred columns: 0 unrelated, 1 the same configuration

RV: Robert and Escoufier, 1976, Applied Statistics 25, 257. Purity stands with the prototypes (``concepts/prototypes``).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight.classifier import Classifier
from whylight.concepts.prototypes import Prototypes
from whylight.methods.intrinsic._reading import concepts_needed, readings
from whylight.nets.concepts import ConceptHead, Weights, basis_of, concept_head
from whylight.tensors import generator
from whylight.types import Features, Images

COUNTS = 0.01
"""A weight counts from this share of its label's largest on."""
MOST_CONCEPTS = 256
"""RV compares at most so many concepts, drawn by the seed."""


@dataclass(frozen=True)
class Measures:
    """``per_explanation``: means over the pictures; ``per_label``: over the labels, with ``sparsity`` None for a network
    without a head of concepts. ``orthogonality``: the largest deviation of U Uᵀ from the identity. ``rv``: the mean over
    pairs. ``purity``: the mean over concepts and ranks, None without prototypes."""

    per_explanation: float
    per_label: float | None
    sparsity: float | None
    orthogonality: float
    rv: float
    purity: float | None = None


def measure(classifier: Classifier, images: Images, prototypes: Prototypes | None = None, seed: int = 0) -> Measures:
    """All of them, on pictures at the classifier's input size; labels are those that it gives."""
    targets = classifier.logits(images).argmax(dim=1)
    needed: list[Tensor] = []
    grids: list[Tensor] = []
    for _, _, reading in readings(classifier, images, targets):
        needed.append(concepts_needed(reading.contributions))
        grids.append(reading.concepts)
    head, basis = concept_head(classifier.module), basis_of(classifier.module)
    return Measures(
        per_explanation=torch.cat(needed).float().mean().item(),
        per_label=None if head is None else concepts_per_label(head[1].weights()).float().mean().item(),
        sparsity=None if head is None else sparsity(head[1]),
        orthogonality=0.0 if basis is None else basis[1].error(),
        rv=mean_rv(torch.cat(grids), seed),
        purity=None if prototypes is None else mean_purity(prototypes, used(head[1]) if head else None),
    )


def concepts_per_label(weights: Weights) -> Int[Tensor, " label"]:
    """How many concepts each label has."""
    return (weights.abs() > COUNTS * weights.abs().amax(dim=1, keepdim=True)).sum(dim=1)


def sparsity(head: ConceptHead) -> float:
    """The share of the weights that are 0."""
    return (head.weights() == 0).float().mean().item()


def used(head: ConceptHead) -> Int[Tensor, " used"]:
    """The concepts that at least one label has."""
    return (head.weights() != 0).any(dim=0).nonzero().flatten()


def mean_purity(prototypes: Prototypes, concepts: Int[Tensor, " some"] | None = None) -> float:
    """The mean purity of the prototypes for the concepts, over all concepts or some; NaN where there is none."""
    chosen = slice(None) if concepts is None else concepts
    real = prototypes.real[0, chosen]
    return prototypes.purity[0, chosen][real].mean().item()


def mean_rv(concepts: Features, seed: int = 0) -> float:
    """The mean RV coefficient over pairs of different concepts; a concept that is constant takes no part.

    Each configuration is compared by its (pictures × pictures) products, so that cells and pictures may be many.
    """
    count = concepts.shape[1]
    chosen = torch.randperm(count, generator=generator(seed, count))[:MOST_CONCEPTS].sort().values
    maps = concepts[:, chosen.to(concepts.device)].flatten(2).double().transpose(0, 1)
    centred = maps - maps.mean(dim=1, keepdim=True)
    products = (centred @ centred.transpose(1, 2)).flatten(1)
    norms = products.norm(dim=1)
    alike = products[norms > 0] / norms[norms > 0][:, None]
    pairs = alike @ alike.T
    number = len(pairs)
    return ((pairs.sum() - pairs.trace()) / (number * (number - 1))).item() if number > 1 else float("nan")


def rv(first: Float[Tensor, "picture cell"], second: Float[Tensor, "picture cell"]) -> float:
    """The RV coefficient of two configurations, in [0, 1]."""
    stacked = torch.stack([first, second], dim=1)[:, :, None]
    return mean_rv(stacked)
