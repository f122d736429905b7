"""Linear imputation: missing pixels become the weighted mean of their eight neighbours, missing neighbours included.

    x_u = Σ_n w_n x_n / Σ_n w_n   over the neighbours n inside the picture, w = 1/6 beside and 1/12 across a corner

Multiplied by Σ w, this is a symmetric system with one matrix for all channels: it is factorised once, without pivoting.

Rong et al., 2022, arXiv:2202.00449 (noisy linear imputation, without the noise).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

NEIGHBOURS = (((0, 1), 1 / 6), ((1, 0), 1 / 6), ((1, 1), 1 / 12), ((1, -1), 1 / 12))
"""(down, right) and weight of four neighbours; the other four are their opposites."""

Channels = NDArray[np.float64]
Missing = NDArray[np.bool_]


def impute(picture: Channels, missing: Missing) -> Channels:
    """The picture (channel, height, width) with the missing pixels (height, width) filled in; its mean colour where every
    pixel is missing, which the neighbours cannot tell."""
    count = int(missing.sum())
    if count == 0:
        return picture
    if count == missing.size:
        return np.broadcast_to(picture.mean(axis=(1, 2), keepdims=True), picture.shape)
    number = np.full(missing.shape, -1)
    number[missing] = np.arange(count)
    known = np.where(missing, 0.0, picture)
    weight, given = np.zeros(missing.shape), np.zeros_like(picture)
    rows, columns, values = [], [], []
    for (down, right), share in NEIGHBOURS:
        here, there = _pair(missing.shape, down, right)
        weight[here] += share
        weight[there] += share
        given[:, *here] += share * known[:, *there]
        given[:, *there] += share * known[:, *here]
        both = missing[here] & missing[there]
        rows.append(number[here][both])
        columns.append(number[there][both])
        values.append(np.full(len(rows[-1]), -share))
    row, column, value = (np.concatenate(parts) for parts in (rows, columns, values))
    diagonal = np.arange(count)
    system = csc_array(
        (
            np.concatenate([value, value, weight[missing]]),
            (np.concatenate([row, column, diagonal]), np.concatenate([column, row, diagonal])),
        ),
        shape=(count, count),
    )
    filled = picture.copy()
    filled[:, missing] = _solve(system, given[:, missing].T).T
    return filled


def _solve(system: csc_array, given: Channels) -> Channels:
    """One column of unknowns a channel. The matrix is symmetric and its diagonal dominates: an order for symmetric ones
    keeps the factors sparse, and no pivots are needed."""
    factors = splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    solved: Channels = factors.solve(np.ascontiguousarray(given))
    return solved


def _pair(shape: tuple[int, ...], down: int, right: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """All pixels that have a neighbour in that direction, and those neighbours."""
    height, width = shape
    here = (slice(0, height - down), slice(max(0, -right), width - max(0, right)))
    there = (slice(down, height), slice(max(0, right), width - max(0, -right)))
    return here, there
