"""The form of Fashion-MNIST: 28 × 28 grey levels, the garment bright on black, centred, its longer side 28 pixels.

How the set was made (Xiao, Rasul and Vollgraf, 2017, arXiv:1708.07747, section 2): the margin of the shop's colour is
trimmed, the longer side reduced to 28 pixels, the result sharpened, centred on 28 × 28, negated, and made grey. Its files
show one step more: in 99 of 100 pictures the brightest pixel is 254 or 255, so levels were stretched to the full range.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 28
DARK, LIGHT = 8, 200
"""Levels up to the first are black; a border whose median is above the second is light."""

MARGIN = 0.01
"""Of the longer side, around the garment: the set's pictures were trimmed where the background began, not the garment."""

Numbers = NDArray[np.float64]
Box = tuple[int, int, int, int]


def is_in_form(picture: Image.Image) -> bool:
    """Whether a picture is in the form already: 28 × 28, grey, on black. Every picture of the set is."""
    if picture.size != (SIDE, SIDE) or has_alpha(picture):
        return False
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    grey = pixels[..., 0]
    along = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    coloured = np.ptp(pixels, axis=2).max() > 0
    return not coloured and grey.max() > DARK and bool((grey <= DARK).mean() >= 0.05 and np.median(along) <= LIGHT)


def has_alpha(picture: Image.Image) -> bool:
    """Whether part of the picture is transparent."""
    return bool(picture.has_transparency_data and np.asarray(picture.convert("RGBA"))[..., 3].min() < 128)


def in_form(levels: Numbers, box: Box) -> tuple[Image.Image, tuple[float, float, float, float]]:
    """The part of ``levels`` (row, column; 0 is background, 1 the brightest) in ``box`` (left, top, right, bottom), at
    28 × 28, and the box that all 28 × 28 pixels take in the pixels of ``levels``, which may reach beyond them."""
    margin = round(MARGIN * max(box[2] - box[0], box[3] - box[1]))
    levels = np.pad(levels, margin)  # so that the box, which moves with it, and its margin lie inside
    box = box[0], box[1], box[2] + 2 * margin, box[3] + 2 * margin
    left, top = box[0] - margin, box[1] - margin
    width, height = box[2] - box[0], box[3] - box[1]
    scale = SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(Image.fromarray(levels.astype(np.float32)).resize(size, Image.Resampling.LANCZOS, box=box))
    margins = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    form = np.zeros((SIDE, SIDE))
    form[margins[1] : margins[1] + size[1], margins[0] : margins[0] + size[0]] = small.clip(0)
    form /= max(float(form.max()), 1 / 255)
    across, down = width / size[0], height / size[1]
    start = left - margins[0] * across, top - margins[1] * down
    whole = (*start, start[0] + SIDE * across, start[1] + SIDE * down)
    return Image.fromarray((255 * form).round().astype(np.uint8)), whole
