"""Two labels of one picture against each other."""

import numpy as np
import pytest
import torch
from PIL import Image

from whylight import registry
from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.plots import colours, panels
from whylight.plots.contrast import Explained, contrast_words, rival_moves
from whylight.plots.ledger import Move
from whylight.plots.numbers import NO_BREAK
from whylight.plots.targets import targets_figure
from whylight.types import Images


def of(method: str, classifier: Classifier, images: Images, labels: tuple[int, ...] = (0, 2)) -> list[Explained]:
    return [(explain(classifier, registry.read("methods", method), images, label), 1) for label in labels]


def test_each_mask_is_also_asked_about_the_other_label(convolution: Classifier, images: Images) -> None:
    first, second = explained = of("f_tc:iterations=3", convolution, images)
    moves = rival_moves(explained)
    assert [move.name for move in moves] == [convolution.labels[2], convolution.labels[0]]
    for (explanation, _), rival, move in zip((first, second), (2, 0), moves, strict=True):
        perturbed = explanation.evidence.perturbed
        assert perturbed is not None
        for pictures, probability in ((images, move.before), (perturbed, move.after)):
            expected = convolution.logits(pictures[1:2]).softmax(dim=1)[0, rival]
            assert probability == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize(("method", "labels"), [("grad_cam", (0, 2)), ("f_tc:iterations=1", (0, 1, 2))])
def test_maps_without_masks_and_more_labels_have_none(
    method: str, labels: tuple[int, ...], convolution: Classifier, images: Images
) -> None:
    assert rival_moves(of(method, convolution, images, labels)) == ()


def test_the_last_panel_is_the_first_map_less_the_second(convolution: Classifier, images: Images) -> None:
    explained = of("grad_cam", convolution, images)
    picture = Image.fromarray((255 * images[1]).byte().permute(1, 2, 0).numpy())
    _, frame = convolution.fit(picture)
    figure = targets_figure(explained, picture, frame, method="grad_cam")
    shown, seen = panels.prepared(picture, frame)
    maps = [seen.to_picture(each.maps[index].detach()).numpy() for each, index in explained]
    limit = max(colours.limit_of(each) for each in maps)
    expected = panels.evidence_panel(shown, maps[0] - maps[1], limit, seen)
    last = np.asarray(figure.axes[3].get_images()[0].get_array())
    assert torch.equal(torch.from_numpy(last), torch.from_numpy(expected))


def test_words() -> None:
    moves = (Move("African elephant", 0.2, 0.05), Move("tusker", 0.7, 0.6))
    words = [line.replace(NO_BREAK, " ") for line in contrast_words("tusker", "African elephant", moves)]
    assert words == [
        "The last panel is the first map less the second: what supports there speaks for tusker rather than for "
        "African elephant.",
        "The mask of tusker moves African elephant 20 % → 5.0 %.",
        "The mask of African elephant moves tusker 70 % → 60 %.",
    ]
