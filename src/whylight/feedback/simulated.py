"""Simulated judges: they know where the evidence is, and accept a map that marks it; to measure what learning does.

    IoU = IoU(strongest supporting pixels, truth), as many pixels as the truth has
    chance = share / (2 - share), a random map's IoU with a truth that covers this share of the picture
    accepted when (IoU - chance) / (1 - chance) ≥ threshold

A share ``noise`` of the verdicts, drawn by the seed and the number of the verdict, is turned round.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from whylight.tensors import generator


@dataclass(frozen=True)
class SimulatedJudge:
    """``threshold``: the least share of what chance leaves open, in (0, 1]; ``noise``: the share of wrong verdicts."""

    threshold: float = 0.3
    noise: float = 0.0
    seed: int = 0

    def verdict(self, evidence: NDArray[np.floating], truth: NDArray[np.bool_], number: int = 0) -> bool:
        """Up or down for a signed map and the pixels that matter, both (height, width); ``number``: of the verdict."""
        right = self.accepts(overlap(evidence, truth), float(truth.mean()))
        wrong = float(torch.rand((), generator=generator(self.seed, number))) < self.noise
        return right != wrong

    def accepts(self, found: float, share: float) -> bool:
        """What the judge thinks of an IoU with a truth that covers this share of the picture, without noise."""
        chance = share / (2 - share)
        return found - chance >= self.threshold * (1 - chance) and chance < 1


def overlap(evidence: NDArray[np.floating], truth: NDArray[np.bool_]) -> float:
    """The intersection over union of the truth and as many of the map's strongest supporting pixels; 0 for no truth."""
    wanted = int(truth.sum())
    values = np.nan_to_num(evidence.astype(np.float64), nan=0.0).ravel()
    order = np.argsort(-values, kind="stable")[:wanted]
    marked = np.zeros(truth.size, bool)
    marked[order[values[order] > 0]] = True
    union = int((marked | truth.ravel()).sum())
    return int((marked & truth.ravel()).sum()) / union if union else 0.0
