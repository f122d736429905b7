"""The figure of a mask method: three panels, before and after, and numbered regions."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from whylight import registry
from whylight.classifier import Classifier
from whylight.explanation import Explanation, explain
from whylight.frame import Frame
from whylight.plots import panels
from whylight.plots.finding import Finding
from whylight.plots.ledger import Ledger, Move
from whylight.plots.numbers import NO_BREAK
from whylight.plots.overlay import LONGEST_OF_THREE, draw, overlay
from whylight.plots.region_words import Marker
from whylight.regions import HINDERS, SUPPORTS, regions
from whylight.types import Images

MASK = Ledger(
    (Move("African elephant", 0.2, 0.6), Move("tusker", 0.7, 0.3, "predicted")),
    (Move("African elephant", 10.0, 12.0), Move("mean of the others", 1.0, 1.0), Move("highest other", 11.0, 11.0)),
    0.03,
    (0.5, 0.75),
)
FOUND = Finding("African elephant", 386, 0.2, 0.2, 0.5, 0.2, (), "hinders", MASK)


def words_of(figure: Figure) -> list[str]:
    return [text.get_text().replace(NO_BREAK, " ") for text in figure.texts]


def drawn(marked: tuple[Marker, ...] = (), size: tuple[int, int] = (440, 430)) -> Figure:
    picture = Image.new("RGB", size, "green")
    frame = Frame((size[1], size[0]), (20.0, 0.0, float(size[0]), float(size[1])))
    evidence = np.full((size[1], size[0]), -0.8, np.float32)
    given = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "blue")
    return draw(picture, evidence, frame, FOUND, "f_tc", marked=marked, seen=given)


@pytest.fixture
def explanation(convolution: Classifier, images: Images) -> Explanation:
    return explain(convolution, registry.read("methods", "f_tc:iterations=3,start=half"), images, 2)


def test_three_panels_and_both_probabilities() -> None:
    words = words_of(drawn())
    assert words[0] == "African elephant · 20 % → 60 % · f_tc"
    assert {"what the classifier saw", "mask", "what it saw in the end"} <= set(words)
    told = " ".join(words)
    for part in ("tusker (predicted) 70 % → 30 %", "marks 3.0 % of the picture", "A second fill agrees", "Logits: "):
        assert part in told
    assert "hinders African elephant" in words
    assert "supports African elephant" not in words


def test_numbers_stand_where_the_regions_are_and_move_aside() -> None:
    marked = tuple(
        Marker(number, HINDERS if number < 3 else SUPPORTS, (220.0, 200.0), f"Region {number} pulls towards tusker.")
        for number in (1, 2, 3)
    )
    figure = drawn(marked)
    figure.canvas.draw()
    badges = {text.get_text(): text for text in figure.texts if text.get_text() in {"1", "2", "3"}}
    assert set(badges) == {"1", "2", "3"}
    boxes = [badge.get_bbox_patch().get_window_extent() for badge in badges.values()]  # type: ignore[union-attr]  # it has one
    assert not any(one.overlaps(other) for number, one in enumerate(boxes) for other in boxes[:number])
    assert "Region 3 pulls towards tusker." in words_of(figure)


def test_a_number_without_a_place_is_left_out_and_the_edge_keeps_the_rest_inside() -> None:
    marked = tuple(Marker(number, HINDERS, (439.0, 0.0), "Region.") for number in range(1, 10))
    figure = drawn(marked)
    figure.canvas.draw()
    shown = [text for text in figure.texts if text.get_text().isdigit() and text.get_bbox_patch()]
    assert 1 <= len(shown) < 9
    assert all(text.get_window_extent().x1 <= figure.bbox.width for text in shown)


@pytest.mark.parametrize("size", [(8, 8), (300, 40), (40, 300), (2000, 1500)])
def test_any_size_is_drawn_with_no_text_over_another(size: tuple[int, int]) -> None:
    figure = drawn((Marker(1, HINDERS, (3.0, 3.0), "Region 1 pulls towards tusker."),), size)
    boxes = [text.get_window_extent() for text in figure.texts if not text.get_bbox_patch()]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])


def test_an_explanation_with_its_regions(explanation: Explanation) -> None:
    found = regions(explanation)[0]
    words = words_of(overlay(explanation, index=0, regions=found))
    assert words[0].startswith("cat · ")
    assert "→" in words[0]
    assert sum(word.startswith("Region ") for word in words) == min(3, len(found))


def test_three_panels_of_a_large_picture_are_smaller(explanation: Explanation) -> None:
    picture = Image.new("RGB", (2000, 1500))
    figure = overlay(explanation, picture, Frame((1500, 2000), (0.0, 0.0, 2000.0, 1500.0)))
    assert figure.bbox.width < 3.3 * LONGEST_OF_THREE


def test_the_input_stands_in_its_place_in_the_picture() -> None:
    picture, frame = Image.new("RGB", (500, 480), "green"), Frame((480, 500), (10.0, 0.0, 490.0, 480.0))
    panel = panels.input_panel(Image.new("RGB", (32, 32), "red"), picture, frame)
    assert panel.shape == (480, 500, 3)
    assert panel[240, 250].tolist() == [255, 0, 0]
    assert panel[240, 3].tolist() != [255, 0, 0]
