"""Garment: any picture of a garment in the form of Fashion-MNIST, bright on black, centred, 28 × 28.

    picture -> background learned from the border -> silhouette -> cut out on white -> grey -> negated and stretched
            -> cropped -> longer side 28 pixels -> centred on 28 × 28

A transparent background is taken as it is. A picture that has the form already passes unchanged. The steps are those by
which the set itself was made (Xiao, Rasul and Vollgraf, 2017, arXiv:1708.07747, section 2), with a silhouette in place of
the white background that the shop's pictures had.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from whylight.errors import PictureError
from whylight.frame import Frame
from whylight.pictures import on_white
from whylight.preparation import Preparation, Prepared, Step
from whylight.preparations._doubts import doubts
from whylight.preparations._form import has_alpha, in_form, is_in_form
from whylight.preparations._found import Found, Numbers, box_of, find

LEAST_SIDE = 16
WORKED_ON = 1024
"""A larger picture is reduced to it first: 28 pixels need no more."""
LEAST_RANGE = 4
"""Levels: a picture whose every channel spans less is of one colour."""
GREYEST, BLACKEST = 6, 24
"""A picture is a negative already when its colours' channels differ by less than the first and its background is darker
than the second."""
FARTHEST = 12.0
"""The distance from the background that is drawn white."""


@dataclass(frozen=True)
class Garment(Preparation):
    """``levels``: ``negative`` makes dark garments bright, as in the set, whose photos were negated; ``positive`` leaves
    them; ``auto`` negates all but grey pictures on black, which are negatives already."""

    levels: Literal["auto", "negative", "positive"] = "auto"

    def __call__(self, picture: Image.Image) -> Prepared:
        """The steps; raises PictureError for a picture with a side below 16 pixels or of one colour."""
        if is_in_form(picture):
            return _unchanged(picture)
        _check(picture)
        size = picture.height, picture.width
        photo = picture.convert("RGBA") if has_alpha(picture) else on_white(picture)
        photo.thumbnail((WORKED_ON, WORKED_ON), Image.Resampling.LANCZOS, reducing_gap=3.0)
        found = _by_alpha(photo) if photo.mode == "RGBA" else find(photo)
        box = box_of(found.mask)
        mask = found.mask if box else np.ones_like(found.mask)
        return self._prepared(on_white(photo), found, mask, size)

    def _prepared(self, photo: Image.Image, found: Found, mask: Numbers, size: tuple[int, int]) -> Prepared:
        grey = np.asarray(photo.convert("L")).astype(np.float64)
        positive = self.levels == "positive" or (self.levels == "auto" and _is_negative(photo, mask))
        levels = (grey if positive else 255 - grey) / 255 * mask
        box = box_of(mask)
        assert box is not None
        form, square = in_form(levels, box)
        scale = size[0] / photo.height
        frame = Frame(size, (square[0] * scale, square[1] * scale, square[2] * scale, square[3] * scale))
        numbers = _numbers(found, mask, levels)
        warnings, typical = doubts(numbers, form)
        cut = Image.composite(photo, Image.new("RGB", photo.size, "white"), _shown(mask))
        steps = (
            Step("picture", "as it was taken", photo),
            Step("distance", "how far each pixel is from the background's colour", _shown(found.distance / FARTHEST)),
            Step("mask", "what stands out from it, as one shape", _shown(mask)),
            Step("cut out", "the background made white", cut),
            Step("grey", "kept as it is" if positive else "negated: bright on black", _shown(levels)),
            Step("28 × 28", "cropped, reduced, centred, stretched to the full range", form),
        )
        return Prepared(form, frame, steps, numbers | {"untypical": typical}, warnings)


def _check(picture: Image.Image) -> None:
    if min(picture.size) < LEAST_SIDE:
        raise PictureError(
            f"expected a picture of a garment with sides of at least {LEAST_SIDE} pixels, or 28 × 28 in grey on black; "
            f"got {picture.width} × {picture.height}"
        )
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    if not has_alpha(picture) and np.ptp(pixels, axis=(0, 1)).max() < LEAST_RANGE:
        raise PictureError(
            "expected a picture of a garment; got one of a single colour, in which there is nothing to find"
        )


def _unchanged(picture: Image.Image) -> Prepared:
    form = picture.convert("L")
    warnings, untypical = doubts({}, form)
    whole = Frame((form.height, form.width), (0.0, 0.0, float(form.width), float(form.height)))
    return Prepared(form, whole, (Step("28 × 28", "in the form already", form),), {"untypical": untypical}, warnings)


def _by_alpha(photo: Image.Image) -> Found:
    alpha = np.asarray(photo.getchannel("A")).astype(np.float64) / 255
    sides = (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1])
    touched = sum(bool((side > 0.5).mean() >= 0.1) for side in sides)
    return Found(alpha, alpha * FARTHEST, 1.0, 0.0, 0.0, 1.0, touched)


def _is_negative(photo: Image.Image, mask: Numbers) -> bool:
    """Whether it is grey on black."""
    pixels = np.asarray(photo).astype(int)
    outside = pixels[mask < 0.5]
    return bool(
        np.percentile(np.ptp(pixels, axis=2), 99) <= GREYEST and outside.size and np.median(outside) <= BLACKEST
    )


def _numbers(found: Found, mask: Numbers, levels: Numbers) -> dict[str, float]:
    inside = mask > 0.5
    return {
        "area": float(inside.mean()) if box_of(found.mask) else 0.0,
        "sides_touched": float(found.touched),
        "clear_border": found.explained,
        "background_noise": found.noise,
        "separation": found.separated,
        "contrast": float(np.median(found.distance[inside])),
        "second_thing": found.second,
        "sure": found.explained * max(0.0, 2 * found.separated - 1),
        "brightest": float(np.percentile(levels[inside], 99)),
    }


def _shown(numbers: Numbers) -> Image.Image:
    return Image.fromarray((255 * numbers.clip(0, 1)).round().astype(np.uint8))
