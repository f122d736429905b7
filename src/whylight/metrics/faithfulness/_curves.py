"""Curves of answers along a map's order: there and back, their areas, and their height above the fill's answer."""

import torch

from whylight.metrics.faithfulness._answers import Answers, Curve
from whylight.types import Scores

LEAST_RANGE = 1e-3
"""Below this difference between the whole picture and the fill alone, a share of it is rounding."""


def area(curve: Curve, counts: list[int]) -> Scores:
    """The area under the curve by trapezoids, over the share of the pixels that each point has."""
    shares = torch.tensor(counts, dtype=torch.float64, device=curve.device) / max(1, counts[-1])
    return torch.trapezoid(curve.double(), shares, dim=1)


def share_of_range(scores: Scores, empty: Scores, full: Scores) -> Scores:
    """(score - empty) / (full - empty): 0 for the fill alone, 1 for the whole picture; NaN where the whole picture gets no
    more than the fill."""
    extent = full.double() - empty.double()
    return torch.where(extent > LEAST_RANGE, (scores - empty) / extent, torch.nan)


def both_ways(taken: list[int]) -> list[tuple[int, int]]:
    """The places (first, past) that are kept at each step: the first ones taken, then the last ones taken. The ways share
    their ends, which are asked for once."""
    pixels = taken[-1]
    return [(count, pixels) for count in taken] + [(0, pixels - count) for count in taken[1:-1]]


def morf_and_lerf(answers: Answers) -> tuple[Curve, Curve]:
    """The curves with the most and with the least relevant pixels first, from the answers to ``both_ways``."""
    points = answers.shape[1] // 2 + 1
    morf, between = answers[:, :points], answers[:, points:]
    return morf, torch.cat([morf[:, :1], between, morf[:, -1:]], dim=1)
