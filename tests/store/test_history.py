"""What pages ask: a filtered history page by page, what was shown of a picture, which pictures are done."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from whylight.store import Filter, Model, Shown, Store, Stroke, Tally, Verdict

from .conftest import MODEL, explanation, kept, picture

UP, DOWN = Verdict(up=True), Verdict(up=False)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def judged(store: Store) -> Store:
    """Six verdicts, one an hour: 0 and 1 of Ada on picture 0, 2 of Ben there; 3 to 5 of Ada on picture 1, 4 undone."""
    hours = iter(range(9))

    def note(number: int, said: Any, person: str, **others: Any) -> None:
        store.note(kept(store, number, **others), said, person=person, at=START + timedelta(hours=next(hours)))

    note(0, DOWN, "Ada")
    note(0, UP, "Ada", rank=2)
    note(0, UP, "Ben", method="lime:segments=grid")
    note(1, DOWN, "Ada", method="lime_like")
    note(1, UP, "Ada", rank=3)
    store.undo(person="Ada")
    note(1, DOWN, "Ada", rank=3)
    return store


@pytest.mark.parametrize(
    ("wanted", "hours"),
    [
        (Filter(), [0, 1, 2, 3, 5]),
        (Filter(undone=None), [0, 1, 2, 3, 4, 5]),
        (Filter(undone=True), [4]),
        (Filter(person="Ben"), [2]),
        (Filter(up=True), [1, 2]),
        (Filter(up=False, person="Ada"), [0, 3, 5]),
        (Filter(picture=picture(1).key), [3, 5]),
        (Filter(model="0" * 64), []),
        (Filter(method="lime"), [0, 1, 2, 5]),
        (Filter(method="lime_like"), [3]),
        (Filter(label="cat"), [5]),
        (Filter(text="GRÜN 猫 1"), [3, 5]),
        (Filter(text="%"), []),
        (Filter(text="BE"), [1]),
        (Filter(since=START + timedelta(hours=1), until=START + timedelta(hours=3)), [1, 2]),
        (Filter(kinds=("stroke", "shown")), []),
    ],
)
def test_a_history_is_filtered(judged: Store, engine: str, wanted: Filter, hours: list[int]) -> None:
    if engine == "sqlite" and wanted.text == "GRÜN 猫 1":
        wanted = Filter(text="grün 猫 1")  # SQLite knows the capitals of ASCII only
    found = [int((each.record.at - START).total_seconds()) // 3600 for each in judged.history(wanted)]
    assert found == hours[::-1]
    assert judged.count(wanted) == len(hours)


def test_pages_follow_each_other(judged: Store) -> None:
    whole = judged.history()
    first = judged.history(limit=2)
    rest = judged.history(limit=9, before=first[-1].record.place)
    assert first + rest == whole
    assert judged.since(first[-1].record.place) == first[:1]
    assert judged.since() == whole[::-1]


def test_what_was_shown_of_a_picture_comes_in_its_order(judged: Store) -> None:
    judged.note(kept(judged, 0, rank=3), Shown(), person="Ada")
    judged.note(kept(judged, 0), Stroke(matters=True, width=0.1, points=((0.5, 0.5),)), person="Ada")
    seen = judged.candidates(picture(0).key, MODEL.key)
    assert [(each.explanation.rank, each.explanation.method, each.ups, each.downs) for each in seen] == [
        (1, "lime", 0, 1),
        (2, "lime", 1, 0),
        (1, "lime:segments=grid", 1, 0),
        (3, "lime", 0, 0),
    ]
    assert [each.explanation.rank for each in judged.candidates(picture(0).key, MODEL.key, person="Ada")] == [1, 2, 3]
    assert [(each.ups, each.downs) for each in judged.candidates(picture(1).key, MODEL.key)] == [(0, 1), (0, 1)]
    assert judged.candidates(picture(2).key, MODEL.key) == []


def test_pictures_that_are_done(judged: Store) -> None:
    assert judged.tallies(MODEL.key) == [Tally(picture(0), 2, 1), Tally(picture(1), 0, 2)]
    assert judged.tallies(MODEL.key, person="Ben") == [Tally(picture(0), 1, 0)]
    assert judged.tallies("0" * 64) == []


def test_the_choices_of_a_filter(judged: Store) -> None:
    other = Model("another", "1", ("a",))
    judged.add_model(other)
    found = judged.choices()
    assert found.people == ("Ada", "Ben")
    assert found.methods == ("lime", "lime_like")
    assert found.labels == ("ant", "bee", "cat")
    assert found.models == (other, MODEL)


def test_explanations_of_other_models_do_not_mix(judged: Store) -> None:
    other = Model("planted", "other weights", MODEL.labels)
    judged.add_model(other)
    key = judged.add(explanation(0, model=other.key))
    assert key != explanation(0).key
    judged.note(key, UP, person="Ada")
    assert [each.ups for each in judged.candidates(picture(0).key, other.key)] == [1]
    assert len(judged.tallies(other.key)) == 1
