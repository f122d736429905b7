"""Fitting a basis afterwards, so that each concept stands alone where it is strongest; the network's answers stay (EPIC).

    purity of picture X for concept k:   J_k(u*) / |J(u*)|,   u* = argmax_u J_k(u)      largest: its mean over the prototypes

J = U I, and U keeps lengths, so that |J(u*)| = |I(u*)| and only row k of U is asked for. In each of ``rounds`` the pictures
in which each concept is strongest are found anew, fewer from round to round.

arXiv:2505.12897 (EPIC): Adam, rate 1e-3, decay 1e-5, 512 pairs a step, 10 rounds of 2 epochs, 100 pictures falling to 5.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from whylight.nets.concept_basis import Basis
from whylight.tensors import generator
from whylight.training.concept_features import Grids

CHUNK = 256
PAIRS_STREAM = 11


@dataclass(frozen=True)
class Purification:
    """The paper's numbers."""

    rounds: int = 10
    epochs: int = 2
    first: int = 100
    last: int = 5
    batch: int = 512
    rate: float = 1e-3
    decay: float = 1e-5
    seed: int = 0

    def count(self, number: int) -> int:
        """How many pictures a concept has in a round."""
        share = number / max(1, self.rounds - 1)
        return round(self.first + (self.last - self.first) * share)


def purify(
    basis: Basis,
    grids: Grids,
    pictures: int,
    fit: Purification,
    tell: Callable[[int, float], None] = lambda _round, _purity: None,
) -> list[float]:
    """Trains ``basis``; returns the mean purity of each round's pairs. ``tell``: (rounds done, purity)."""
    assert basis.turn is not None
    optimiser = torch.optim.Adam([basis.turn], lr=fit.rate, weight_decay=fit.decay)
    curve: list[float] = []
    for number in range(fit.rounds):
        strongest = strongest_pictures(basis, grids, pictures, min(fit.count(number), pictures))
        found = [_epoch(basis, grids, strongest, fit, optimiser, (number, epoch)) for epoch in range(fit.epochs)]
        curve.append(found[-1])
        tell(number + 1, found[-1])
    return curve


def strongest_pictures(basis: Basis, grids: Grids, pictures: int, count: int) -> Int[Tensor, "concept rank"]:
    """The places of the pictures in which each concept has its strongest cells."""
    strength = torch.full((basis.features, count), -torch.inf)
    places = torch.zeros(basis.features, count, dtype=torch.long)
    with torch.no_grad():
        for chunk in torch.arange(pictures).split(CHUNK):
            found = basis(grids(chunk)).flatten(2).amax(dim=2).T.cpu()
            kept = torch.cat([strength, found], dim=1).topk(count, dim=1)
            strength = kept.values
            places = torch.cat([places, chunk.expand(basis.features, -1)], dim=1).gather(1, kept.indices)
    return places


def _epoch(
    basis: Basis,
    grids: Grids,
    strongest: Int[Tensor, "concept rank"],
    fit: Purification,
    optimiser: torch.optim.Optimizer,
    at: tuple[int, int],
) -> float:
    """One pass over all pairs; returns their mean purity."""
    concepts = torch.arange(len(strongest)).repeat_interleave(strongest.shape[1])
    order = torch.randperm(len(concepts), generator=generator(fit.seed, PAIRS_STREAM, *at))
    total = 0.0
    for pairs in order.split(fit.batch):
        purity = pair_purity(basis, grids, strongest.flatten()[pairs], concepts[pairs])
        optimiser.zero_grad()
        (-purity.mean()).backward()
        optimiser.step()
        total += purity.detach().sum().item()
    return total / len(concepts)


def pair_purity(basis: Basis, grids: Grids, places: Int[Tensor, " pair"], concepts: Int[Tensor, " pair"]) -> Tensor:
    """The purity of each picture for its concept."""
    pictures, which = places.unique(return_inverse=True)
    cells = grids(pictures).flatten(2)[which]
    rows = basis.matrix()[concepts.to(cells.device)]
    strength, cell = torch.einsum("pf,pfc->pc", rows, cells).max(dim=1)
    lengths = cells.norm(dim=1).gather(1, cell[:, None])[:, 0]
    purity: Tensor = strength / lengths.clamp_min(1e-8)
    return purity
