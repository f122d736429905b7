"""Half blocks: two pixels a letter, in their colours and proportions."""

import numpy as np
import pytest
from rich.color import Color

from whylight.plots.half_blocks import UPPER, beside, half_blocks


def colours_of(line: object) -> list[tuple[object, object]]:
    spans = line.spans  # type: ignore[attr-defined]
    return [(span.style.color, span.style.bgcolor) for span in spans]


def test_a_letter_is_two_pixels() -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 8, 7]]], np.uint8)
    (line,) = half_blocks(pixels, 2, 1)
    assert line.plain == UPPER * 2
    red, green, blue, dark = (Color.from_rgb(*each) for each in ((255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 8, 7)))
    assert colours_of(line) == [(red, blue), (green, dark)]


@pytest.mark.parametrize(
    ("size", "room", "expected"),
    [
        ((32, 32), (80, 20), (32, 16)),
        ((20, 10), (80, 20), (20, 20)),
        ((300, 400), (60, 30), (60, 23)),
        ((5, 3), (3, 9), (3, 3)),
    ],
)
def test_proportions_are_kept(size: tuple[int, int], room: tuple[int, int], expected: tuple[int, int]) -> None:
    lines = half_blocks(np.zeros((*size, 3), np.uint8), *room)
    assert (len(lines[0].plain), len(lines)) == expected


def test_two_beside_each_other() -> None:
    left, right = (half_blocks(np.full((4, 3, 3), tone, np.uint8), 3, 2) for tone in (0, 255))
    assert [line.plain for line in beside(left, right)] == [f"{UPPER * 3}  {UPPER * 3}"] * 2
