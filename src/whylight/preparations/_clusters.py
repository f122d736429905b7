"""The main colours of some pixels, by k-means: the same ones at every call, also where whole areas have one colour."""

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2, vq

Numbers = NDArray[np.float64]

APART = 0.01
"""Lab units by which equal colours are moved apart: k-means++ cannot choose starts among equal ones."""
MOST = 4000
"""Pixels from which the colours are found."""


def main_colours(pixels: Numbers, count: int) -> NDArray[np.int32]:
    """Which of ``count`` main colours each pixel (pixel, channel) has, from 0."""
    random = np.random.default_rng(0)
    some = pixels[:: max(1, len(pixels) // MOST)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a colour that no pixel has in the end
        colours, _ = kmeans2(some + random.normal(0, APART, some.shape), count, minit="++", rng=random)
    numbers: NDArray[np.int32] = vq(pixels, colours)[0]
    return numbers
