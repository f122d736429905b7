"""``--target`` where several models are compared."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from PIL import Image

from whylight.classifier import Classifier
from whylight.cli._comparison_question import Known, Question, choosing, read_question
from whylight.cli._work import Source
from whylight.errors import DataError, TargetError


def sources(count: int) -> Sequence[Source]:
    return [Source(place, str(place), str(place), lambda: Image.new("L", (1, 1))) for place in range(count)]


@pytest.mark.parametrize(
    ("text", "kind", "leader"),
    [
        ("top1", "top1", None),
        (" TOP1 ", "top1", None),
        ("label", "label", None),
        ("bee", "named", None),
        ("7", "named", None),
        ("top1:timm:resnet18", "leader", 1),
        ("top1:1", "leader", 0),
        ("top1:bundled", "leader", 0),
    ],
)
def test_spellings(text: str, kind: str, leader: int | None) -> None:
    found = read_question(text, (None, "timm:resnet18"), "coco")
    assert (found.kind, found.leader) == (kind, leader)


def test_words_of_the_question() -> None:
    assert read_question("top1:2", ("a:b", "c:d"), None).words(2) == "what c:d finds most probable"
    assert Question("top1", "top1").words(2) == "each model's own most probable label"
    assert Question("top1", "top1").words(1) == "each picture's most probable label"
    assert Question("named", "bee").words(3) == "the label bee"


def test_a_model_explains_the_most_probable_of_its_labels_that_mean_the_known_one(convolution: Classifier) -> None:
    """The data know dogs only; the model tells two kinds of them apart."""
    kinds = replace(convolution, labels=("ant", "bee", "dog, pug", "dog, husky", "emu"))
    choose = choosing(Question("label", "label"), kinds, Known(("dog", "emu"), {0: 0, 1: 0, 2: 1}.get, "the data"))
    logits = torch.tensor([[9.0, 0, 1, 2, 0], [9, 0, 4, 2, 0], [9, 0, 4, 2, 0]])
    assert choose(logits, sources(3)).tolist() == [[3], [2], [4]]


def test_labels_of_equal_lists_are_matched_place_by_place(convolution: Classifier) -> None:
    twice = replace(convolution, labels=("crane", "crane", "cat", "dog", "emu"))
    choose = choosing(Question("leader", "a", 0), twice, Known(twice.labels, {0: 0, 1: 1}.get, "a"))
    assert choose(torch.zeros(2, 5), sources(2)).tolist() == [[0], [1]]


def test_what_is_not_known_is_one_sentence(convolution: Classifier) -> None:
    known = Known(("bee", "yak"), {0: 1}.get, "coco")
    choose = choosing(Question("label", "label"), convolution, known)
    with pytest.raises(TargetError, match="the label yak of coco is none of convolution"):
        choose(torch.zeros(1, 5), sources(1))
    with pytest.raises(TargetError, match="coco gives no label for this picture"):
        choose(torch.zeros(1, 5), sources(2)[1:])
    with pytest.raises(DataError, match="no label of coco is one of convolution"):
        choosing(Question("label", "label"), convolution, Known(("yak",), {0: 0}.get, "coco"))
    with pytest.raises(TargetError, match="asks for 3"):
        choosing(Question("named", "top3"), convolution, None)
