"""Signed evidence in two colours: orange supports, blue hinders, and where there is none the picture shows through.

Orange and blue lie on the axis that people with any of the common colour blindnesses tell apart. Both signs share one
scale: full colour is reached at the 99.5th percentile of the magnitudes, so that one extreme pixel does not pale the rest.
"""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(height, width, 3 or 4): eight bits a channel."""

SUPPORTS = (224, 86, 0)
HINDERS = (20, 92, 204)
STRONGEST = 0.85
"""How opaque the strongest evidence is: the picture stays visible under it."""
PERCENTILE = 99.5


def limit_of(evidence: NDArray[np.float32]) -> float:
    """The magnitude that gets the full colour; 0 for a map of zeros. NaN and infinity do not count."""
    magnitudes = np.abs(evidence[np.isfinite(evidence)])
    if not magnitudes.size:
        return 0.0
    return float(np.percentile(magnitudes, PERCENTILE)) or float(magnitudes.max())


def paint(evidence: NDArray[np.float32], limit: float) -> Pixels:
    """A map (height, width) as colours with transparency (height, width, 4): zero and NaN are fully transparent."""
    known = np.nan_to_num(evidence, nan=0.0, posinf=np.inf, neginf=-np.inf)
    strength = np.clip(np.abs(known) / limit, 0, 1) if limit > 0 else np.zeros(known.shape, np.float32)
    painted = np.empty((*known.shape, 4), np.uint8)
    painted[..., :3] = np.where(known[..., None] > 0, np.array(SUPPORTS, np.uint8), np.array(HINDERS, np.uint8))
    painted[..., 3] = np.rint(255 * STRONGEST * strength)
    return painted


def blend(under: Pixels, over: Pixels) -> Pixels:
    """``over`` (with transparency) laid on ``under`` (without)."""
    opacity = over[..., 3:].astype(np.float32) / 255
    mixed: Pixels = np.rint(under + (over[..., :3] - under.astype(np.float32)) * opacity).astype(np.uint8)
    return mixed
