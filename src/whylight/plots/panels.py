"""The two panels of an overlay, pixel by pixel: the picture, and its evidence over the picture in grey."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from whylight.frame import Frame
from whylight.plots.colours import Pixels, blend, paint

SMALLEST = 420
"""A picture whose longer side is shorter is enlarged by a whole factor to at least this: its pixels stay crisp squares."""
LONGEST = 2048
MOST_PIXELS = 1 << 20
"""A larger picture is shrunk: a panel is for the eye, the raw maps keep the rest."""
STRIP = 4
"""Beyond this ratio of its sides a picture is a strip, of which a classifier may see little."""
CRISP = 4
"""From this enlargement on, the pixels of a classifier's input are shown as squares."""
STRIPES = 12
"""The period of the hatching, in pixels of the panel."""


def shrunk(picture: Image.Image, longest: int = LONGEST, most_pixels: int = MOST_PIXELS) -> Image.Image:
    """The picture itself, or a smaller copy that is no longer and no larger than allowed."""
    width, height = picture.size
    scale = min(1.0, longest / max(width, height), (most_pixels / (width * height)) ** 0.5)
    if scale == 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def around(picture: Image.Image, frame: Frame) -> tuple[Image.Image, Frame]:
    """A long strip cut to what the classifier saw of it and as much again on either side; other pictures as they are."""
    height, width = frame.size
    if frame.whole or max(height, width) <= STRIP * min(height, width):
        return picture, frame
    left, top, right, bottom = frame.box
    across, down = right - left, bottom - top
    window = (
        max(0, round(left - across)),
        max(0, round(top - down)),
        min(width, round(right + across)),
        min(height, round(bottom + down)),
    )
    box = (left - window[0], top - window[1], right - window[0], bottom - window[1])
    return picture.crop(window), Frame((window[3] - window[1], window[2] - window[0]), box)


def scaled(frame: Frame, size: tuple[int, int]) -> Frame:
    """The same part of the picture when the picture is resized to ``size`` (height, width)."""
    down, across = size[0] / frame.size[0], size[1] / frame.size[1]
    left, top, right, bottom = frame.box
    return Frame(size, (left * across, top * down, right * across, bottom * down))


def prepared(picture: Image.Image, frame: Frame) -> tuple[Image.Image, Frame]:
    """The picture in RGB as it is shown, with its frame: strips are cut, large pictures are shrunk."""
    cut, seen = around(picture.convert("RGB"), frame)
    shown = shrunk(cut)
    return shown, scaled(seen, (shown.height, shown.width))


def factor_for(size: tuple[int, int]) -> int:
    """How many panel pixels, along each side, one pixel of a picture of this size (height, width) takes."""
    return math.ceil(SMALLEST / max(size))


def enlarged(pixels: Pixels, factor: int) -> Pixels:
    """Each pixel as a square of ``factor`` × ``factor``."""
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def faded_grey(picture: Image.Image) -> Pixels:
    """The picture in light grey tones, on which both colours read."""
    grey = np.asarray(picture.convert("L"), dtype=np.float32)
    tone = np.rint(105 + grey * (145 / 255)).astype(np.uint8)
    return np.repeat(tone[..., None], 3, axis=2)


def evidence_panel(picture: Image.Image, evidence: NDArray[np.float32], limit: float, frame: Frame) -> Pixels:
    """Evidence (at the picture's size) over the grey picture, enlarged if it is tiny; the unseen part is hatched."""
    factor = factor_for((picture.height, picture.width))
    blended = enlarged(blend(faded_grey(picture), paint(evidence, limit)), factor)
    return hatched(blended, scaled(frame, blended.shape[:2]))


def picture_panel(picture: Image.Image, frame: Frame) -> Pixels:
    """The picture, enlarged if it is tiny; the unseen part is hatched."""
    pixels = enlarged(np.array(picture.convert("RGB")), factor_for((picture.height, picture.width)))
    return hatched(pixels, scaled(frame, pixels.shape[:2]))


def input_panel(given: Image.Image, picture: Image.Image, frame: Frame) -> Pixels:
    """What the classifier was given, in its place in the picture; the unseen part is hatched."""
    pixels = enlarged(np.array(picture.convert("RGB")), factor_for((picture.height, picture.width)))
    seen = scaled(frame, pixels.shape[:2])
    left, top, right, bottom = (round(edge) for edge in seen.box)
    size = (max(1, right - left), max(1, bottom - top))
    crisp = size[0] >= CRISP * given.width
    placed = given.convert("RGB").resize(size, Image.Resampling.NEAREST if crisp else Image.Resampling.BICUBIC)
    inside = np.array(placed)[max(0, -top) : pixels.shape[0] - top, max(0, -left) : pixels.shape[1] - left]
    above, before = max(0, top), max(0, left)
    pixels[above : above + inside.shape[0], before : before + inside.shape[1]] = inside
    return hatched(pixels, seen)


def hatched(pixels: Pixels, frame: Frame) -> Pixels:
    """The part outside of the frame's box paled and striped: the classifier did not see it."""
    if frame.whole:
        return pixels
    left, top, right, bottom = (round(edge) for edge in frame.box)
    rows, columns = np.arange(pixels.shape[0])[:, None, None], np.arange(pixels.shape[1])[None, :, None]
    unseen = (rows < top) | (rows >= bottom) | (columns < left) | (columns >= right)
    stripe = (rows + columns) % STRIPES < STRIPES // 4
    pale = np.where(stripe, 150, 0.35 * pixels + 0.65 * 235)
    striped: Pixels = np.where(unseen, pale, pixels).astype(np.uint8)
    return striped
