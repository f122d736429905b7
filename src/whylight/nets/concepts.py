"""A head that decides by a short sum of concepts: the channels are turned, each leaves one number, and these are weighed.

    J_u = U I_u      v_k = pool(J_k)      logit_y = Σ_k A_yk v_k (+ b_y)      A ≥ 0 unless the head is free

With A ≥ 0 it is v_k that carries the sign: where it is above 0, concept k speaks for every label that has it, else against.
A weight is kept above 0 by going back to 0 after each step (projected gradient), so that it may rise again.

Struski, Rymarczyk and Tabor, 2024, arXiv:2409.10329. A sigmoid for each label and few weights a label: arXiv:2507.19321.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from whylight.nets.concept_basis import Basis, Matrix, Parametrisation, random_basis
from whylight.nets.concept_pooling import Drawing, Pooling, Values, drawn, pooled
from whylight.nets.pooled import Pooled
from whylight.tensors import generator
from whylight.types import Features, Images, Logits

Weights = Float[Tensor, "label concept"]


@dataclass(frozen=True)
class Recipe:
    """How a head is built.

    ``basis``: the rotation is ``learned``, ``random`` and left alone, or the ``identity``. ``parametrisation``: of one that
    is learnt. ``pooling``: see ``concept_pooling``. ``signs``: of the weights. ``bias``: a number of each label's own, which
    no concept accounts for. ``answers``: what training takes the logits for: ``softmax``, or ``sigmoid`` for each label by
    itself.
    """

    basis: Literal["learned", "random", "identity"] = "learned"
    parametrisation: Parametrisation = "expm"
    pooling: Pooling = "two_sided"
    signs: Literal["non_negative", "free"] = "non_negative"
    bias: bool = False
    answers: Literal["softmax", "sigmoid"] = "softmax"


class ConceptHead(nn.Module):
    """From a grid of features to logits. ``kept``: 1 for weights that were not pruned; ``on``: 0 for a concept that a person
    has switched off. ``drawing``, ``temperature``: how a maximum is taken in training mode."""

    kept: Weights
    on: Float[Tensor, " concept"]

    def __init__(self, recipe: Recipe, basis: Basis, weight: Weights, bias: Tensor | None = None) -> None:
        super().__init__()
        self.recipe, self.basis = recipe, basis
        self.weight = nn.Parameter(weight.detach().clone())
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone())
        self.register_buffer("kept", torch.ones_like(weight))
        self.register_buffer("on", torch.ones(weight.shape[1]))
        self.drawing: Drawing = "gumbel"
        self.temperature = 1.0

    def forward(self, grid: Features) -> Logits:
        """The logits of a grid (batch, feature, row, column)."""
        return self.weigh(self.values(grid))

    def values(self, grid: Features) -> Values:
        """v: one number for each picture and concept; drawn in training mode."""
        concepts, pooling = self.basis(grid), self.recipe.pooling
        return drawn(concepts, pooling, self.drawing, self.temperature) if self.training else pooled(concepts, pooling)

    def weigh(self, values: Values) -> Logits:
        """The logits of v."""
        return nn.functional.linear(
            values, self.weights().to(values), None if self.bias is None else self.bias.to(values)
        )

    def weights(self) -> Weights:
        """A, without what was pruned or switched off."""
        return self.signed() * self.kept * self.on

    def signed(self) -> Weights:
        """A with everything that was pruned or switched off."""
        return self.weight.clamp_min(0) if self.recipe.signs == "non_negative" else self.weight

    def project(self) -> None:
        """Brings weights that a step has carried below 0 back to 0."""
        if self.recipe.signs == "non_negative":
            with torch.no_grad():
                self.weight.clamp_(min=0)

    def prune(self, keep: int, importance: Float[Tensor, " concept"] | None = None) -> None:
        """Keeps the ``keep`` weights of each label with the largest |A_yk| · ``importance`` of k, such as mean |v_k|."""
        weight = self.weights().detach().abs()
        rank = weight if importance is None else weight * importance.to(weight)
        chosen = rank.topk(min(keep, rank.shape[1]), dim=1).indices
        self.kept.copy_(torch.zeros_like(rank).scatter_(1, chosen, 1.0) * self.kept)

    def switch_off(self, concepts: Int[Tensor, " concept"] | list[int]) -> None:
        """Switches these concepts off and all others on."""
        self.on.fill_(1.0)
        self.on[torch.as_tensor(concepts, dtype=torch.long, device=self.on.device)] = 0.0


class ConceptNet(nn.Module):
    """Pictures in [0, 1] to logits: another network up to its layer, and the head. The other network stays as it is."""

    def __init__(self, features: Pooled, head: ConceptHead) -> None:
        super().__init__()
        self.features, self.head = features, head

    def forward(self, images: Images) -> Logits:
        """The head's logits."""
        logits: Logits = self.head(self.features.look(images)[0])
        return logits


def new_head(recipe: Recipe, features: int, labels: int, seed: int = 0, start: Matrix | None = None) -> ConceptHead:
    """A head before its training. ``start``: U₀ of a basis that is learnt; None for the identity."""
    if recipe.basis == "learned":
        basis = Basis(features, recipe.parametrisation, start)
    else:
        basis = Basis(features, None, random_basis(features, seed) if recipe.basis == "random" else start)
    weight = torch.randn(labels, features, generator=generator(seed, 1)) / features**0.5
    bias = torch.zeros(labels) if recipe.bias else None
    return ConceptHead(recipe, basis, weight.abs() if recipe.signs == "non_negative" else weight, bias)


def concept_head(network: nn.Module | None) -> tuple[str, ConceptHead] | None:
    """The head of concepts inside a network and its name there; None where there is none."""
    parts = () if network is None else network.named_modules()
    return next(((name, part) for name, part in parts if isinstance(part, ConceptHead)), None)


def basis_of(network: nn.Module | None) -> tuple[str, Basis] | None:
    """The basis inside a network and its name there; None where there is none."""
    parts = () if network is None else network.named_modules()
    return next(((name, part) for name, part in parts if isinstance(part, Basis)), None)
