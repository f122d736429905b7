from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from whylight.plots.mask_sizes import MOST_LABELS, mask_sizes_figure, spread


def score(accuracy: float, labels: int = 3) -> dict[str, object]:
    return {"accuracy": accuracy, "of_labels": {f"label {number}": accuracy - number / 100 for number in range(labels)}}


def drawn(axes: Axes) -> dict[str, Any]:
    """Each line's name (they are written in the lines' colours) and its points."""
    names = {text.get_color(): text.get_text() for text in axes.texts}
    found: dict[str, Any] = {}
    for line in axes.lines:
        across, up = line.get_data()
        found[names[line.get_color()]] = list(zip(np.asarray(across).tolist(), np.asarray(up).tolist()))
    return found


def test_lines_are_the_scores() -> None:
    sizes = [(0.2, {"map": score(0.5), "shape": score(0.4)}), (1.0, {"map": score(0.9)})]
    left, right = mask_sizes_figure(sizes, title="a $title$", note="note").axes
    assert drawn(left) == {"the map's mask": [(20, 50), (100, 90)], "its shape alone": [(20, 40)]}
    assert drawn(right)["label 2"] == [(20, pytest.approx(48)), (100, pytest.approx(88))]


def test_of_many_labels_the_hardest_are_shown() -> None:
    _, right = mask_sizes_figure([(1.0, {"map": score(0.9, 30)})], title="t", note="n").axes
    assert sorted(drawn(right)) == sorted(f"label {number}" for number in range(30 - MOST_LABELS, 30))


def test_without_scores_there_are_no_lines() -> None:
    left, right = mask_sizes_figure([(1.0, {"map": None})], title="t", note="n").axes
    assert drawn(left) == drawn(right) == {}


def test_names_keep_their_distance_and_their_middle() -> None:
    places = np.array([0.1, 0.5, 0.51, 0.52, 0.9])
    apart = spread(places, 0.05)
    assert (np.diff(apart) >= 0.05 - 1e-9).all()
    assert apart[[0, 4]].tolist() == [0.1, 0.9]
    assert apart[1:4].mean() == pytest.approx(0.51)
