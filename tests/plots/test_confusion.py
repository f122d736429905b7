"""The confusion matrix as a figure: every number, every name, in its place."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from whylight.plots.confusion import NUMBERED, confusion_figure


def test_numbers_and_names_stand_in_their_places() -> None:
    counts = np.array([[7, 1, 0], [0, 3, 2]])
    figure = confusion_figure(
        ["ant", "bee"], ["ant", "bee", "none of these"], counts, title="net: 77 %", note="13 pictures"
    )
    texts = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    assert {"net: 77 %", "13 pictures", "7", "1", "3", "2", "none of these", "8", "5"} <= set(texts)
    assert "0" not in texts  # what never happened is left empty
    assert texts["7"][0] < texts["1"][0]
    assert texts["7"][1] < texts["3"][1]
    heads = [text.get_position()[0] for text in figure.axes[0].texts if text.get_text() == "bee"]
    assert texts["1"][0] == texts["3"][0] == pytest.approx(max(heads), abs=2)


def test_right_answers_and_mistakes_have_their_own_colours() -> None:
    figure = confusion_figure(["ant", "bee"], ["ant", "bee"], np.array([[9, 1], [5, 5]]), title="t", note="n")
    colours = [to_rgb(patch.get_facecolor()) for patch in figure.axes[0].patches]
    green, orange = colours[0], colours[2]
    assert green[1] > green[0]
    assert orange[0] > orange[2]
    assert sum(colours[0]) < sum(colours[3])  # nine tenths are darker than a half


def test_many_labels_are_drawn_without_numbers() -> None:
    labels = [f"label {number}" for number in range(NUMBERED + 1)]
    figure = confusion_figure(labels, labels, np.eye(len(labels), dtype=np.int64) * 3, title="t", note="n")
    assert "3" not in {text.get_text() for text in figure.axes[0].texts[2 + 3 * len(labels) + 1 :]}
    assert len(figure.axes[0].patches) == len(labels) ** 2


def test_long_and_foreign_names_stay_on_the_sheet() -> None:
    name = "ein sehr langer Name $x_1$ 猫 mit vielen Wörtern darin"
    figure = confusion_figure([name], [name], np.array([[1]]), title=name, note="n")
    width, height = figure.get_size_inches() * figure.dpi
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height
