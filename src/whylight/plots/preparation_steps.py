"""The steps of a preparation side by side, from the picture as it was taken to what the classifier is given, with the
warnings above them."""

import textwrap

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from whylight.plots.canvas import MARGIN, QUIET, TITLE, Canvas, Layout
from whylight.plots.colours import Pixels
from whylight.plots.fonts import legible
from whylight.plots.panels import CRISP, shrunk
from whylight.preparation import Prepared, Step

PANEL = 280
"""The side of the square that each step stands in, in pixels."""
PALE = 235
LETTERS = 40
"""How many letters stand in a line over a panel."""


class Panels(Layout):
    """Panels without a scale of colours below them."""

    @property
    def height(self) -> int:
        """To the end of the last panel."""
        return self.corners[-1][1] + self.panel[0] + MARGIN


def steps_figure(prepared: Prepared, name: str, doubts: tuple[str, ...] | None = None) -> Figure:
    """The figure for one picture; ``name``: the picture's. ``doubts``: what is said instead of the preparation's own
    warnings, such as those and what the classifier's answer adds."""
    captions = [_caption(number, step) for number, step in enumerate(prepared.steps, start=1)]
    most = max(len(lines) for lines in captions)
    words = textwrap.wrap(_summary(prepared), LETTERS * 3)
    said = prepared.warnings if doubts is None else doubts
    warnings = [line for doubt in said for line in textwrap.wrap(f"⚠ {doubt}", LETTERS * 3)]
    canvas = Canvas(Panels((PANEL, PANEL), len(words), len(warnings), len(captions), captions=most))
    text, fonts = legible(f"{name} · prepared")
    widest = canvas.layout.width - 2 * MARGIN
    canvas.write(MARGIN, MARGIN, text, size=15, fonts=fonts, weight="bold", widest=widest)
    canvas.paragraph(MARGIN, MARGIN + TITLE, words)
    if warnings:
        canvas.strip(warnings)
    for step, lines, (left, top) in zip(prepared.steps, captions, canvas.layout.corners, strict=True):
        for place, line in enumerate(lines):
            canvas.write(left, top - 22 - 18 * (len(lines) - 1 - place), line, size=10, colour=QUIET, widest=PANEL + 20)
        canvas.show(left, top, _panel(step.picture))
    return canvas.figure


def _caption(number: int, step: Step) -> list[str]:
    return textwrap.wrap(f"{number}  {step.name}: {step.sentence}", LETTERS)


def _summary(prepared: Prepared) -> str:
    """How large the part of the picture is that the classifier is given."""
    height, width = prepared.frame.size
    left, top, right, bottom = prepared.frame.box
    given = f"{prepared.picture.width} × {prepared.picture.height}"
    return (
        f"The classifier is given {given} pixels made of {right - left:.0f} × {bottom - top:.0f} of {width} × {height}."
    )


def _panel(picture: Image.Image) -> Pixels:
    """The picture in the middle of a square; tiny pictures keep their pixels as crisp squares."""
    shown = shrunk(picture.convert("RGB"), PANEL)
    factor = PANEL / max(shown.size)
    size = max(1, round(shown.width * factor)), max(1, round(shown.height * factor))
    resample = Image.Resampling.NEAREST if factor >= CRISP else Image.Resampling.BICUBIC
    square = Image.new("RGB", (PANEL, PANEL), (PALE, PALE, PALE))
    square.paste(shown.resize(size, resample), ((PANEL - size[0]) // 2, (PANEL - size[1]) // 2))
    return np.array(square)
