"""The steps of a preparation, drawn: each picture is there, and every doubt."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from whylight.frame import Frame
from whylight.plots.preparation_steps import PANEL, steps_figure
from whylight.preparation import Prepared, Step

COLOURS = ((200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30))


def prepared(warnings: tuple[str, ...] = ()) -> Prepared:
    sizes = ((600, 300), (300, 600), (28, 28), (5, 3))
    steps = tuple(
        Step(f"step {place}", "a sentence on what was done here", Image.new("RGB", size, colour))
        for place, (size, colour) in enumerate(zip(sizes, COLOURS, strict=True))
    )
    return Prepared(Image.new("L", (28, 28)), Frame((300, 600), (-10.0, 0.0, 590.0, 600.0)), steps, {}, warnings)


def drawn(figure: Figure) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3]  # type: ignore[attr-defined]  # Agg's, which the canvas is


def words(figure: Figure) -> str:
    return " ".join(text.get_text() for text in figure.texts)


def test_every_step_fills_its_panel_in_its_own_shape() -> None:
    pixels = drawn(steps_figure(prepared(), "coat.jpg"))
    areas = [int((pixels == colour).all(axis=2).sum()) for colour in COLOURS]
    expected = [PANEL**2 / 2, PANEL**2 / 2, PANEL**2, PANEL**2 * 3 / 5]
    assert areas == pytest.approx(expected, rel=0.01)


def test_the_words_say_what_was_done() -> None:
    written = words(steps_figure(prepared(), "coat.jpg"))
    assert "coat.jpg" in written
    assert "28 × 28 pixels made of 600 × 600 of 600 × 300" in written
    for place in range(4):
        assert f"{place + 1}  step {place}" in written


def test_warnings_stand_above_and_doubts_take_their_place() -> None:
    warned = prepared(("the garment reaches 1 side",))
    assert "⚠ the garment reaches 1 side" in words(steps_figure(warned, "coat.jpg"))
    doubted = words(steps_figure(warned, "coat.jpg", ("the classifier is undecided",)))
    assert "undecided" in doubted
    assert "reaches" not in doubted
    assert "⚠" not in words(steps_figure(warned, "coat.jpg", ()))
