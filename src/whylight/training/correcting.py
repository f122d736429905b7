"""The objective of corrections: the classifier's own loss on what it saw before, and on corrected pictures two more terms.

    CE(replayed) + CE(corrected) + λ R(corrected) / R₀  [+ λ R(replayed) / R₀]

R: the loss on explanations, a mean over the corrected pictures of the step; R₀: its mean over all of them before the first
step, so that λ means the same for every network and loss (1 for losses that are cross-entropies themselves). Norms keep
their means and deviations and nothing is dropped out: a few pictures must not move what many have given, and with a rate of
0 nothing changes.

The last term is there when marks spread: each replayed picture is given the marks of ``SPREAD`` corrected ones, drawn anew
in each step. What always stands at the same places (a watermark, a ruler, a border) can so be unlearned from few strokes,
though every other picture still rewards it; marks on things that move must not spread.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from whylight.tensors import generator
from whylight.training.classification import Classification
from whylight.training.correction import Correction
from whylight.training.corrections import Corrections, Divided
from whylight.training.data import Labelled
from whylight.training.objective import Ask, Batch, Row
from whylight.training.right_reasons import LOSSES
from whylight.training.right_reasons.reason import Corrected, Looked, Reasoned
from whylight.types import Scores

SPREAD = 8
"""Corrected pictures whose marks a replayed one is given together."""


@dataclass(frozen=True, eq=False)
class Correcting(Classification):
    """``given``: what the plan says of the corrections. ``looked``: what is trained, as the losses see it. ``divided``: the
    corrections. ``scale``: R₀."""

    given: Correction
    looked: Looked
    divided: Divided
    scale: float

    def begin(self) -> None:
        """Evaluation mode throughout."""
        self.network.eval()

    def losses(self, ask: Ask, batch: Batch) -> Scores:
        """The plan's loss of each replayed picture, and the same share of the corrections' terms for each."""
        own = super().losses(ask, batch)
        reasoned, targets = self._reasoned(batch)
        if self.given.spread:
            own = (
                own
                + self.given.weight * LOSSES[self.given.loss](self.looked, self._spread(batch)).penalties / self.scale
            )
        right = functional.cross_entropy(reasoned.logits.float(), targets)
        return own + right + self.given.weight * reasoned.penalties.mean() / self.scale

    def _reasoned(self, batch: Batch) -> tuple[Reasoned, Tensor]:
        """The loss on some of the corrections, drawn by the step's own numbers."""
        random = generator(int(batch.seeds[0]))
        learned = self.divided.learned
        places = torch.randperm(len(learned), generator=random)[: self.given.at_once]
        seeds = torch.randint(2**62, (len(places),), generator=random)
        corrected = corrected_at(learned, places, seeds, batch.images.device)
        return LOSSES[self.given.loss](self.looked, corrected), corrected.targets

    def _spread(self, batch: Batch) -> Corrected:
        """The replayed pictures with the marks of corrected ones."""
        learned, random = self.divided.learned, generator(int(batch.seeds[0]), 1)
        drawn = torch.randint(len(learned), (len(batch.targets), SPREAD), generator=random)
        device = batch.images.device
        unwanted = learned.unwanted[drawn].any(dim=1).to(device)
        wanted = learned.wanted[drawn].any(dim=1).to(device) & ~unwanted
        return Corrected(batch.images, batch.targets, unwanted, wanted, batch.seeds)

    def measure(self, validation: Labelled) -> Row:
        """Loss, accuracy, and the loss on explanations of the corrections that are held out, as a share of R₀."""
        row = super().measure(validation)
        held_out = self.divided.held_out
        if len(held_out):
            device = next(self.network.parameters()).device
            row["held_out_penalty"] = penalty_of(self.given, self.looked, held_out, device) / self.scale
        return row

    def goodness(self, row: Row) -> tuple[float, ...]:
        """The last epoch is kept: an earlier one has learned less of the corrections, and what would choose among them is
        what tells whether they helped."""
        return (float(row["epoch"]),)


def corrected_at(corrections: Corrections, places: Tensor, seeds: Tensor, device: torch.device) -> Corrected:
    """Some of the corrections as the losses take them."""
    pictures = corrections.pictures
    return Corrected(
        pictures.images(places).to(device),
        pictures.labels[places].to(device),
        corrections.unwanted[places].to(device),
        corrections.wanted[places].to(device),
        seeds,
    )


def penalty_of(given: Correction, looked: Looked, corrections: Corrections, device: torch.device) -> float:
    """The mean of the loss on explanations over all of these corrections, with the same draws whenever it is asked for."""
    total = 0.0
    for places in torch.arange(len(corrections)).split(given.at_once):
        corrected = corrected_at(corrections, places, places, device)
        total += float(LOSSES[given.loss](looked, corrected).penalties.detach().double().sum())
    return total / len(corrections)
