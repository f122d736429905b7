"""How typical a 28 × 28 picture is of Fashion-MNIST: a score that needs no training when it is used.

Twenty-three simple numbers describe the picture (how large, how bright, how wide and tall, where its mass lies, how ragged
its edge and how busy its inside is). Each of the ten classes has their mean and covariance over the training pictures, in
``typical_garments.json``. The score is the smallest of the ten Mahalanobis distances, divided by the value that 99 in 100
training pictures stay below: above 1 is untypical (the simplest detector of Lee et al., 2018, arXiv:1807.03888).
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Numbers = NDArray[np.float64]

DARK = 10
BANDS = 7


def describe(pictures: NDArray[np.uint8]) -> Numbers:
    """(picture, 23) from (picture, 28, 28) grey levels."""
    mask = pictures > DARK
    levels = pictures / 255.0
    area = np.maximum(mask.mean(axis=(1, 2)), 1 / 784)
    mean = (levels * mask).mean(axis=(1, 2)) / area
    spread = np.sqrt(((levels - mean[:, None, None]) ** 2 * mask).mean(axis=(1, 2)) / area)
    tall, wide = mask.any(axis=2).mean(axis=1), mask.any(axis=1).mean(axis=1)
    down, across = np.diff(mask, axis=1), np.diff(mask, axis=2)
    edge = (down.sum(axis=(1, 2)) + across.sum(axis=(1, 2))) / np.sqrt(784 * area)
    asymmetry = (mask != mask[:, :, ::-1]).mean(axis=(1, 2)) / area
    alone = [area, mean, spread, tall, wide, edge, asymmetry, _busy(levels, mask), area / np.maximum(tall * wide, area)]
    bands = mask.reshape(-1, BANDS, 4, BANDS, 4).mean(axis=(2, 4))
    return np.column_stack([*alone, bands.mean(axis=2), bands.mean(axis=1)])


def _busy(levels: Numbers, mask: NDArray[np.bool_]) -> Numbers:
    """The mean step between neighbours that are both inside."""
    steps = [(np.abs(np.diff(levels, axis=axis)), _both(mask, axis)) for axis in (1, 2)]
    total = sum((step * both).sum(axis=(1, 2)) for step, both in steps)
    return np.asarray(total / np.maximum(sum(both.sum(axis=(1, 2)) for _, both in steps), 1))


def _both(mask: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    return mask[:, 1:] & mask[:, :-1] if axis == 1 else mask[:, :, 1:] & mask[:, :, :-1]


def untypical_of(form: Image.Image) -> float:
    """The score of one 28 × 28 grey picture."""
    return float(scores(np.asarray(form.convert("L"))[None])[0])


def scores(pictures: NDArray[np.uint8]) -> Numbers:
    """The score of each of some pictures (picture, 28, 28)."""
    known = _known()
    return nearest(describe(pictures), known["means"], known["whitenings"]) / float(known["limit"])


def nearest(described: Numbers, means: Numbers, whitenings: Numbers) -> Numbers:
    """The smallest Mahalanobis distance to a class; ``whitenings``: (class, number, number), by which each class's
    covariance becomes one."""
    away = np.einsum("pcn,cnm->pcm", described[:, None] - means, whitenings)
    distances: Numbers = np.sqrt((away**2).sum(axis=2)).min(axis=1)
    return distances


@cache
def _known() -> dict[str, Any]:
    text = (files("whylight") / "preparations" / "typical_garments.json").read_text(encoding="utf-8")
    known: dict[str, Any] = json.loads(text)
    return known | {"means": np.array(known["means"]), "whitenings": np.array(known["whitenings"])}
