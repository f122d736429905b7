"""The figure for one picture and method, pixel by pixel."""

import io
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.frame import Frame
from whylight.methods.cam.grad_cam import GradCAM
from whylight.plots import canvas
from whylight.plots.canvas import shortened
from whylight.plots.finding import Finding
from whylight.plots.numbers import NO_BREAK
from whylight.plots.overlay import draw, overlay
from whylight.verdict import FLAGS

FOUND = Finding("tabby cat", 281, 0.87, 0.12, 0.93, 0.8)


def pixels_of(figure: Figure) -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return np.array(Image.open(file).convert("RGB"))


def whole(width: int, height: int) -> Frame:
    return Frame((height, width), (0.0, 0.0, float(width), float(height)))


def words_of(figure: Figure) -> list[str]:
    return [text.get_text().replace(NO_BREAK, " ") for text in figure.texts]


def test_the_picture_and_its_evidence_stand_side_by_side_pixel_by_pixel() -> None:
    picture = Image.effect_noise((500, 440), 90).convert("RGB")
    evidence = np.zeros((440, 500), np.float32)
    evidence[:200], evidence[300:] = 2, -2
    shown = pixels_of(draw(picture, evidence, whole(500, 440), FOUND, "lime"))
    (left, top), (beside, _) = canvas.Layout((440, 500), lines=2).corners
    assert np.array_equal(shown[top : top + 440, left : left + 500], np.array(picture))
    panel = shown[top : top + 440, beside : beside + 500].astype(int)
    assert (panel[:200, :, 0] > panel[:200, :, 2] + 60).all()
    assert (panel[300:, :, 2] > panel[300:, :, 0] + 60).all()
    assert (panel[200:300].max(axis=2) == panel[200:300].min(axis=2)).all()


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (20, 2000), (2000, 20), (3000, 2000)])
def test_any_size_makes_a_readable_figure(size: tuple[int, int]) -> None:
    shown = Image.new("RGB", size)
    evidence = np.ones((size[1], size[0]), np.float32)
    height, width, _ = pixels_of(draw(shown, evidence, whole(*size), FOUND, "lime")).shape
    assert width >= 900
    assert height >= 200


def test_no_text_runs_out_of_the_figure_or_into_another() -> None:
    found = Finding(
        "grey whale, gray whale, devilfish, Eschrichtius gibbosus, " * 3, 1, 0.5, 0.4, 0.6, 0.5, tuple(FLAGS)
    )
    figure = draw(
        Image.new("RGB", (30, 30)),
        np.ones((30, 30), np.float32),
        Frame((30, 30), (2.0, 2.0, 28.0, 28.0)),
        found,
        "x" * 90,
    )
    boxes = [text.get_window_extent() for text in figure.texts]
    for number, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
        assert 0 <= box.y0 <= box.y1 <= figure.bbox.height
        assert not any(box.overlaps(other) for other in boxes[:number])


def test_title_verdict_legend_and_scale_are_there() -> None:
    words = words_of(
        draw(Image.new("RGB", (500, 440)), np.full((440, 500), 0.25, np.float32), whole(500, 440), FOUND, "lime")
    )
    assert words[0] == "tabby cat · 87 % · lime"
    assert words[1].startswith("The marked pixels carry the decision. Without what hinders, the label gains. Blurring")
    assert {"supports tabby cat", "hinders tabby cat", "0.25", "−0.25", "0"} <= set(words)
    assert not any("⚠" in word for word in words)


def test_flags_are_a_warning_strip() -> None:
    found = Finding("cat", 3, 0.9, 0.9, 0.9, 0.9, ("low_fit",))
    figure = draw(Image.new("RGB", (500, 440)), np.ones((440, 500), np.float32), whole(500, 440), found, "lime")
    assert any(word.startswith("⚠ low_fit: the surrogate explains less") for word in words_of(figure))
    colour = tuple(int(canvas.WARNING[start : start + 2], 16) for start in (1, 3, 5))
    assert (pixels_of(figure) == colour).all(axis=2).sum() > 5000


def test_the_unseen_part_is_said() -> None:
    figure = draw(
        Image.new("RGB", (600, 440)),
        np.ones((440, 600), np.float32),
        Frame((440, 600), (80.0, 0.0, 520.0, 440.0)),
        FOUND,
        "",
    )
    assert "Hatched: the classifier did not see it." in " ".join(words_of(figure))


@pytest.mark.parametrize(
    "label", ["$\\frac{$", "a_b^c", "<script>", "猫", "\U0010fffd", "قطة", "50 % \\alpha", "\n", "x" * 500]
)
def test_any_label_is_drawn_as_it_stands_without_a_warning(label: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = Finding(label, 7, 0.5, 0.5, 0.5, 0.5)
        figure = draw(Image.new("RGB", (64, 64)), np.ones((64, 64), np.float32), whole(64, 64), found, "grad_cam")
        pixels_of(figure)
    assert words_of(figure)[0].startswith((label[:40], "label 7"))


def test_the_global_settings_of_matplotlib_are_left_alone() -> None:
    before = dict(mpl.rcParams)
    pixels_of(draw(Image.new("RGB", (64, 64)), np.ones((64, 64), np.float32), whole(64, 64), FOUND, ""))
    assert dict(mpl.rcParams) == before


def test_an_explanation_alone_is_enough(convolution: Classifier, images: Tensor) -> None:
    explanation = explain(convolution, GradCAM(), images)
    assert words_of(overlay(explanation, index=2))[0].endswith("grad_cam")


def test_an_explanation_with_its_picture(convolution: Classifier) -> None:
    picture = Image.effect_noise((90, 50), 90).convert("RGB")
    image, frame = convolution.fit(picture)
    explanation = explain(convolution, GradCAM(), image[None], 1)
    figure = overlay(explanation, picture, frame, method="grad_cam")
    assert words_of(figure)[0].startswith("bee · ")


def test_shortened() -> None:
    assert shortened("tabby, cat", 10) == "tabby, cat"
    assert shortened("tabby, cats", 8) == "tabby…"
