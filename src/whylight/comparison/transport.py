"""Earth mover's distance: the least work that turns one map's evidence into another's, exactly.

    EMD(a, b) = min over f ≥ 0 of  Σ f(u, v) |u - v|      with  Σ_v f(u, v) - Σ_v f(v, u) = a(u) - b(u)

a and b are what speaks for the label, each divided by its sum; |u - v| is the distance of two cells as a share of the
map's diagonal, so that 0 is the same place and 1 are two opposite corners.

Rubner, Tomasi and Guibas, The Earth Mover's Distance as a Metric for Image Retrieval (2000), equations 1 to 6. A distance
that keeps the triangle inequality moves nothing of what both have, so that only the difference is carried: from the cells
with too much to those with too little, at most a quarter of all pairs of cells. Each such problem is a linear program that
HiGHS solves exactly; several stand in one program, which halves the time.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from whylight.types import Scores

AT_ONCE = 8
"""So many problems stand in one program. Milliseconds a pair of smooth maps of noise, alone and 8 at once, one busy thread:
7 × 7 cells 16 and 9, 8 × 8 cells 22 and 15, 10 × 10 cells 47 and 42."""
SMALLEST = 1e-9
"""What differs by less is not moved: rounding."""

Cells = Float[Tensor, "batch row column"]
Row = NDArray[np.float64]


def distances(first: Cells, second: Cells, shape: tuple[float, float]) -> Scores:
    """The distance of two stacks of maps that are nowhere below 0 and sum to 1, row by row, in [0, 1]; NaN where either
    holds NaN. ``shape``: (height, width) of what the cells cover, in any unit."""
    apart = _between_cells((first.shape[1], first.shape[2]), shape)
    moved = (first.double() - second.double()).flatten(1).cpu().numpy()
    found = np.full(len(moved), np.nan)
    known = np.flatnonzero(np.isfinite(moved).all(axis=1))
    for start in range(0, len(known), AT_ONCE):
        rows = known[start : start + AT_ONCE]
        found[rows] = _works(moved[rows], apart)
    return torch.from_numpy(found).float()


def _between_cells(cells: tuple[int, int], shape: tuple[float, float]) -> Row:
    """The distance of every two cells as a share of the diagonal."""
    height, width = shape
    rows, columns = np.divmod(np.arange(cells[0] * cells[1]), cells[1])
    places = np.stack([(rows + 0.5) * height / cells[0], (columns + 0.5) * width / cells[1]], axis=1)
    apart: Row = np.linalg.norm(places[:, None] - places[None], axis=2) / np.hypot(height, width)
    return apart


def _works(moved: Row, apart: Row) -> list[float]:
    """The least work of each problem; all of them are solved in one program."""
    problems = [_problem(row, apart) for row in moved]
    told = [problem for problem in problems if problem is not None]
    works = iter(_solved(told)) if told else iter(())
    return [0.0 if problem is None else next(works) for problem in problems]


Problem = tuple[Row, Any, Row]
"""What each way costs, how much each cell gives and gets over its ways (a sparse matrix), and how much it has to."""


def _problem(row: Row, apart: Row) -> Problem | None:
    """None where there is nothing to move."""
    from scipy import sparse

    givers, takers = np.flatnonzero(row > SMALLEST), np.flatnonzero(row < -SMALLEST)
    if not len(givers) or not len(takers):
        return None
    given, taken = row[givers] / row[givers].sum(), row[takers] / row[takers].sum()
    gives = sparse.kron(sparse.eye(len(givers)), np.ones((1, len(takers))))
    takes = sparse.kron(np.ones((1, len(givers))), sparse.eye(len(takers)))
    balance = sparse.vstack([gives, takes]).tocsc()[:-1]  # the last one follows from the others
    return apart[np.ix_(givers, takers)].ravel() * row[givers].sum(), balance, np.concatenate([given, taken])[:-1]


def _solved(problems: list[Problem]) -> list[float]:
    from scipy import sparse
    from scipy.optimize import linprog

    costs = [cost for cost, _, _ in problems]
    balance = sparse.block_diag([each for _, each, _ in problems], format="csc")
    amounts = np.concatenate([amount for _, _, amount in problems])
    options = {"presolve": False}  # it takes as long as the rest
    answer = linprog(np.concatenate(costs), A_eq=balance, b_eq=amounts, method="highs-ds", options=options)
    ways = np.split(answer.x, np.cumsum([len(cost) for cost in costs])[:-1])
    return [float(cost @ way) for cost, way in zip(costs, ways, strict=True)]
