"""Pictures beside their evidence by several models."""

import numpy as np
from PIL import Image

from whylight.frame import Frame
from whylight.plots.side_by_side import MOST_ACROSS, Panel, Strip, side_by_side_figure


def strip(size: tuple[int, int], panels: int) -> Strip:
    width, height = size
    evidence = np.zeros((height, width), np.float32)
    evidence[: height // 2] = 1
    frame = Frame((height, width), (0.0, 0.0, float(width), float(height)))
    return Strip(
        "photo · agreement 0.50",
        Image.new("RGB", size, "blue"),
        "true label: cat",
        tuple(Panel(evidence, frame, (f"net {number}", "cat 90 %")) for number in range(panels)),
    )


def test_every_panel_has_its_words() -> None:
    figure = side_by_side_figure([strip((40, 30), 2), strip((30, 40), 2)], title="t", note="n")
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words.count("net 0") == words.count("net 1") == 2
    assert words.count("cat 90 %") == 4
    assert words.count("true label: cat") == 2
    assert len(figure.axes[0].images) == 6


def test_evidence_is_orange_where_it_is() -> None:
    figure = side_by_side_figure([strip((40, 40), 1)], title="t", note="n")
    figure.canvas.draw()
    panel = np.asarray(figure.axes[0].images[1].get_array()).astype(int)
    top, bottom = panel[: len(panel) // 2 - 4], panel[len(panel) // 2 + 4 :]
    assert (top[..., 0] - top[..., 2]).min() > 50
    assert np.abs(bottom[..., 0] - bottom[..., 2]).max() < 10


def test_what_does_not_fit_is_left_to_the_report() -> None:
    figure = side_by_side_figure([strip((20, 20), MOST_ACROSS + 3)], title="t", note="n")
    assert len(figure.axes[0].images) == MOST_ACROSS + 1


def test_pictures_of_any_shape_keep_it() -> None:
    figure = side_by_side_figure([strip((400, 20), 1)], title="t", note="n")
    left, right, bottom, top = figure.axes[0].images[0].get_extent()
    assert (right - left) / (bottom - top) > 15
