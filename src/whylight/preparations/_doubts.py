"""Why a prepared picture may be wrong, in words: from what was measured in the photo, and from how the result looks."""

from PIL import Image

from whylight.preparations._typical import untypical_of

CLEAR, MOTTLED = 0.75, 6.0
"""A background is clear from this part of the border on, and mottled above this noise (in Lab units)."""
LITTLE, MUCH = 0.01, 0.85
"""Parts of the picture."""
SECOND = 0.25
"""The size of another thing, as a part of the garment's."""
SEPARATED = 0.9
"""See ``Found.separated``."""
FAINT = 0.12
"""The brightest level, before it is stretched to 1."""


def doubts(numbers: dict[str, float], form: Image.Image) -> tuple[tuple[str, ...], float]:
    """The warnings, and how untypical the 28 × 28 picture is: above 1 is further from the training pictures than 99 in 100
    of them. ``numbers``: of the photo; none where it was in the form already."""
    untypical = untypical_of(form)
    found = list(_of_photo(numbers)) if numbers else []
    if untypical > 1:
        found.append(f"unlike the garments of Fashion-MNIST ({untypical:.2f} times their usual range)")
    return tuple(found), untypical


def _of_photo(numbers: dict[str, float]) -> list[str]:
    touched = round(numbers["sides_touched"])
    sides = "side" if touched == 1 else "sides"
    known = {
        _of_background(numbers["clear_border"], numbers["background_noise"]): True,
        _of_area(numbers["area"]): True,
        "the garment hardly differs from its background": numbers["area"] > 0 and numbers["separation"] < SEPARATED,
        f"the garment reaches {touched} {sides} of the picture, so it may be cut off": touched > 0,
        "there are several things in the picture, of which the largest was taken": numbers["second_thing"] > SECOND,
        "the garment has hardly any grey levels of its own": numbers["brightest"] < FAINT,
    }
    return [words for words, raised in known.items() if words and raised]


def _of_background(clear: float, noise: float) -> str:
    if clear < CLEAR:
        return f"no clear background ({clear:.0%} of the border is one)"
    return "no clear background (it is mottled)" if noise > MOTTLED else ""


def _of_area(area: float) -> str:
    if area == 0:
        return "nothing stands out from the background, so the whole picture was taken"
    if area < LITTLE:
        return f"the garment fills almost nothing of the picture ({area:.1%})"
    return f"the garment fills almost all of the picture ({area:.0%})" if area > MUCH else ""
