"""The figure of a matrix: every number is there, nothing overlaps, nothing leaves the figure."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from whylight.plots.matrix import matrix_figure
from whylight.plots.scores import hundredths


@pytest.mark.parametrize("count", [2, 9])
def test_all_numbers_are_there_inside_and_apart(count: int) -> None:
    random = np.random.default_rng(0)
    mean, chance = random.uniform(-1, 1, (2, count, count))
    mean[0, 1] = np.nan
    names = ["$a_b$ <b>猫</b>", "x" * 90, *map(str, range(count - 2))]
    figure = matrix_figure(
        names, mean, chance, title="Agreement of methods", note="Below each number its chance level."
    )
    words = [text.get_text() for text in figure.axes[0].texts]
    for row in range(count):
        for column in range(count):
            assert row == column or hundredths(mean[row, column]) in words
            assert hundredths(chance[row, column]) in words
    assert "–" in words
    assert any(word.startswith("1  $a_b$ <b>") for word in words)
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    for number, box in enumerate(boxes):
        assert not [words[other] for other in range(number) if box.overlaps(boxes[other])], words[number]
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1


def test_more_agreement_is_a_stronger_colour() -> None:
    mean = np.array([[1.0, 0.9], [0.1, 1.0]])
    figure = matrix_figure(["a", "b"], mean, np.zeros((2, 2)), title="t", note="n")
    fills = [to_rgb(patch.get_facecolor()) for patch in figure.axes[0].patches]
    assert fills[1][0] < fills[2][0]
    assert fills[0] == fills[3]
