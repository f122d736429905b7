"""Colours of the page: text against what it stands on, in light and in dark, by WCAG 2.2.

1.4.3: at least 4.5 to 1; 1.4.11: at least 3 to 1 for the edges of what can be pressed.
"""

import re
from pathlib import Path

import pytest

STYLE = Path(__file__).parents[2] / "src/whylight/web/static/style.css"
PAIRS = dict(re.findall(r"--([\w-]+): (light-dark\([^)]*\))", STYLE.read_text(encoding="utf-8")))
GROUNDS = ("paper", "card", "sunk")


def colours(name: str) -> list[str]:
    """The colour in light and in dark."""
    return re.findall(r"#[0-9a-f]{6}", PAIRS[name])


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_is_the_recommendation_s() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((ink, ground) for ink in ("ink", "quiet", "accent", "supports", "hinders", "bad") for ground in GROUNDS),
        ("on-accent", "accent"),
        ("paper", "ink"),
        ("warn-ink", "warn"),
    ],
)
def test_text_can_be_read(ink: str, ground: str) -> None:
    for one, other in zip(colours(ink), colours(ground), strict=True):
        assert contrast(one, other) >= 4.5, (one, other)


@pytest.mark.parametrize("ground", ["paper", "card"])
@pytest.mark.parametrize("edge", ["edge", "focus"])
def test_edges_can_be_seen(edge: str, ground: str) -> None:
    for one, other in zip(colours(edge), colours(ground), strict=True):
        assert contrast(one, other) >= 3, (one, other)
