"""Pictures before and after, what was added, and a layer's answers, as figures."""

import numpy as np
import pytest
import torch

from whylight.plots.activations import Activated, Channel, activations_figure, cut, outlined
from whylight.plots.before_after import Attention, Look, amplified, looks_figure
from whylight.plots.difference import channel_names, channels_figure, classes_figure, of_range, spectrum_figure
from whylight.plots.tiles import GREY, Row, Scale, Tile, signed, tiles_figure


def words(figure: object) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]  # type: ignore[attr-defined]


def picture(value: float, channels: int = 3) -> torch.Tensor:
    return torch.full((channels, 8, 8), value)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_before_and_after(channels: int) -> None:
    before, after = picture(0.2, channels), picture(0.3, channels)
    maps = (np.ones((8, 8), np.float32), -np.ones((8, 8), np.float32))
    attention = Attention("cat", maps, (0.2, 0.9))
    look = Look("n1", before, after, after - before, ("dog 60 %", "cat 90 %"), "true label: cat", attention)
    figure = looks_figure([look], title="t", note="n")
    assert len(figure.axes[0].images) == 5
    told = words(figure)
    for line in ("before", "dog 60 %", "after", "cat 90 %", "what was added", "for cat, before", "true label: cat"):
        assert line in told
    assert "which has 90 %" in told


def test_one_picture_stands_for_both_without_an_enhancer() -> None:
    figure = looks_figure([Look("n1", picture(0.2), picture(0.2), None, ("dog", "cat"))], title="t", note="n")
    assert len(figure.axes[0].images) == 1
    assert "before: dog" in words(figure)


def test_what_was_added_is_strengthened_around_grey() -> None:
    added = torch.zeros(3, 20, 20)
    added[0], added[1, 0, 0] = 0.02, -0.01
    tile = amplified(added)
    assert tile.pixels[5, 5].tolist() == [255, 128, 128]
    assert tile.pixels[0, 0].tolist() == [255, 64, 128]
    assert tile.lines[1] == "25 times as strong"
    assert amplified(torch.zeros(1, 4, 4)).pixels.tolist() == [[[128] * 3] * 4] * 4


def test_signed_numbers_are_orange_and_blue() -> None:
    painted = signed(np.array([[-1.0, 0.0, 1.0]], np.float32), 1.0).astype(int)
    assert painted[0, 1].tolist() == [GREY] * 3
    assert painted[0, 0, 2] - painted[0, 0, 0] > 80
    assert painted[0, 2, 0] - painted[0, 2, 2] > 80


def test_tiles_with_a_scale() -> None:
    tile = Tile(np.zeros((4, 9, 3), np.uint8), ("one", "two"))
    figure = tiles_figure([Row("h", (tile, tile)), Row("", (tile,))], title="t", note="n", scale=Scale(0.5, ("-", "+")))
    told = words(figure)
    assert told.count("one") == 3
    assert {"−0.5", "0", "0.5"} <= set(told)
    assert len(figure.axes[0].images) == 4


def test_the_means_of_what_was_added() -> None:
    mean = np.stack([np.full((6, 6), value, np.float32) for value in (0.01, -0.02, 0.0)])
    told = words(channels_figure(mean, np.abs(mean), pictures=1200))
    assert "What the classifier is given more and less of, in 1,200 pictures" in told
    assert {"red", "green", "blue"} <= set(told)
    assert "mean −2.00 %" in told
    assert of_range(-0.02).replace("\N{NO-BREAK SPACE}", " ") == "−2.00 %"
    by_class = words(classes_figure({"cat": (2, mean), "dog": (1, mean)}))
    assert any(line.startswith("1 picture,") for line in by_class)
    assert channel_names(1) == ("grey",)
    assert channel_names(2) == ("channel 0", "channel 1")


def test_a_spectrum() -> None:
    figure = spectrum_figure([0.0, 0.25, 0.5], [1.0, 0.1, 0.0], [10.0, 1.0, 0.1], title="t", note="n")
    plot = figure.axes[1]
    assert [line.get_label() for line in plot.lines] == ["the pictures", "what was added"]
    assert np.isnan(np.asarray(plot.lines[1].get_ydata(), dtype=float)[2])  # no logarithm of nothing


def test_a_layers_answers() -> None:
    channel = Channel("Channel 3", np.zeros((4, 4), np.float32), np.ones((4, 4), np.float32))
    shown = Activated("n1", picture(0.2), picture(0.4), [channel, channel], (1, 0, 3, 2))
    figure = activations_figure([shown], title="t", note="n")
    assert len(figure.axes[0].images) == 15
    assert sum(line.startswith("Channel 3; full colour at ±1") for line in words(figure)) == 2


def test_the_close_up_is_what_the_outline_is_around() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert np.array_equal(cut(pixels, (1, 0, 3, 2)), pixels[0:2, 1:3])
    large = outlined(pixels, (1, 0, 3, 2))
    assert large.shape == (336, 336, 3)
    assert large[0, 84:252].tolist() == [[27, 27, 31]] * 168
    assert large[84, 126].tolist() == pixels[1, 1].tolist()
