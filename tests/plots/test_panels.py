"""Panels: crisp when tiny, bounded when huge, hatched where nothing was seen."""

import numpy as np
import pytest
from PIL import Image

from whylight.frame import Frame, Resizing
from whylight.plots import panels


def whole(width: int, height: int) -> Frame:
    return Frame((height, width), (0.0, 0.0, float(width), float(height)))


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (32, 32), (200, 419)])
def test_a_tiny_picture_is_enlarged_in_whole_squares(size: tuple[int, int]) -> None:
    picture = Image.effect_noise(size, 90).convert("RGB")
    panel = panels.picture_panel(picture, whole(*size))
    factor = panels.factor_for((size[1], size[0]))
    assert max(panel.shape) >= panels.SMALLEST
    assert np.array_equal(panel[::factor, ::factor], np.array(picture))
    assert np.array_equal(panel[factor - 1 :: factor, factor - 1 :: factor], np.array(picture))


def test_a_picture_of_usual_size_is_shown_pixel_by_pixel() -> None:
    picture = Image.effect_noise((640, 480), 90).convert("RGB")
    shown, frame = panels.prepared(picture, whole(640, 480))
    assert np.array_equal(panels.picture_panel(shown, frame), np.array(picture))


@pytest.mark.parametrize("size", [(9000, 9000), (4096, 100), (100, 4096), (3000, 2000)])
def test_a_huge_picture_is_shrunk_in_proportion(size: tuple[int, int]) -> None:
    shown, frame = panels.prepared(Image.new("RGB", size), whole(*size))
    assert max(shown.size) <= panels.LONGEST
    assert shown.width * shown.height <= 1.01 * panels.MOST_PIXELS
    assert shown.width / shown.height == pytest.approx(size[0] / size[1], rel=0.02)
    assert frame.size == (shown.height, shown.width)
    assert frame.whole


def test_no_evidence_leaves_grey_and_each_sign_tints() -> None:
    picture = Image.new("RGB", (480, 480), (200, 30, 90))
    evidence = np.zeros((480, 480), np.float32)
    evidence[:100], evidence[-100:] = 1, -1
    panel = panels.evidence_panel(picture, evidence, 1.0, whole(480, 480)).astype(int)
    red, green, blue = panel[240, 240]
    assert red == green == blue
    assert panel[0, 0, 0] > panel[0, 0, 2] + 100
    assert panel[-1, -1, 2] > panel[-1, -1, 0] + 100


def test_what_the_classifier_did_not_see_is_hatched_and_the_rest_untouched() -> None:
    picture = Image.new("RGB", (600, 450), (10, 20, 30))
    panel = panels.picture_panel(picture, Frame((450, 600), (75.0, 0.0, 525.0, 450.0)))
    assert (panel[:, 75:525] == (10, 20, 30)).all()
    assert (panel[:, :75] > 100).all()
    assert len(np.unique(panel[:, :75, 0])) == 2


def test_a_strip_is_cut_to_what_was_seen() -> None:
    picture = Image.new("RGB", (2000, 20))
    _, frame = Resizing((32, 32), 36)(picture)
    shown, seen = panels.prepared(picture, frame)
    assert shown.width < 100
    left, top, right, bottom = seen.box
    assert (right - left, bottom - top) == pytest.approx((frame.box[2] - frame.box[0], frame.box[3] - frame.box[1]))
    assert 0 <= left < right <= shown.width


def test_a_scaled_frame_covers_the_same_share() -> None:
    frame = panels.scaled(Frame((100, 200), (50.0, 0.0, 150.0, 100.0)), (50, 50))
    assert frame == Frame((50, 50), (12.5, 0.0, 37.5, 50.0))
