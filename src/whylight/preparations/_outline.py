"""A smooth outline from evidence a pixel: the shape that has most of what speaks for it, with the shortest edge.

    minimise over u in [0, 1]    sum of g |gradient of u|  -  sum of u · evidence

It is convex, so its minimum does not depend on the start, and u cut at any level is a best shape (Chan, Esedoglu and
Nikolova, 2006), nearly so on a grid: a graph cut without a grid's stairs. An edge costs less (g) where the picture itself
has one. Solved by the primal-dual steps of Chambolle and Pock, 2011, algorithm 1.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

ITERATIONS = 150
STEP = 0.35
"""Both steps; their product times 8 (the squared norm of the gradient) must stay below 1."""


def outline(evidence: Numbers, lab: Numbers, length: float) -> NDArray[np.bool_]:
    """The shape (row, column). ``evidence``: above 0 where a pixel belongs to it; ``length``: what an edge costs where the
    picture (Lab) has none."""
    weight = length * edge_weight(lab)
    share = (evidence > 0).astype(np.float32)
    ahead = share
    down, across = np.zeros_like(share), np.zeros_like(share)
    for _ in range(ITERATIONS):
        down[:-1] += STEP * (ahead[1:] - ahead[:-1])
        across[:, :-1] += STEP * (ahead[:, 1:] - ahead[:, :-1])
        too_long = np.maximum(1, np.sqrt(down**2 + across**2) / weight)
        down /= too_long
        across /= too_long
        moved = np.clip(share + STEP * (_divergence(down, across) + evidence), 0, 1)
        ahead = 2 * moved - share
        share = moved
    shape: NDArray[np.bool_] = share > 0.5
    return shape


def edge_weight(lab: Numbers) -> Numbers:
    """What an edge costs at each pixel: 1 where the picture is flat, less where it changes more than on average."""
    change = np.zeros(lab.shape[:2], np.float32)
    change[:-1] += ((lab[1:] - lab[:-1]) ** 2).sum(axis=-1)
    change[:, :-1] += ((lab[:, 1:] - lab[:, :-1]) ** 2).sum(axis=-1)
    weight: Numbers = np.maximum(0.05, np.exp(-change / max(2 * float(change.mean()), 8.0))).astype(np.float32)
    return weight


def _divergence(down: Numbers, across: Numbers) -> Numbers:
    found = down + across
    found[1:] -= down[:-1]
    found[:, 1:] -= across[:, :-1]
    return found
