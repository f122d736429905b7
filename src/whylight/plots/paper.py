"""A white sheet that is drawn on in pixels from the top left: figures of tables, whose cells keep their places."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from whylight.plots.canvas import DPI, INK, shortened
from whylight.plots.fonts import FAMILY, legible

Pixel = int | float


def paper(width: int, height: int) -> Axes:
    """Axes over a whole figure, in pixels from the top left."""
    figure = Figure((width / DPI, height / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes


def write(
    axes: Axes,
    across: Pixel,
    down: Pixel,
    text: str,
    *,
    size: int = 11,
    colour: str = INK,
    align: str = "left",
    weight: str = "normal",
    widest: int | None = None,
    upright: bool = False,
) -> None:
    """One line whose left end or middle is there, cut to ``widest`` pixels; no sign has a meaning of its own. ``upright``:
    written from below, where it starts, to above."""
    drawn, fonts = legible(text) if text else (text, (FAMILY,))
    style: dict[str, Any] = {
        "size": size,
        "color": colour,
        "ha": align,
        "va": "center",
        "weight": weight,
        "family": list(fonts),
    }
    if upright:
        style |= {"rotation": 90, "ha": "center", "va": "bottom"}
    written = axes.text(across, down, drawn, parse_math=False, **style)
    while widest and (width := _length(written, upright=upright)) > widest and len(drawn) > 1:
        drawn = shortened(drawn, min(len(drawn) - 1, int(len(drawn) * widest / width)))
        written.set_text(drawn)


def _length(written: Text, *, upright: bool) -> float:
    extent = written.get_window_extent()
    return float(extent.height if upright else extent.width)
