"""Planted pictures: what is said of them is what the classifier does."""

import numpy as np
import pytest
import torch

from whylight.classifiers import load
from whylight.dataset import Sample
from whylight.datasets import open_dataset, truth_of
from whylight.datasets.planted import Planted
from whylight.errors import SpecError
from whylight.masking import fill
from whylight.nets.planted import bar_sides
from whylight.types import Images, Scores

VARIANTS = ["classes=2,size=32", "classes=4,size=64", "classes=4,size=64,hard=true", "classes=6,size=48", "seed=5"]


def model_of(settings: str) -> str:
    kept = [piece for piece in settings.split(",") if piece.startswith(("classes", "size"))]
    return f"planted:{','.join(kept)}" if kept else "planted"


@pytest.mark.parametrize("settings", VARIANTS)
@pytest.mark.parametrize("kind", ["mean", "blur", "black"])
def test_the_bars_do_what_the_regions_say(settings: str, kind: str) -> None:
    """Taking the hindering bar away raises the label's probability, taking the supporting one away lowers it, and the
    whole picture is saturated neither way."""
    dataset, classifier = open_dataset(f"planted:count=24,{settings}"), load(model_of(settings))
    samples = [dataset[place] for place in range(24)]
    images = torch.stack([classifier.fit(sample.picture)[0] for sample in samples])
    targets = torch.tensor([sample.label for sample in samples if sample.label is not None])
    truth = truth_of(samples, classifier)
    assert truth is not None
    assert truth.hindering is not None

    def probability(changed: Images) -> Scores:
        return classifier.probabilities(changed).gather(1, targets[:, None])[:, 0]

    fills = fill(images, kind)
    whole = probability(images)
    assert whole.min() > 0.45
    assert whole.max() < 0.85
    assert (probability(torch.where(truth.hindering[:, None], fills, images)) > whole + 0.03).all()
    assert (probability(torch.where(truth.supporting[:, None], fills, images)) < whole - 0.2).all()


@pytest.mark.parametrize("settings", VARIANTS)
def test_the_logits_do_not_depend_on_any_other_pixel(settings: str) -> None:
    """Not even on bars of other colours: equal, without a tolerance."""
    dataset, classifier = open_dataset(f"planted:count=6,{settings}"), load(model_of(settings))
    samples = [dataset[place] for place in range(6)]
    images = torch.stack([classifier.fit(sample.picture)[0] for sample in samples])
    marks = torch.stack([torch.from_numpy(regions(sample)) for sample in samples])[:, None]
    for other in (
        torch.rand(6, 1, 1, 1).expand_as(images),
        fill(images, "blur"),
        fill(images, "mean"),
        images.roll(1, 0),
    ):
        pale = other.clamp(0.1, 0.8) * 0.2 + 0.3
        assert torch.equal(classifier.logits(torch.where(marks, images, pale)), classifier.logits(images))


def regions(sample: Sample) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    assert sample.supporting is not None
    assert sample.hindering is not None
    return sample.supporting | sample.hindering


def test_regions_are_whole_bars_that_do_not_touch() -> None:
    dataset = Planted(count=40, hard=True)
    length, width = bar_sides(64)
    for place in range(40):
        sample = dataset[place]
        assert sample.supporting is not None
        assert sample.hindering is not None
        assert sample.supporting.sum() == sample.hindering.sum() == length * width
        assert not (sample.supporting & sample.hindering).any()
        assert len(np.unique(np.array(sample.picture)[sample.supporting], axis=0)) == 1


def test_hard_pictures_have_more_strong_colours() -> None:
    def colourful(dataset: Planted) -> int:
        spread = np.ptp(np.array(dataset[0].picture).astype(int), axis=2)
        return int((spread > 128).sum())

    assert colourful(Planted()) == 2 * 64
    assert colourful(Planted(hard=True)) == 4 * 64


def test_a_picture_depends_on_seed_and_place_alone() -> None:
    keys = [Planted(count=9)[place].key for place in range(9)]
    assert keys == [Planted(count=200)[place].key for place in range(9)]
    assert len(set(keys)) == 9
    assert not set(keys) & {Planted(count=9, seed=1)[place].key for place in range(9)}
    state = torch.get_rng_state()
    _ = Planted()[3]
    assert torch.equal(torch.get_rng_state(), state)
    assert Planted(count=9)[-1].key == keys[-1]
    with pytest.raises(IndexError, match="place 9 is outside the 9 pictures"):
        _ = Planted(count=9)[9]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("planted:classes=9", "expected 2 to 6 classes; got 9"),
        ("planted:size=20", "a multiple of 16 from 32 on; got 20"),
        ("planted:count=0", "expected a count above 0; got 0"),
        ("planted:classes=5,hard=true", "hard needs at most 4 classes; got 5"),
        ("planted:colour=red", "planted has no setting 'colour'"),
    ],
)
def test_settings_that_cannot_be_are_said(text: str, sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        open_dataset(text)
