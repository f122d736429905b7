"""What is made while a person looks: the same is shown with it and without it, and at once."""

from pathlib import Path
from typing import Any

import pytest

from whylight import classifiers
from whylight.classifier import Classifier
from whylight.dataset import Sample
from whylight.datasets.planted import Planted
from whylight.errors import PictureError
from whylight.feedback.candidates import candidates_for
from whylight.feedback.session import MOST_READY, Session
from whylight.store import Store

METHODS = ("occlusion:window=32,stride=32", "grad_cam")
SAID = (False, True, False, False, True, True, False, True)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return classifiers.load("planted:size=32", device="cpu")


def begun(store: Store, classifier: Classifier, **changed: Any) -> Session:
    dataset = changed.pop("dataset", Planted(count=6, size=32))
    options = candidates_for(2, classifier.access, METHODS)
    session = Session(store, dataset, "planted", classifier, options, "Ada", **{"ahead": 3, **changed})
    session.next()
    return session


def walk(session: Session, *, prepares: bool) -> list[str]:
    """The keys of what is shown, one verdict after the other."""
    keys = []
    for up in SAID:
        assert session.shown is not None
        keys.append(session.shown.key)
        if prepares:
            session.prepare()
        session.judge(up=up)
    return keys


@pytest.mark.parametrize("learning", [True, False])
def test_the_same_is_shown_with_it_and_without_it(tmp_path: Path, classifier: Classifier, learning: bool) -> None:
    walks = []
    for prepares in (True, False):
        with Store(tmp_path / f"{prepares}.db") as store:
            walks.append(walk(begun(store, classifier, learning=learning), prepares=prepares))
    assert walks[0] == walks[1]


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("learning", [True, False])
def test_what_a_verdict_brings_is_there_at_once(
    tmp_path: Path,
    classifier: Classifier,
    monkeypatch: pytest.MonkeyPatch,
    learning: bool,
    up: bool,
) -> None:
    with Store(tmp_path / "a.db") as store:
        session = begun(store, classifier, learning=learning)
        before = session.shown
        session.prepare()
        assert session.shown is before
        assert store.count() == 0
        monkeypatch.setattr("whylight.feedback.session.make", None)
        monkeypatch.setattr("whylight.feedback.session.open_picture", None)
        after = session.judge(up=up)
        assert after is not None
        assert before is not None
        assert (after.opened.place == before.opened.place) == (not up)


def test_it_ends_where_it_is_told_to_and_keeps_little(tmp_path: Path, classifier: Classifier) -> None:
    class Enough(BaseException):
        """Somebody asked for something else."""

    def enough() -> None:
        raise Enough

    with Store(tmp_path / "a.db") as store:
        session = begun(store, classifier)
        with pytest.raises(Enough):
            session.prepare(enough)
        assert not session._ready
        walk(session, prepares=True)
        assert len(session._ready) == MOST_READY


class Damaged(Planted):
    """Pictures of which only the first that is looked at can be read."""

    def __getitem__(self, place: int) -> Sample:
        if getattr(self, "is_damaged", False):
            raise PictureError(f"picture {place} is damaged")
        return super().__getitem__(place)


def test_what_cannot_be_made_is_said_when_it_is_asked_for(tmp_path: Path, classifier: Classifier) -> None:
    dataset = Damaged(count=3, size=32)
    with Store(tmp_path / "a.db") as store:
        session = begun(store, classifier, dataset=dataset, ahead=1)
        object.__setattr__(dataset, "is_damaged", True)
        session.prepare()
        assert session.problems == []
        assert session.judge(up=True) is None
        assert len(session.problems) == 2
