"""One pass over pictures in batches gives what asking about all of them at once does."""

from dataclasses import replace

import pytest
import torch

from whylight.classifier import Classifier
from whylight.classifiers.enhanced import without
from whylight.comparison.before_after.quality import psnr
from whylight.comparison.before_after.scoring import AFTER, BEFORE, Batch, Scoring
from whylight.comparison.before_after.sides import Sides, resized, sides
from whylight.comparison.before_after.variants import VARIANTS, Changes
from whylight.errors import ModelError
from whylight.frame import Resizing
from whylight.types import Images


@pytest.fixture
def both(brighter: Classifier) -> Sides:
    behind = without(brighter)
    assert behind is not None
    return sides(behind, brighter)


@pytest.fixture
def many() -> Images:
    return torch.rand(9, 3, 32, 32, generator=torch.Generator().manual_seed(6))


def scored(both: Sides, many: Images, others: dict[str, Classifier] | None = None) -> Scoring:
    found = Scoring(both, len(many) + 1, classes=5, others=others or {})
    for start in range(0, len(many), 4):
        places = list(range(start, min(start + 4, len(many))))
        found.add(Batch(places, many[places], torch.tensor(places) % 5, clean=many[places].sqrt()))
    return found


def test_answers_are_those_of_the_classifiers(both: Sides, many: Images) -> None:
    found = scored(both, many).found()
    for name, whole in ((BEFORE, both.before.whole), (AFTER, both.after.whole)):
        top = whole.probabilities(many).max(dim=1)
        assert found.answers[name].predicted.tolist() == [
            *top.indices.tolist(),
            -1,
        ]  # the last place was not asked about
        assert found.answers[name].probability[:-1].tolist() == pytest.approx(top.values.tolist(), abs=1e-6)


def test_quality_is_that_of_each_picture(both: Sides, many: Images) -> None:
    found = scored(both, many).found()
    after, clean = 0.5 + 0.5 * many, many.sqrt()
    wanted = {(AFTER, BEFORE): (after, many), (BEFORE, "clean"): (many, clean), (AFTER, "clean"): (after, clean)}
    assert found.quality.keys() == wanted.keys()
    for pair, (first, second) in wanted.items():
        assert found.quality[pair][0][:-1].tolist() == pytest.approx(psnr(first, second).tolist(), rel=1e-5)
    assert found.moved[:-1].tolist() == pytest.approx((after - many).abs().mean(dim=(1, 2, 3)).tolist(), rel=1e-5)
    assert found.difference is not None
    assert torch.allclose(found.difference.mean, (after - many).double().mean(dim=0), atol=1e-6)


def test_variants_are_asked_of_the_classifier_behind_the_enhancer(both: Sides, many: Images) -> None:
    found = scored(both, many).found()
    change = Changes(0).of(many, 0.5 + 0.5 * many, range(9))
    for name in ("blur_2", "shuffled_signs"):
        wanted = both.before.whole.logits(VARIANTS[name].pictures(change)).argmax(dim=1)
        assert found.answers[name].predicted[:-1].tolist() == wanted.tolist()


def test_other_classifiers_get_the_same_pictures_at_their_size(both: Sides, many: Images) -> None:
    half = replace(both.before.whole, name="half", resizing=Resizing((16, 16), None))
    found = scored(both, many, {"half": half}).found()
    before, after = found.others["half"]
    for answers, images in ((before, many), (after, 0.5 + 0.5 * many)):
        assert answers.predicted[:-1].tolist() == half.logits(resized(images, (16, 16))).argmax(dim=1).tolist()
    assert torch.equal(resized(many, (32, 32)), many)


def test_without_an_enhancer_there_are_no_pictures_to_compare(convolution: Classifier, many: Images) -> None:
    pair = sides(convolution, replace(convolution, name="same"))
    assert pair.unchanged == "same has no enhancer, so that both classifiers see the same pictures"
    found = scored(pair, many).found()
    assert found.difference is None
    assert found.quality == {}
    assert set(found.answers) == {BEFORE, AFTER}


def test_a_classifier_before_of_another_form_is_given_its_own_pictures(both: Sides, many: Images) -> None:
    half = replace(both.before.whole, resizing=Resizing((16, 16), None))
    pair = sides(half, both.after.whole)
    small = resized(many, (16, 16))
    found = Scoring(pair, 9)
    found.add(Batch(range(9), many, torch.full((9,), -1), own=small))
    answers = found.found().answers
    assert answers[BEFORE].predicted.tolist() == half.logits(small).argmax(dim=1).tolist()
    assert answers[AFTER].predicted.tolist() == both.after.whole.logits(many).argmax(dim=1).tolist()


def test_other_channels_are_refused(convolution: Classifier) -> None:
    grey = replace(convolution, name="grey", resizing=Resizing((32, 32), None, channels=1))
    with pytest.raises(ModelError, match="expected two classifiers of pictures with as many channels"):
        sides(convolution, grey)
