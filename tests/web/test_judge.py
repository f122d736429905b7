"""The page Judge: shown, said, painted, undone; by two browsers, from an old page, and after a restart."""

import re
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.web.conftest import Serve

from whylight.store import Filter, Stroke, Verdict
from whylight.web.settings import Settings
from whylight.web.state import State, opened

STROKE = {"matters": True, "width": 0.1, "points": [[0.2, 0.3], [0.4, 0.5]]}


def ready(client: TestClient) -> str:
    """The page when nothing is being made any more."""
    text = client.get("/judge").text
    while job := re.search(r'hx-get="/jobs/([\w-]+)/live"', text):
        found = client.app.state.whylight.jobs.find(job[1])  # type: ignore[attr-defined]  # the application under the client
        assert found.wait(60.0)
        assert found.standing == "done", found.problem
        text = client.get("/judge").text
    return str(text)


def key_in(text: str) -> str:
    found = re.search(r'data-explanation="(\w+)"', text)
    assert found is not None, text
    return found[1]


def say(client: TestClient, text: str, up: bool) -> str:
    """Says up or down to what the page shows; returns the page that follows."""
    answer = client.post("/judge/verdict", data={"explanation": key_in(text), "up": str(up).lower()})
    assert answer.status_code == 200
    return ready(client)


def verdicts(state: State) -> list[bool]:
    return [each.record.said.up for each in state.store.since() if isinstance(each.record.said, Verdict)]


def test_the_page_shows_what_stands_in_the_terminal_too(client: TestClient) -> None:
    text = ready(client)
    assert "Does this show why it is" in text
    assert "explanation 1 of 8" in text
    assert text.count("explained here") == 1
    assert text.count('class="chance"') == 4
    assert "Grad-CAM" in text
    assert "data-strokes='[]'" in text


def test_the_layers_are_pictures_of_one_size(client: TestClient) -> None:
    key = key_in(ready(client))
    found = {}
    for layer in ("photo", "supports", "hinders"):
        answer = client.get(f"/explanations/{key}/{layer}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert "immutable" in answer.headers["cache-control"]
        found[layer] = Image.open(BytesIO(answer.content))
    assert {picture.size for picture in found.values()} == {(448, 448)}
    assert (found["photo"].mode, found["supports"].mode) == ("RGB", "RGBA")
    assert client.get(f"/explanations/{key}/other").status_code == 422


def test_down_brings_another_explanation_and_up_another_picture(client: TestClient, state: State) -> None:
    first = ready(client)
    second = say(client, first, up=False)
    assert "explanation 2 of 8" in second
    third = say(client, second, up=True)
    assert "explanation 1 of 8" in third
    assert verdicts(state) == [False, True]
    assert {each.record.person for each in state.store.since()} == {"Ada"}


def test_an_old_page_counts_nothing_twice(client: TestClient, state: State) -> None:
    first = ready(client)
    second = say(client, first, up=False)
    client.post("/judge/verdict", data={"explanation": key_in(first), "up": "true"})
    assert key_in(ready(client)) == key_in(second)
    assert verdicts(state) == [False]


def test_undo_takes_back_strokes_and_verdicts(client: TestClient, state: State) -> None:
    first = ready(client)
    second = say(client, first, up=False)
    answer = client.post("/judge/strokes", json={"explanation": key_in(second), **STROKE})
    assert answer.status_code == 204
    assert "0.4, 0.5" in ready(client)
    (kept,) = state.store.history(Filter(kinds=("stroke",)))
    assert kept.record.said == Stroke(True, 0.1, ((0.2, 0.3), (0.4, 0.5)))
    client.post("/judge/undo")
    again = ready(client)
    assert key_in(again) == key_in(second)
    assert "data-strokes='[]'" in again
    client.post("/judge/undo")
    assert key_in(ready(client)) == key_in(first)
    assert state.store.count() == 0
    assert state.store.count(Filter(undone=True)) == 1
    assert "nothing to undo" in client.post("/judge/undo").text


def test_skip_goes_on_without_a_verdict(client: TestClient, state: State) -> None:
    first = ready(client)
    client.post("/judge/skip", data={"explanation": key_in(first)})
    assert key_in(ready(client)) != key_in(first)
    assert state.store.count() == 0


@pytest.mark.parametrize("up", [True, False])
def test_what_comes_next_is_made_while_somebody_looks(
    client: TestClient,
    state: State,
    monkeypatch: pytest.MonkeyPatch,
    up: bool,
) -> None:
    first = ready(client)
    (desk,) = state.desks._desks.values()
    assert desk.ahead is not None
    assert desk.ahead.wait(60.0)
    assert desk.ahead.standing == "done"
    monkeypatch.setattr("whylight.feedback.session.make", None)
    assert key_in(say(client, first, up=up)) != key_in(first)


def test_nothing_is_made_ahead_where_that_is_not_wanted(serve: Serve, settings: Settings) -> None:
    with opened(replace(settings, ahead=False)) as state:
        ready(serve(state))
        (desk,) = state.desks._desks.values()
        assert desk.ahead is None


def test_every_picture_judged_is_the_end_until_an_undo(client: TestClient, state: State) -> None:
    text = ready(client)
    while "data-explanation" in text:
        text = say(client, text, up=True)
    assert "Every picture is judged" in text
    assert verdicts(state) == [True] * 3
    client.post("/judge/undo")
    assert "data-explanation" in ready(client)


def test_two_browsers_of_one_person_see_different_pictures(serve: Serve, state: State) -> None:
    one, other = serve(state), serve(state)
    first, second = ready(one), ready(other)
    assert key_in(first) != key_in(second)
    say(one, first, up=True)
    say(other, second, up=False)
    assert verdicts(state) == [True, False]
    assert key_in(ready(one)) != key_in(ready(other))


def test_two_people_judge_the_same_and_see_what_others_said(serve: Serve, state: State) -> None:
    one, other = serve(state), serve(state)
    first = ready(one)
    say(one, first, up=False)
    other.post("/person", data={"name": "Ben"})
    text = ready(other)
    if key_in(text) == key_in(first):
        assert "0 good, 1 not good" in text
    assert {each.record.person for each in state.store.since()} == {"Ada"}
    say(other, text, up=True)
    assert {each.record.person for each in state.store.history()} == {"Ada", "Ben"}


def test_a_server_that_starts_again_shows_the_same(serve: Serve, settings: Settings) -> None:
    with opened(settings) as state:
        client = serve(state)
        before = say(client, ready(client), up=False)
        client.post("/judge/strokes", json={"explanation": key_in(before), **STROKE})
        cookies, header = dict(client.cookies), client.headers["x-csrf-token"]
    with opened(settings) as state:
        again = serve(state)
        again.cookies.clear()
        again.cookies.update(cookies)
        again.headers["x-csrf-token"] = header
        after = ready(again)
        assert key_in(after) == key_in(before)
        assert "0.4, 0.5" in after
        say(again, after, up=True)
        assert verdicts(state) == [False, True]


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": []},
        {"points": [[0.5, 1.5]]},
        {"points": [[0.5, None]]},
        {"points": [[0.5]]},
        {"width": 0},
        {"width": "x"},
        {"matters": "perhaps"},
        {"explanation": "x" * 1000},
        {"points": [[0, 0]] * 10_001},
    ],
    ids=lambda wrong: str(wrong)[:30],
)
def test_a_malformed_stroke_is_refused(client: TestClient, state: State, wrong: dict[str, object]) -> None:
    key = key_in(ready(client))
    assert client.post("/judge/strokes", json={"explanation": key, **STROKE, **wrong}).status_code == 422
    assert client.post("/judge/strokes", content=b'{"points": NaN').status_code == 422
    assert state.store.count(Filter(kinds=("stroke",))) == 0


def test_a_stroke_on_something_else_is_refused(client: TestClient, state: State) -> None:
    ready(client)
    assert client.post("/judge/strokes", json={"explanation": "0" * 64, **STROKE}).status_code == 409
    assert state.store.count(Filter(kinds=("stroke",))) == 0
