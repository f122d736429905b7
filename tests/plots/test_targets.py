"""Several labels of one picture side by side."""

import pytest
from PIL import Image

from whylight import registry
from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.plots.finding import Finding, Marks
from whylight.plots.numbers import NO_BREAK
from whylight.plots.targets import change_words, targets_figure
from whylight.types import Images


@pytest.mark.parametrize("method", ["grad_cam", "f_tc:iterations=3"])
@pytest.mark.parametrize("count", [2, 4])
def test_every_label_has_its_panel_and_its_change(
    method: str, count: int, convolution: Classifier, images: Images
) -> None:
    explained = [(explain(convolution, registry.read("methods", method), images, label), 1) for label in range(count)]
    picture = Image.effect_noise((90, 60), 90).convert("RGB")
    _, frame = convolution.fit(picture)
    figure = targets_figure(explained, picture, frame, method=method)
    words = [text.get_text().replace(NO_BREAK, " ") for text in figure.texts]
    assert words[0] == f"{count} labels side by side · {method}"
    assert set(convolution.labels[:count]) <= set(words)
    captions = words[: next(number for number, word in enumerate(words) if word.endswith("the label"))]
    assert sum("→" in word for word in captions) == count
    assert any("the first map less the second" in word for word in words) == (count == 2)
    boxes = [text.get_window_extent() for text in figure.texts]
    for number, box in enumerate(boxes):
        assert 0 <= box.x0 <= box.x1 <= figure.bbox.width
        assert not any(box.overlaps(other) for other in boxes[:number])


@pytest.mark.parametrize(
    ("marks", "words"),
    [("hinders", "20 % → 50 % without what hinders"), ("both", "20 % → 10 % without what supports")],
)
def test_the_change_of_a_map_without_a_mask(marks: Marks, words: str) -> None:
    found = Finding("cat", 3, 0.2, 0.1, 0.5, 0.2, (), marks)
    assert change_words(found).replace(NO_BREAK, " ") == words
