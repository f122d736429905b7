"""A figure that is drawn on in pixels from the top left, so that every panel keeps its own pixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from whylight.plots import colours
from whylight.plots.fonts import FAMILY, legible

DPI = 100
NARROWEST = 940
MARGIN, LINE, TITLE, CAPTION, BAR = 28, 23, 40, 34, 16
MOST_ACROSS = 3
BADGE = 26
"""The width of a number on a panel, with the space around it, in pixels."""
LETTER = 8.3
"""About the width of a letter of the text, in pixels."""
INK, QUIET, WARNING, WARNING_INK = "#1b1b1f", "#55555e", "#fff0c2", "#5c3d00"
LEGEND_INKS = ("#0f4aa8", "#a84000")


@dataclass(frozen=True)
class Layout:
    """Where everything stands, in pixels from the top left. ``panel``: (height, width) of each of the ``panels``, which
    are stacked if they are wide; ``lines``, ``warnings``, ``captions`` (above each panel) and ``notes`` (at the end): how
    many lines of text each part takes."""

    panel: tuple[int, int]
    lines: int = 0
    warnings: int = 0
    panels: int = 2
    captions: int = 1
    notes: int = 0

    @property
    def columns(self) -> int:
        stacked = self.panel[1] > 2 * self.panel[0]
        most = 2 if self.panels == 4 else MOST_ACROSS  # no panel alone in a row
        return 1 if stacked else min(self.panels, most)

    @property
    def caption(self) -> int:
        """The height of what stands above a panel."""
        return CAPTION + (self.captions - 1) * LINE

    @property
    def gap(self) -> int:
        widest_caption = 110 if self.panels == 2 else 180
        return max(28, widest_caption - self.panel[1])

    @property
    def width(self) -> int:
        return max(NARROWEST, self._across + 2 * MARGIN)

    @property
    def _across(self) -> int:
        return self.columns * (self.panel[1] + self.gap) - self.gap

    @property
    def letters(self) -> int:
        """How many letters a line of text holds; long lines are hard to read however wide the figure is."""
        return min(150, int((self.width - 2 * MARGIN) / LETTER))

    @property
    def strip_top(self) -> int:
        return MARGIN + TITLE + self.lines * LINE + 6

    @property
    def panels_top(self) -> int:
        return self.strip_top + (self.warnings * LINE + 14 if self.warnings else 0) + self.caption

    @property
    def corners(self) -> list[tuple[int, int]]:
        """(left, top) of each panel."""
        height, width = self.panel
        left = (self.width - self._across) // 2
        places = (divmod(number, self.columns) for number in range(self.panels))
        return [
            (left + column * (width + self.gap), self.panels_top + row * (height + self.caption))
            for row, column in places
        ]

    @property
    def legend_top(self) -> int:
        return self.corners[-1][1] + self.panel[0] + 22

    @property
    def notes_top(self) -> int:
        return self.legend_top + BAR + 2 * LINE + 14

    @property
    def height(self) -> int:
        return self.legend_top + BAR + 2 * LINE + MARGIN + self.notes * LINE


class Canvas:
    """What an overlay is drawn on; ``figure`` is the result."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.figure = Figure((layout.width / DPI, layout.height / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.figure)

    def write(
        self,
        left: int,
        top: int,
        text: str,
        *,
        size: int = 11,
        fonts: tuple[str, ...] = (FAMILY,),
        colour: str = INK,
        align: str = "left",
        weight: str = "normal",
        widest: int | None = None,
    ) -> None:
        """One line of text whose upper edge is at ``top``, cut to ``widest`` pixels; signs such as ``$`` and ``_`` stand
        for themselves."""
        across, down = left / self.layout.width, 1 - top / self.layout.height
        style: dict[str, Any] = {
            "size": size,
            "family": list(fonts),
            "weight": weight,
            "color": colour,
            "ha": align,
            "va": "top",
        }
        written = self.figure.text(across, down, text, parse_math=False, **style)
        while widest and (width := written.get_window_extent().width) > widest and len(text) > 1:
            text = shortened(text, min(len(text) - 1, int(len(text) * widest / width)))
            written.set_text(text)

    def paragraph(self, left: int, top: int, lines: list[str], colour: str = INK) -> None:
        """Lines one under the other."""
        for number, line in enumerate(lines):
            text, fonts = legible(line)
            self.write(left, top + number * LINE, text, fonts=fonts, colour=colour)

    def badge(self, across: int, down: int, text: str, colour: str) -> None:
        """A number in a disc whose middle is there."""
        place = across / self.layout.width, 1 - down / self.layout.height
        disc = {"boxstyle": "circle,pad=0.28", "facecolor": colour, "edgecolor": "white", "linewidth": 1.2}
        self.figure.text(
            *place, text, size=9, family=FAMILY, weight="bold", color="white", ha="center", va="center", bbox=disc
        )

    def show(self, left: int, top: int, pixels: colours.Pixels) -> None:
        """Pixels at their own size."""
        height, width = pixels.shape[:2]
        self._axes(left, top, width, height).imshow(pixels, interpolation="nearest", aspect="auto")

    def strip(self, lines: list[str]) -> None:
        """Warnings on a coloured strip."""
        top, width = self.layout.strip_top, self.layout.width - 2 * MARGIN
        self._axes(MARGIN, top, width, len(lines) * LINE + 6).set_facecolor(WARNING)
        self.paragraph(MARGIN + 8, top + 4, lines, WARNING_INK)

    def legend(self, limit: float, words: tuple[str, str], fonts: tuple[str, ...], marks: str = "both") -> None:
        """The scale under the panels: the values at which the colours are full, and the two ends in ``words``; half of it
        for a map that ``hinders`` only or ``supports`` only."""
        low, high = (0.0 if marks == "supports" else -1.0), (0.0 if marks == "hinders" else 1.0)
        width, top = min(640, self.layout.width - 2 * MARGIN), self.layout.legend_top
        left = (self.layout.width - width) // 2
        ramp = colours.paint(np.linspace(low, high, width, dtype=np.float32)[None].repeat(BAR, axis=0), 1.0)
        self.show(left, top, colours.blend(np.full((BAR, width, 3), 190, np.uint8), ramp))
        scale = ((left, low, "left"), (left + width // 2, (low + high) / 2, "center"), (left + width, high, "right"))
        for at, value, align in scale:
            number = f"{value * limit or 0.0:.3g}".replace("-", "−")
            self.write(at, top + BAR + 4, number, size=10, colour=QUIET, align=align)
        for (at, value, align), word, ink in zip((scale[0], scale[2]), words, LEGEND_INKS):
            below, widest = top + BAR + LINE + 2, width // 2 - 12
            if value:
                self.write(at, below, word, fonts=fonts, align=align, colour=ink, weight="bold", widest=widest)

    def _axes(self, left: int, top: int, width: int, height: int) -> Axes:
        across, down = self.layout.width, self.layout.height
        axes = self.figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(False)
        return axes


def shortened(text: str, letters: int) -> str:
    """At most so many letters, the last an ellipsis if some are left out."""
    return text if len(text) <= letters else text[: max(0, letters - 1)].rstrip(" ,") + "…"
