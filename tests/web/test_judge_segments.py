"""Votes on segments on the page Judge: where segments lie, what is said of them, taken back, and learned from."""

import numpy as np
import pytest
import torch
from starlette.testclient import TestClient
from tests.web.test_judge import key_in, ready

from whylight.feedback.evidence_observed import observations
from whylight.feedback.showing import cut_of
from whylight.frame import Frame
from whylight.store import Filter, SegmentVote
from whylight.web.state import State
from whylight.web.views.judging_segments import middles_of, place_words, runs_of, segments_of

HALVES = np.repeat(np.array([[0, 0, 1, 1]], np.int32), 2, axis=0)


def vote(client: TestClient, key: str, segment: int, *, belongs: bool) -> int:
    said = {"explanation": key, "segment": segment, "belongs": belongs}
    return client.post("/judge/votes", json=said).status_code


def test_runs_are_numbers_and_how_often_they_come() -> None:
    assert runs_of(HALVES) == [0, 2, 1, 2, 0, 2, 1, 2]
    assert runs_of(np.zeros((2, 3), np.int32)) == [0, 6]


def test_middles_are_centres_of_mass_within_what_the_classifier_saw() -> None:
    assert middles_of(HALVES, (0.0, 0.0, 1.0, 1.0)) == [(0.25, 0.5), (0.75, 0.5)]
    assert middles_of(HALVES, (0.5, 0.0, 1.0, 0.5)) == [(0.625, 0.25), (0.875, 0.25)]


@pytest.mark.parametrize(
    ("at", "words"), [((0.1, 0.1), "top left"), ((0.5, 0.5), "middle"), ((1.0, 0.5), "right"), ((0.5, 1.0), "bottom")]
)
def test_places_in_words(at: tuple[float, float], words: str) -> None:
    assert place_words(at) == words


def test_what_is_told_of_the_segments_of_a_cut_picture() -> None:
    maps = torch.tensor([[1.0, 1.0, -0.5, -0.5], [1.0, 1.0, -0.5, -0.5]])
    found = segments_of(HALVES, maps.numpy(), Frame((2, 8), (4.0, 0.0, 8.0, 2.0)))  # the right half of a picture
    assert (found["rows"], found["columns"], found["box"]) == (2, 4, (0.5, 0.0, 1.0, 1.0))
    assert found["parts"] == [
        {"at": (0.625, 0.5), "words": "left, supports"},
        {"at": (0.875, 0.5), "words": "right, hinders"},
    ]


def test_the_segments_of_what_stands_there(client: TestClient, state: State) -> None:
    key = key_in(ready(client))
    found = client.get("/judge/segments", params={"explanation": key}).json()
    numbers = np.repeat(found["runs"][::2], found["runs"][1::2]).reshape(found["rows"], found["columns"])
    sample = state.dataset[
        next(place for place in range(3) if state.dataset[place].key == state.store.load(key).picture)
    ]
    assert (numbers == cut_of(state.models.first.fit(sample.picture)[0])).all()
    assert len(found["parts"]) == numbers.max() + 1
    assert client.get("/judge/segments", params={"explanation": "0" * 64}).status_code == 409


def test_a_vote_is_kept_shown_learned_from_and_taken_back(client: TestClient, state: State) -> None:
    key = key_in(ready(client))
    assert vote(client, key, 1, belongs=True) == 204
    assert vote(client, key, 2, belongs=False) == 204
    assert vote(client, key, 1, belongs=False) == 204  # somebody changes their mind
    assert """data-votes='{"1": false, "2": false}'""" in ready(client)
    judged = state.store.since(0, Filter(kinds=("segment_vote",)))
    sample = state.dataset[judged[0].picture.place or 0]
    (seen,) = observations(state.store, judged, lambda _: state.models.first.fit(sample.picture))
    assert seen.said[:4].tolist() == pytest.approx([np.nan, 0.0, 0.0, np.nan], nan_ok=True)
    assert "The last vote on a segment is taken back." in client.post("/judge/undo").text
    assert """data-votes='{"1": true, "2": false}'""" in ready(client)
    assert key_in(ready(client)) == key


def test_a_vote_on_what_is_not_there_is_refused(client: TestClient, state: State) -> None:
    key = key_in(ready(client))
    assert vote(client, "0" * 64, 0, belongs=True) == 409
    for segment in (-1, 10_000, 2**40):
        assert vote(client, key, segment, belongs=True) == 422
    assert client.post("/judge/votes", json={"explanation": key, "segment": 1, "belongs": "x"}).status_code == 422
    assert not [each for each in state.store.since() if isinstance(each.record.said, SegmentVote)]
