"""Where the garment is in a photo: its soft mask and what was measured on the way.

The mask is looked for in a reduced copy. A garment that is small there is looked for again in the part of the photo around
it, where it has more pixels and its own background.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.stats import rankdata
from skimage.color import rgb2lab

from whylight.preparations._background import background_of
from whylight.preparations._silhouette import silhouette_of
from whylight.preparations._trim import frame_width

Numbers = NDArray[np.float64]

LOOKED_AT = 256
"""The longer side of the copy in which the mask is looked for."""
SMOOTHING = 0.8
"""Of the copy, in pixels, against noise and the blocks of compression."""
SMALL, AROUND = 0.5, 0.2
"""A garment with a longer side below this part of the picture's is looked for again, with so much of it as a margin."""
COVERED = 0.1
"""A side of the picture is touched when the mask covers this part of it."""


@dataclass(frozen=True)
class Found:
    """``mask``: (row, column) in [0, 1] at the photo's size. ``distance``: as far as each pixel is from the background.

    ``explained``, ``noise``: see ``Background``. ``second``: the size of the largest thing left out, as a part of the
    garment's. ``separated``: how likely a pixel of the garment is further from the background than one outside (0.5 is
    chance). ``touched``: how many sides of the picture the mask reaches."""

    mask: Numbers
    distance: Numbers
    explained: float
    noise: float
    second: float
    separated: float
    touched: int


def find(photo: Image.Image) -> Found:
    """The garment in an RGB photo; an empty mask where nothing stands out."""
    trimmed, inner = _without_frame(photo)
    found = _once(trimmed)
    box = box_of(found.mask)
    if box and max(box[2] - box[0], box[3] - box[1]) < SMALL * max(trimmed.size):
        found = _again(trimmed, found, box)
    left, top = inner[:2]
    size = photo.height, photo.width
    return replace(
        found, mask=_placed(found.mask, size, (left, top)), distance=_placed(found.distance, size, (left, top))
    )


def box_of(mask: Numbers) -> tuple[int, int, int, int] | None:
    """(left, top, right, bottom) of what a mask keeps, None when it keeps nothing."""
    rows, columns = np.flatnonzero((mask > 0.5).any(axis=1)), np.flatnonzero((mask > 0.5).any(axis=0))
    if not rows.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _without_frame(photo: Image.Image) -> tuple[Image.Image, tuple[int, int, int, int]]:
    copy = _copy(photo)
    width = frame_width(_lab(copy, 0.0))
    cut = int(np.ceil(width * max(photo.size) / max(copy.size)))
    inner = (cut, cut, photo.width - cut, photo.height - cut)
    return photo.crop(inner), inner


def _once(photo: Image.Image) -> Found:
    lab = _lab(_copy(photo), SMOOTHING)
    background = background_of(lab)
    silhouette = silhouette_of(lab, background)
    mask, distance = silhouette.mask, background.distance
    sides = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    return Found(
        _enlarged(mask.astype(np.float64), photo.size),
        _enlarged(distance, photo.size),
        background.explained,
        background.noise,
        silhouette.second,
        _separated(distance, mask),
        sum(bool(side.mean() >= COVERED) for side in sides),
    )


def _again(photo: Image.Image, found: Found, box: tuple[int, int, int, int]) -> Found:
    """The same from the part around ``box``; what is said of the picture's sides and of other things in it stays."""
    margin = max(4, round(AROUND * max(box[2] - box[0], box[3] - box[1])))
    part = (
        max(0, box[0] - margin),
        max(0, box[1] - margin),
        min(photo.width, box[2] + margin),
        min(photo.height, box[3] + margin),
    )
    closer = _once(photo.crop(part))
    if box_of(closer.mask) is None or closer.touched > found.touched or closer.separated < found.separated - 0.05:
        return found
    mask = _placed(closer.mask, found.mask.shape, part[:2])
    overlap = np.minimum(mask, found.mask).sum() / np.maximum(mask, found.mask).sum()
    return replace(found, mask=mask) if overlap > 0.5 else found


def _separated(distance: Numbers, mask: NDArray[np.bool_]) -> float:
    """The area under the curve of sensitivity against specificity, by ranks (Mann and Whitney, 1947)."""
    inside, outside = int(mask.sum()), int((~mask).sum())
    if not inside or not outside:
        return 0.5
    ranks = rankdata(distance.ravel())[mask.ravel()].sum()
    return float((ranks - inside * (inside + 1) / 2) / (inside * outside))


def _copy(photo: Image.Image) -> Image.Image:
    scale = min(1.0, LOOKED_AT / max(photo.size))
    size = max(8, round(photo.width * scale)), max(8, round(photo.height * scale))
    return photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _lab(photo: Image.Image, smoothing: float) -> Numbers:
    lab: Numbers = rgb2lab(np.asarray(photo))
    return ndimage.gaussian_filter(lab, (smoothing, smoothing, 0)) if smoothing else lab


def _enlarged(numbers: Numbers, size: tuple[int, int]) -> Numbers:
    resized = Image.fromarray(numbers.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(resized).astype(np.float64).clip(0, None if numbers.max() > 1 else 1)


def _placed(part: Numbers, size: tuple[int, ...], corner: tuple[int, int]) -> Numbers:
    whole = np.zeros(size)
    whole[corner[1] : corner[1] + part.shape[0], corner[0] : corner[0] + part.shape[1]] = part
    return whole
