"""A sheet about one decision: the picture, its concepts for and against the label with their prototypes, and the sum."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

from whylight.concepts.sheet import Box, Line, Sheet
from whylight.plots import colours
from whylight.plots.canvas import INK, LEGEND_INKS, LINE, MARGIN, QUIET, WARNING_INK
from whylight.plots.colours import Pixels
from whylight.plots.numbers import logit, percent
from whylight.plots.paper import paper, write

PICTURE, TILE, GAP, ROW = 300, 104, 10, 132
"""The sides of the picture and of a tile, the space between tiles and the height of a concept's row, in pixels."""
WORDS = 176
"""The width of a concept's words."""
BAR = 150
HEADING = 96
YELLOW = "#ffd400"


def concept_sheet(sheet: Sheet, *, examples: int = 3) -> Figure:
    """``examples``: how many prototypes a concept gets, where it has them."""
    across = max([0, *(len(line.examples) for line in (*sheet.supporting, *sheet.opposing))])
    shown = min(across, examples)
    column = TILE + GAP + WORDS + (shown * (TILE + GAP) + 14 if shown else 0)
    left = 2 * MARGIN + PICTURE
    rows = max(1, len(sheet.supporting)) + max(1, len(sheet.opposing))
    body = max(PICTURE + 8 * LINE, rows * ROW + 2 * 46)
    sums = _sum(sheet)
    width, height = left + column + MARGIN, HEADING + body + 34 + len(sums) * LINE + MARGIN
    axes = paper(width, height)
    _heading(axes, sheet, width)
    _show(axes, sheet.pixels, (MARGIN, HEADING), PICTURE, [(line.box, True) for line in sheet.supporting[:1]])
    _legend(axes, HEADING + PICTURE + 22, shown)
    top = _group(axes, sheet, sheet.supporting, (left, HEADING), shown, supports=True)
    _group(axes, sheet, sheet.opposing, (left, top), shown, supports=False)
    foot = HEADING + body + 16
    axes.plot([MARGIN, width - MARGIN], [foot, foot], color="#d5d5dc", linewidth=1)
    for number, words in enumerate(sums):
        weight = "bold" if number == 0 else "normal"
        write(axes, MARGIN, foot + 20 + number * LINE, words, weight=weight, widest=width - 2 * MARGIN)
    return axes.get_figure(root=True) or Figure()


def _heading(axes: Axes, sheet: Sheet, width: int) -> None:
    right = (
        "" if sheet.truth is None else "  (right)" if sheet.truth == sheet.label else f"  (wrong: it is {sheet.truth})"
    )
    title = f"{sheet.label}, {percent(sheet.probability)}{right}"
    write(axes, MARGIN, MARGIN + 6, title, size=16, weight="bold", widest=width - 2 * MARGIN)
    needed = (
        f"{len(sheet.supporting)} concepts that speak for it most, {len(sheet.opposing)} that speak against it most"
    )
    words = f"Logit {logit(sheet.logit)}. {needed}. {sheet.model}"
    write(axes, MARGIN, MARGIN + 34, words, size=10, colour=QUIET, widest=width - 2 * MARGIN)


def _legend(axes: Axes, top: int, shown: int) -> None:
    lines = [
        "Box: the cell that was taken.",
        "Colour: where the concept is strong,",
        "orange for the label, blue against it.",
    ]
    lines += ["At the right: pictures of the data in", "which the concept is strongest."] if shown else []
    for number, words in enumerate(lines):
        write(axes, MARGIN, top + number * LINE, words, size=10, colour=QUIET)


def _group(
    axes: Axes, sheet: Sheet, lines: Sequence[Line], corner: tuple[int, int], shown: int, *, supports: bool
) -> int:
    """One side of the sum under its heading; returns where the next begins."""
    left, top = corner
    ink = LEGEND_INKS[1] if supports else LEGEND_INKS[0]
    word = "for" if supports else "against"
    write(axes, left, top + 12, f"Speaks {word} {sheet.label}", weight="bold", colour=ink)
    if shown:
        write(axes, left + TILE + GAP + WORDS + 14, top + 12, "Prototypes", size=10, colour=QUIET)
    top += 34
    if not lines:
        write(axes, left, top + 20, f"No concept speaks {word} it.", colour=QUIET)
    largest = max([1e-12, *(abs(line.adds) for line in (*sheet.supporting, *sheet.opposing))])
    for number, line in enumerate(lines):
        _line(axes, sheet, line, (left, top + number * ROW), largest)
    return top + max(1, len(lines)) * ROW + 12


def _line(axes: Axes, sheet: Sheet, line: Line, corner: tuple[int, int], largest: float) -> None:
    left, top = corner
    ink = LEGEND_INKS[1] if line.adds > 0 else LEGEND_INKS[0]
    _show(axes, _heated(sheet.pixels, line.heat), corner, TILE, [(line.box, True)])
    words = left + TILE + GAP
    write(axes, words, top + 14, line.title, weight="bold", widest=WORDS - 10)
    share = sheet.share(line.adds)
    sign = "+" if line.adds > 0 else "−"
    write(axes, words, top + 38, f"{sign}{logit(abs(line.adds))}", size=13, colour=ink, weight="bold")
    if share is not None:
        write(axes, words + 66, top + 38, f"{percent(abs(share))} of the logit", size=9, colour=QUIET)
    bar = Rectangle((words, top + 54), BAR * abs(line.adds) / largest, 8, facecolor=ink, edgecolor="none")
    axes.add_patch(bar)
    if line.spurious:
        write(axes, words, top + 80, "marked as spurious", size=10, colour=WARNING_INK, weight="bold")
    for number, example in enumerate(line.examples):
        at = words + WORDS + 14 + number * (TILE + GAP)
        _show(axes, example.pixels, (at, top), TILE, [(example.box, True)])


def _sum(sheet: Sheet) -> list[str]:
    """The logit as a sum, and in words where it stops."""
    parts = [
        f"{'+' if line.adds >= 0 else '−'} {logit(abs(line.adds))}" for line in (*sheet.supporting, *sheet.opposing)
    ]
    for count, adds in (sheet.others_for, sheet.others_against):
        if count:
            parts.append(f"{'+' if adds >= 0 else '−'} {logit(abs(adds))} ({count} others)")
    if abs(sheet.rest) >= 0.005:
        parts.append(f"{'+' if sheet.rest >= 0 else '−'} {logit(abs(sheet.rest))} (no concept)")
    words = " ".join(parts).removeprefix("+ ")
    gap = abs(sheet.total - sheet.logit)
    exact = "exact but for rounding" if gap <= 1e-3 * max(1.0, abs(sheet.logit)) else f"off by {gap:.3g}"
    return [f"The sum: {words} = {logit(sheet.total)}", f"The logit is {logit(sheet.logit)}: the sum is {exact}."]


def _heated(pixels: Pixels, heat: NDArray[np.float32]) -> Pixels:
    """The picture in grey under a concept's strength."""
    grey = pixels.mean(axis=2, keepdims=True).repeat(3, axis=2)
    pale: Pixels = (0.75 * grey + 0.25 * 255).astype(np.uint8)
    return colours.blend(pale, colours.paint(heat, 1.0))


def _show(
    axes: Axes, pixels: Pixels, corner: tuple[int, int], side: int, boxes: Sequence[tuple[Box, bool]] = ()
) -> None:
    """Pixels in a square of ``side``, whole and in the middle, with boxes in their own pixels."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    size = round(width * scale), round(height * scale)
    way = Image.Resampling.NEAREST if scale >= 3 else Image.Resampling.LANCZOS
    drawn = np.asarray(Image.fromarray(pixels).resize(size, way))
    limits = axes.get_xlim(), axes.get_ylim()
    left, top = corner[0] + (side - size[0]) / 2, corner[1] + (side - size[1]) / 2
    axes.imshow(drawn, extent=(left, left + size[0], top + size[1], top), interpolation="nearest", aspect="auto")
    for (begin, above, end, below), _ in boxes:
        place = (left + begin * scale, top + above * scale)
        wide, tall = (end - begin) * scale, (below - above) * scale
        axes.add_patch(Rectangle(place, wide, tall, fill=False, edgecolor=INK, linewidth=3))
        axes.add_patch(Rectangle(place, wide, tall, fill=False, edgecolor=YELLOW, linewidth=1.6))
    axes.set(xlim=limits[0], ylim=limits[1])
