"""A sheet about one decision: the picture, its concepts for and against the label with their prototypes, and the sum."""

from collections.abc import Sequence
from textwrap import wrap

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
NARROWEST, BOLD = 760, 9.4
"""The least width of a sheet, and about that of a bold letter."""
LARGE_REST = 0.1
"""The share of the logit from which on it is told that no concept accounts for it."""
HEADING = 96
NOTHING = 34
"""The height of a side without concepts."""
YELLOW = "#ffd400"


def concept_sheet(sheet: Sheet, *, examples: int = 3) -> Figure:
    """``examples``: how many prototypes a concept gets, where it has them."""
    across = max([0, *(len(line.examples) for line in (*sheet.supporting, *sheet.opposing))])
    shown = min(across, examples)
    column = TILE + GAP + WORDS + (shown * (TILE + GAP) + 14 if shown else 0)
    left = 2 * MARGIN + PICTURE
    groups = sum(34 + (len(lines) * ROW if lines else NOTHING) + 12 for lines in (sheet.supporting, sheet.opposing))
    body = max(PICTURE + (9 + len(sheet.rivals)) * LINE, groups)
    width = max(NARROWEST, left + column + MARGIN)
    sums = _sum(sheet, int((width - 2 * MARGIN) / BOLD))
    height = HEADING + body + 34 + len(sums) * LINE + MARGIN
    axes = paper(width, height)
    _heading(axes, sheet, width)
    _show(axes, sheet.pixels, (MARGIN, HEADING), PICTURE, [(line.box, True) for line in sheet.supporting[:1]])
    _legend(axes, sheet, HEADING + PICTURE + 22, shown)
    top = _group(axes, sheet, sheet.supporting, (left, HEADING), shown, supports=True)
    _group(axes, sheet, sheet.opposing, (left, top), shown, supports=False)
    foot = HEADING + body + 16
    axes.plot([MARGIN, width - MARGIN], [foot, foot], color="#d5d5dc", linewidth=1)
    for number, (words, weight) in enumerate(sums):
        write(axes, MARGIN, foot + 20 + number * LINE, words, weight=weight, widest=width - 2 * MARGIN)
    return axes.get_figure(root=True) or Figure()


def _heading(axes: Axes, sheet: Sheet, width: int) -> None:
    right = "" if sheet.truth is None else f"  (it is {sheet.truth})"
    if sheet.truth == sheet.label:
        right = "  (right)"
    title = f"{sheet.label}, {percent(sheet.probability)}{right}"
    write(axes, MARGIN, MARGIN + 6, title, size=16, weight="bold", widest=width - 2 * MARGIN)
    words = f"Logit {logit(sheet.logit)}. {sheet.model}"
    write(axes, MARGIN, MARGIN + 34, words, size=10, colour=QUIET, widest=width - 2 * MARGIN)


def _legend(axes: Axes, sheet: Sheet, top: int, shown: int) -> None:
    lines = [
        "Box: the cell that a concept is taken from,",
        "in the large picture that of the first one.",
        "Colour: where the concept is strong,",
        "orange for the label, blue against it.",
    ]
    lines += ["Prototypes: pictures of the training data", "in which the concept is strongest."] if shown else []
    for number, words in enumerate(lines):
        write(axes, MARGIN, top + number * LINE, words, size=10, colour=QUIET)
    top += (len(lines) + 1) * LINE
    if sheet.rivals:
        write(axes, MARGIN, top, "Other labels", weight="bold")
    for number, (label, probability) in enumerate(sheet.rivals, start=1):
        write(axes, MARGIN, top + number * LINE, label, widest=PICTURE - 80)
        write(axes, MARGIN + PICTURE, top + number * LINE, percent(probability), align="right")


def _group(
    axes: Axes, sheet: Sheet, lines: Sequence[Line], corner: tuple[int, int], shown: int, *, supports: bool
) -> int:
    """One side of the sum under its heading; returns where the next begins."""
    left, top = corner
    ink = LEGEND_INKS[1] if supports else LEGEND_INKS[0]
    word = "for" if supports else "against"
    write(axes, left, top + 12, f"Speaks {word} {sheet.label}", weight="bold", colour=ink)
    if shown and lines:
        write(axes, left + TILE + GAP + WORDS + 14, top + 12, "Prototypes", size=10, colour=QUIET)
    top += 34
    if not lines:
        write(axes, left, top + 12, f"No concept speaks {word} it.", colour=QUIET)
    largest = max([1e-12, *(abs(line.adds) for line in (*sheet.supporting, *sheet.opposing))])
    for number, line in enumerate(lines):
        _line(axes, sheet, line, (left, top + number * ROW), largest)
    return top + (len(lines) * ROW if lines else NOTHING) + 12


def _line(axes: Axes, sheet: Sheet, line: Line, corner: tuple[int, int], largest: float) -> None:
    left, top = corner
    ink = LEGEND_INKS[1] if line.adds > 0 else LEGEND_INKS[0]
    _show(axes, heated(sheet.pixels, line.heat), corner, TILE, [(line.box, True)])
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


def _sum(sheet: Sheet, letters: int) -> list[tuple[str, str]]:
    """The logit as a sum, and in words whether that is all: lines of at most so many letters, each with its weight."""
    parts = [
        f"{'+' if line.adds >= 0 else '−'} {logit(abs(line.adds))}" for line in (*sheet.supporting, *sheet.opposing)
    ]
    for count, adds in (sheet.others_for, sheet.others_against):
        if count:
            parts.append(f"{'+' if adds >= 0 else '−'} {logit(abs(adds))} ({count} other{'s' * (count > 1)})")
    if abs(sheet.rest) >= 0.005:
        parts.append(f"{'+' if sheet.rest >= 0 else '−'} {logit(abs(sheet.rest))} (no concept)")
    words = " ".join(parts).removeprefix("+ ")
    gap = abs(sheet.total - sheet.logit)
    exact = "exact but for rounding" if gap <= 1e-3 * max(1.0, abs(sheet.logit)) else f"off by {gap:.3g}"
    told = f"The logit is {logit(sheet.logit)}: the sum is {exact}."
    if abs(sheet.rest) > LARGE_REST * abs(sheet.logit):
        told += f" {logit(sheet.rest)} of it belongs to no concept: this network decides by more than a sum of them."
    bold = [(line, "bold") for line in wrap(f"The sum: {words} = {logit(sheet.total)}", letters)]
    return bold + [(line, "normal") for line in wrap(told, letters)]


def heated(pixels: Pixels, heat: NDArray[np.float32]) -> Pixels:
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
