"""Corrections out of a store: what was painted where, in which order, on whose pictures, with which labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from whylight import datasets
from whylight.classifier import Classifier
from whylight.errors import DataError
from whylight.frame import Resizing
from whylight.store import Model, Picture, SegmentVote, Store, StoredExplanation, Stroke, Verdict
from whylight.store.values import Said
from whylight.training.corrections import Corrections, divided, is_held_out
from whylight.training.corrections_store import corrections_in
from whylight.training.data import Labelled, labelled

DATA = "planted:count=12,size=32,classes=3"
LEFT, RIGHT = 0.25, 0.75
SEGMENTS = np.zeros((32, 32), np.int32)
SEGMENTS[:, 16:] = 1


def bar(across: float, *, matters: bool) -> Stroke:
    """A stroke from top to bottom, a quarter of the side wide."""
    return Stroke(matters, 0.25, ((across, 0.0), (across, 1.0)))


@pytest.fixture
def model() -> Classifier:
    """A black box with the labels of the planted pictures."""
    labels = datasets.open_dataset(DATA).labels
    return Classifier("m", labels, lambda images: images.mean(dim=(2, 3)), resizing=Resizing((32, 32), None))


@pytest.fixture
def known(model: Classifier) -> Labelled:
    return labelled(datasets.open_dataset(DATA), model.resizing)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "judged.db")


def say(store: Store, place: int, said: Said, data: str = DATA, /, **changes: Any) -> None:
    """Keeps something that was said of an explanation of a picture of the data set."""
    dataset = datasets.open_dataset(data)
    sample = dataset[place]
    picture = Picture(sample.key, sample.name, *sample.picture.size, data, place)
    picture = Picture(**{**vars(picture), **changes})
    key = store.add_picture(picture)
    model = store.add_model(Model("m", "1", dataset.labels))
    explanation = StoredExplanation(key, model, {"method": "x"}, "lime", 0, dataset.labels[0], 1, 0.5)
    store.note(store.add(explanation, segments=SEGMENTS), said, person="Ada")


def test_strokes_become_marks_of_labelled_pictures(store: Store, model: Classifier, known: Labelled) -> None:
    say(store, 4, bar(LEFT, matters=False))
    say(store, 4, bar(RIGHT, matters=True))
    say(store, 7, bar(LEFT, matters=True))
    say(store, 8, Verdict(up=True))
    found = corrections_in(store, model, known)
    assert len(found) == 2
    assert found.pictures.labels.tolist() == [4 % 3, 7 % 3]
    assert torch.equal(found.pictures.images([0]), known.images([4]))
    assert found.unwanted[0, :, 4:12].all()
    assert found.unwanted[0].sum() == 32 * 8
    assert found.wanted[0, :, 20:28].all()
    assert found.marked("unwanted").tolist() == [True, False]
    assert found.marked("wanted").tolist() == [True, True]


def test_a_later_mark_wins_and_an_undone_one_does_not_count(store: Store, model: Classifier, known: Labelled) -> None:
    say(store, 0, bar(LEFT, matters=False))
    say(store, 0, bar(LEFT, matters=True))
    say(store, 0, bar(RIGHT, matters=False))
    store.undo(person="Ada")
    found = corrections_in(store, model, known)
    assert not found.unwanted.any()
    assert found.wanted.sum() == 32 * 8


def test_votes_on_segments_are_marks(store: Store, model: Classifier, known: Labelled) -> None:
    say(store, 0, SegmentVote(1, belongs=False))
    found = corrections_in(store, model, known)
    assert torch.equal(found.unwanted[0], torch.from_numpy(SEGMENTS == 1))


def test_pictures_of_other_data_sets_are_read_there(store: Store, model: Classifier, known: Labelled) -> None:
    other = "planted:count=5,size=32,classes=3,seed=9"
    say(store, 2, bar(LEFT, matters=False), other)
    found = corrections_in(store, model, known)
    assert found.pictures.labels.tolist() == [2]
    expected = labelled(datasets.open_dataset(other), model.resizing).images([2])
    assert torch.equal(found.pictures.images([0]), expected)


LOST: dict[str, dict[str, Any]] = {
    "it is from no data set that could tell its label": {"source": "", "place": None},
    "has another picture in its place now": {"source": "planted:count=5,size=32,classes=3,seed=3"},
    "there is no data set and no folder": {"source": "gone"},
}


@pytest.mark.parametrize("reason", LOST)
def test_what_teaches_nothing_is_left_out_with_its_reason(
    reason: str, store: Store, model: Classifier, known: Labelled
) -> None:
    say(store, 1, bar(LEFT, matters=False))
    say(store, 2, bar(LEFT, matters=False), "planted:count=5,size=32,classes=3,seed=9", **LOST[reason])
    found = corrections_in(store, model, known)
    assert len(found) == 1
    ((name, said),) = found.left_out
    assert name == "9-00002"
    assert reason in said


def test_labels_that_the_model_does_not_have(store: Store, model: Classifier, known: Labelled) -> None:
    say(store, 3, bar(LEFT, matters=False), "planted:count=5,size=32,classes=4,seed=9")
    with pytest.raises(
        DataError, match="none of the 1 corrected pictures teaches anything, such as 9-00003: the model"
    ):
        corrections_in(store, model, known)


def test_a_store_without_marks(store: Store, model: Classifier, known: Labelled) -> None:
    say(store, 1, Verdict(up=False))
    with pytest.raises(DataError, match=r"nobody has marked anything in .*judged.db"):
        corrections_in(store, model, known)


def test_what_is_held_out_stays_held_out(store: Store, model: Classifier, known: Labelled) -> None:
    for place in range(12):
        say(store, place, bar(LEFT, matters=False))
    found = corrections_in(store, model, known)
    cut = divided(found, 0.4)
    assert len(cut.learned) + len(cut.held_out) == 12
    few = divided(found.take([3, 5, 7]), 0.4)
    assert set(few.held_out.pictures.keys) <= set(cut.held_out.pictures.keys)
    assert set(few.learned.pictures.keys) <= set(cut.learned.pictures.keys)
    assert sum(is_held_out(str(number)) for number in range(2000)) == pytest.approx(400, abs=60)


def test_the_hash_knows_pictures_labels_and_marks_but_no_order(
    store: Store, model: Classifier, known: Labelled
) -> None:
    say(store, 0, bar(LEFT, matters=False))
    say(store, 1, bar(RIGHT, matters=False))
    found = corrections_in(store, model, known)
    assert found.take([1, 0]).content == found.content
    assert found.take([0]).content != found.content
    swapped = Corrections(found.pictures, found.wanted, found.unwanted)
    assert swapped.content != found.content
