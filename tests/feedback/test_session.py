"""The loop: what is shown, kept, taken back and gone on with, with planted pictures and a judge who knows the truth."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from whylight import classifiers
from whylight.classifier import Classifier
from whylight.dataset import Sample
from whylight.datasets.planted import Planted
from whylight.errors import PictureError
from whylight.feedback.candidates import Candidate, Context, candidates_for
from whylight.feedback.session import Session
from whylight.feedback.showing import finding_in, frame_in
from whylight.feedback.simulated import SimulatedJudge
from whylight.feedback.trials import trials_of
from whylight.feedback.version import version_of
from whylight.plots.finding import finding_of
from whylight.store import Filter, Store

METHODS = ("occlusion:window=32,stride=32", "grad_cam")


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return classifiers.load("planted:size=32", device="cpu")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "judged.db") as opened:
        yield opened


Start = Callable[..., Session]


@pytest.fixture
def start(store: Store, classifier: Classifier) -> Start:
    """Begins a session, as starting the program again does."""

    def begin(**changed: Any) -> Session:
        dataset = changed.pop("dataset", Planted(count=3, size=32))
        options = candidates_for(2, classifier.access, changed.pop("methods", METHODS))
        return Session(store, dataset, "planted", classifier, options, "Ada", **{"learning": False, **changed})

    return begin


def looked_at(session: Session) -> tuple[str, int, str]:
    assert session.shown is not None
    return session.shown.opened.sample.name, session.shown.candidate.rank, session.shown.candidate.name


def test_a_thumb_down_brings_the_next_candidate_and_a_thumb_up_the_next_picture(start: Start, store: Store) -> None:
    session = start()
    session.next()
    name = looked_at(session)[0]
    walk = [looked_at(session)]
    for _ in range(3):
        session.judge(up=False)
        walk.append(looked_at(session))
    assert walk == [(name, rank, method) for method in ("occlusion", "grad_cam") for rank in (1, 2)]
    session.judge(up=True)
    assert looked_at(session)[0] != name
    assert looked_at(session)[1:] == (1, "occlusion")
    assert [each.record.said.up for each in store.since()] == [False, False, False, True]  # type: ignore[union-attr]


def test_what_is_kept_is_what_was_shown(start: Start, store: Store, classifier: Classifier) -> None:
    session = start(methods=("lime:segments=grid,count=4,samples=20",))
    shown = session.next()
    assert shown is not None
    row = store.load(shown.key)
    assert row.plan["method"]["name"] == "lime"
    assert row.plan["method"]["samples"] == 20
    assert row.label == classifier.labels[row.target] == shown.opened.context.label
    assert row.evidence is not None
    assert row.segments is not None
    assert np.array_equal(store.array(row.evidence), shown.explanation.maps[0].numpy())
    assert sorted(np.unique(store.array(row.segments))) == [0, 1, 2, 3]
    assert store.model(row.model).version == version_of(classifier)
    assert store.picture(row.picture).name == shown.opened.sample.name


def test_every_rejected_candidate_ends_a_picture_and_every_picture_the_session(start: Start) -> None:
    session = start()
    assert session.next() is not None
    names = []
    while session.shown is not None:
        names.append(looked_at(session)[0])
        session.judge(up=False)
    assert len(names) == 12
    assert len(set(names)) == 3
    assert start().next() is None


def test_a_session_goes_on_where_it_was(start: Start) -> None:
    first = start()
    first.next()
    done = looked_at(first)[0]
    first.judge(up=True)
    first.judge(up=False)
    before = looked_at(first)
    second = start()
    second.next()
    assert looked_at(second) == before  # the same picture, and not the candidate that was rejected
    names = {before[0]}
    while second.judge(up=True) is not None:
        names.add(looked_at(second)[0])
    assert len(names) == 2
    assert done not in names


def test_undo_shows_again_what_it_took_back(start: Start, store: Store) -> None:
    session = start()
    session.next()
    first = looked_at(session)
    session.judge(up=False)
    second = looked_at(session)
    session.judge(up=True)
    third = looked_at(session)
    session.undo()
    assert looked_at(session) == second
    session.undo()
    assert looked_at(session) == first
    assert session.undo() is None
    assert store.count() == 0
    session.judge(up=True)
    assert looked_at(session) == third  # nothing was left out


def test_a_session_that_was_ended_shows_the_same_again(start: Start, store: Store) -> None:
    first = start()
    first.resume()
    first.judge(up=False)
    first.next()  # skipped
    first.judge(up=False)
    before = looked_at(first)
    again = start()
    again.resume()
    assert looked_at(again) == before
    again.say(up=True)
    assert looked_at(again) == before
    after = start()
    after.resume()
    assert looked_at(after)[0] != before[0]


def test_a_picture_of_another_window_is_left_to_it(start: Start) -> None:
    first = start()
    first.resume()
    assert first.shown is not None
    place = first.shown.opened.place
    second = start(elsewhere=lambda: [place])
    second.resume()
    assert looked_at(second)[0] != looked_at(first)[0]
    alone = start(elsewhere=lambda: range(3))
    assert alone.next() is not None  # better twice than not at all


def test_the_most_informative_of_the_next_pictures_comes_first(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = start()._order
    looked = []

    def last(belief: Any, options: Any, contexts: dict[int, Context]) -> int:
        looked.append(list(contexts))
        return list(contexts)[-1]

    monkeypatch.setattr("whylight.feedback.session.most_informative", last)
    session = start(learning=True, ahead=2)
    shown = [session.next() for _ in range(3)]
    assert [each.opened.place for each in shown if each is not None] == [second, third, first]
    assert looked == [[first, second], [first, third]]


def test_another_person_begins_anew(start: Start, store: Store) -> None:
    session = start()
    session.next()
    first = looked_at(session)
    session.judge(up=True)
    other = start()
    other.person = "Ben"
    other.next()
    assert looked_at(other) == first
    assert other.undo() is None
    assert store.count() == 1


class Broken(Planted):
    """Whose first picture cannot be read."""

    def __getitem__(self, place: int) -> Sample:
        if place == 0:
            raise PictureError("picture 0 is damaged")
        return super().__getitem__(place)


def test_what_cannot_be_shown_is_left_out_and_named(start: Start, classifier: Classifier) -> None:
    session = start(dataset=Broken(count=2, size=32), methods=("grad_cam:layer=nowhere", "grad_cam"))
    session.options = [Candidate(1, "lime:samples=2"), Candidate(1, "grad_cam")]
    assert session.next() is not None
    assert looked_at(session) == ("0-00001", 1, "grad_cam")
    session.judge(up=True)
    assert session.shown is None
    assert set(session.problems) >= {"picture 0 is damaged"}
    assert any("lime" in sentence for sentence in session.problems)


def test_other_words_for_the_same_are_not_shown_again(start: Start) -> None:
    session = start(methods=("grad_cam", "grad_cam:layer=none"))
    session.next()
    walk = [looked_at(session)[0]]
    while session.judge(up=False) is not None:
        walk.append(looked_at(session)[0])
    assert len(walk) == 6


def test_a_judge_who_knows_the_truth_teaches(start: Start, store: Store) -> None:
    """Of two methods one finds the planted bars: after some pictures it comes first."""
    poor, good = "occlusion:window=32,stride=32", "grad_cam"
    session = start(learning=True, dataset=Planted(count=16, size=32), methods=(poor, good))
    judge = SimulatedJudge(threshold=0.3)
    firsts, shown = [], session.next()
    while shown is not None:
        if not shown.rejected:
            firsts.append(shown.candidate.name)
        truth = shown.opened.sample.supporting
        assert truth is not None
        shown = session.judge(up=judge.verdict(shown.explanation.maps[0].numpy(), truth))
    assert len(firsts) == 16
    assert firsts[-8:].count("grad_cam") >= 7
    trials = trials_of(store.since())
    assert len(trials) == store.count()
    assert {trial.candidate for trial in trials} <= set(session.options)
    assert all(len(trial.context.probabilities) == 4 for trial in trials)


def test_trials_know_what_was_rejected_before(start: Start, store: Store) -> None:
    session = start()
    session.next()
    for up in (False, False, True):
        session.judge(up=up)
    trials = trials_of(store.history(Filter())[::-1])
    assert [len(trial.rejected) for trial in trials] == [0, 1, 2]
    assert trials[2].rejected == (trials[0].candidate, trials[1].candidate)
    assert isinstance(trials[0].context, Context)


def test_after_a_reset_the_choice_is_as_before_the_first_verdict(start: Start, store: Store) -> None:
    quick = {"learning": True, "dataset": Planted(count=8, size=32), "methods": ("saliency", "grad_cam")}

    def first_shown() -> list[tuple[str, int, str]]:
        session = start(**quick)
        looks = []
        while session.next() is not None:
            looks.append(looked_at(session))
        return looks

    before = first_shown()
    session = start(**quick)
    session.next()
    while store.count() < 8 and session.shown is not None:  # only Grad-CAM for the second label is liked
        session.judge(up=looked_at(session)[1:] == (2, "grad_cam"))
    learned = first_shown()
    reset = store.reset("candidates", person="Ada")
    after = first_shown()
    assert after != learned
    assert after == [look for look in before if look[0] in {name for name, _, _ in after}]
    store.restore(reset.uid, person="Ada")
    assert first_shown() == learned


def test_what_was_found_and_seen_is_kept(start: Start, store: Store) -> None:
    shown = start(methods=("grad_cam",)).next()
    assert shown is not None
    row = store.load(shown.key)
    assert frame_in(row) == shown.opened.frame
    assert finding_in(row) == finding_of(shown.explanation)
    assert frame_in(replace(row, details={})) is None
    assert finding_in(replace(row, details={})) is None
